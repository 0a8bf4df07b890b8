"""Dictionaries: what the page `/features?sae=…` is told.

A *dictionary* is what a harvest found out about all features of one SAE on one text. Tokens travel as ids of its
`model`, whose vocabulary is fetched once (`GET /api/models/{model}/vocab`). Activations are in the SAE's own unit (of
its normalised input), 0 where a feature does not fire; densities are 0 to 1. The first positions of a text (`skipped`:
BOS and the attention sink) are in no statistic.
"""

from __future__ import annotations

from typing import Literal

from microscope.wire.base import Wire
from microscope.wire.labels import LabelKind

FeatureSort = Literal["id", "density", "max", "label", "score"]
FeatureState = Literal["live", "dead", "all"]
FeatureSearch = Literal["all", "label", "token", "logit", "text"]
"""Where `q` is looked for: labels; tokens that it fires on; tokens that it promotes; texts of its examples."""


class Dictionary(Wire):
    """What was harvested of one SAE: the head of the page `/features?sae=…`."""

    sae: str
    """Its name: the slug of the SAE, unless the harvest was asked for another."""

    made_of: str
    """Slug of the SAE that it was made of, known by its weights; empty where that one is not here. Where another one
    stands under its name, nothing is shown of it until that one is harvested."""

    model: str
    """Slug of the model whose vocabulary its tokens are of; empty where that was never opened here."""

    explainer: str
    """Model that can be asked to label its features; empty where the settings name none."""

    model_name: str
    """That model's hub id, folder or bundled name."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    site: str
    """What the SAE reads, such as `L10.resid_post`."""

    architecture: str
    """Kind of the SAE, such as `topk`."""

    d_sae: int
    """Features."""

    live: int
    """Features that fired at least once."""

    tokens: int
    """Positions that were counted."""

    documents: int
    """Texts that they came from."""

    held_out_documents: int
    """Texts among them that no SAE is trained on."""

    skipped: int
    """Leading positions of each text that are in no statistic."""

    context: int
    """Tokens kept on each side of an example's peak."""

    l0: float
    """Features that fire at a position, on average."""

    dataset: str
    """Text that was read, as it was asked for."""

    run: str
    """Id of the run that harvested it; empty where there was none."""

    made: float
    """Unix time in seconds."""


class FeatureRow(Wire):
    """A feature as the table shows it."""

    index: int
    """In the SAE, from 0."""

    density: float
    """Share of the counted positions at which it fires."""

    count: int
    """Positions at which it fires."""

    max: float
    """Largest activation; 0 where it never fires."""

    mean: float
    """Mean activation where it fires; 0 where it never does."""

    label: str
    """The label that stands; empty without one."""

    label_kind: LabelKind | None
    """Who says so; null without a label."""

    score: float | None
    """Of that label, 0 to 1; null where nobody scored it."""

    top_tokens: tuple[int, ...]
    """Ids on which its strongest examples peak, the strongest first, each once; at most 5."""

    top_logits: tuple[int, ...]
    """Ids that its direction promotes most, at most 5; empty where it does not write to the residual stream."""

    starred: bool
    """Somebody marked it."""


class FeaturePage(Wire):
    """A window of the table."""

    rows: tuple[FeatureRow, ...]
    """From `offset` on; equal values are ordered by index."""

    offset: int
    """Rows before it."""

    total: int
    """Rows that the filters let through."""

    columns: tuple[str, ...]
    """Fields of a row that this dictionary can fill, in the order of the table."""

    dictionary: Dictionary
    """What the rows are of."""


class FeaturePlace(Wire):
    """Where a feature stands in the table that somebody walks through."""

    row: int | None
    """Row, from 0; null where the filters leave it out."""

    total: int
    """Rows that the filters let through."""

    previous: int | None
    """Index of the feature of the row before it, or before where it would stand; null at the beginning."""

    next: int | None
    """Index of the one behind it; null at the end."""


class Histogram(Wire):
    """Counts between edges."""

    edges: tuple[float, ...]
    """One more than counts, rising; a bin holds its lower edge and not its upper one, the last bin both."""

    counts: tuple[int, ...]
    """Per bin."""

    scale: Literal["linear", "log"]
    """How the edges are spaced."""


class Brush(Histogram):
    """Where a range is brushed: `counts` are of the live features that all filters but this very range let through."""

    whole: tuple[int, ...]
    """Per bin, of all live features of the dictionary."""


class FeatureHistograms(Wire):
    """How the live features of a dictionary are spread: to brush a range. Filters leave the edges where they are."""

    density: Brush
    """Of `density`, on a log scale."""

    max: Brush
    """Of `max`, on a linear scale."""

    dead: int
    """Features that never fired: in neither histogram."""
