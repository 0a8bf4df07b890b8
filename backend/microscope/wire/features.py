"""One feature of a sparse autoencoder: what the page `/features/<sae>/<index>` is told.

A feature is named `<sae>/<index>`, the SAE by its slug; `layer_{L}_feature_{F}` is accepted where one dictionary alone
reads `L{L}.resid_post`. Units are those of its dictionary (`wire/dictionaries.py`).
"""

from __future__ import annotations

from typing import Literal

from microscope.wire.base import Wire
from microscope.wire.dictionaries import Dictionary, FeatureRow, Histogram
from microscope.wire.labels import FeatureLabel

ExampleGroup = Literal["top", "q75", "q50", "q25", "rand"]
"""top: the strongest firings, one per document. q75, q50, q25: those of a sample whose activation lies above that
quantile of all its firings and below the next one, as its histogram tells; where every bin of the quarter holds a
quantile, they are placed by their ranks in the sample. rand: drawn at random among all its firings."""


class TokenLogit(Wire):
    """A token and what a direction adds to it."""

    id: int
    """Token id."""

    value: float
    """Logit per unit of the direction (its decoder row at its own length), through the final norm's gain, the norm's
    scale left out: only differences between tokens mean something."""


class FeatureExample(Wire):
    """A stretch of text around one firing."""

    group: ExampleGroup
    """Which sample it belongs to."""

    activation: float
    """At its peak: the firing that was chosen."""

    position: int
    """Of the peak in its document."""

    start: int
    """Position of the first of `ids` in its document."""

    ids: tuple[int, ...]
    """Tokens around the peak: up to `Dictionary.context` on each side."""

    activations: tuple[float, ...]
    """The feature's, one for each of `ids`; half precision, the peak's own is exact above."""

    document: int
    """Number of the text in what was read, from 0."""

    held_out: bool
    """No SAE is trained on that text."""


class CosineNeighbour(Wire):
    """A feature whose decoder row points the same way."""

    index: int
    """In the same SAE."""

    cosine: float
    """Between the two decoder rows, −1 to 1."""

    label: str
    """The label that stands; empty without one."""

    top_tokens: tuple[int, ...]
    """Ids on which its strongest examples peak, the strongest first, each once; at most 5."""


class CofiringNeighbour(Wire):
    """A feature that fires at the same positions."""

    index: int
    """In the same SAE."""

    count: int
    """Positions at which both fire, of those that pairs were counted at."""

    jaccard: float
    """Positions where both fire over positions where either does."""

    pmi: float
    """Pointwise mutual information ln p(both) / (p(one) p(other)), in nats: 0 where they are independent."""

    label: str
    """The label that stands; empty without one."""

    top_tokens: tuple[int, ...]
    """Ids on which its strongest examples peak, the strongest first, each once; at most 5."""


class TokenLift(Wire):
    """A token on which the feature fires more often than the token's base rate says."""

    id: int
    """Token id."""

    count: int
    """Positions of this token at which it fires."""

    of: int
    """Positions of this token."""

    lift: float
    """p(token | fires) / p(token)."""


class Provenance(Wire):
    """Where a feature's numbers come from."""

    sae: str
    """Name of its dictionary."""

    sae_path: str
    """Its folder or file on the server's machine."""

    sae_sha256: str
    """Hash of its weights: labels, stars and lists are bound to it."""

    sae_format: str
    """Whose layout its file has, such as `microscope` or `saelens`."""

    training: str
    """What it was trained on, as far as its file says."""

    run: str
    """Id of the run that harvested it; empty where there was none."""

    dataset: str
    """Text that was harvested."""

    recording: str = ""
    """The recording of it that was read, on the server's machine; empty where the model read the text."""

    dataset_sha256: str
    """Of the harvested tokens: 64 hex digits."""

    seed: int
    """Of everything that was drawn at random."""

    pairs_at: int
    """Positions at which co-firing was counted: a sample of all, drawn at random."""

    pairs_missed: int
    """Most that the count of a pair may be short of, since rare pairs were dropped for room; 0 is exact."""

    lift_missed: int
    """Most that the count of a token may be short of; 0 is exact."""


class Feature(Wire):
    """Everything of `/features/<sae>/<index>`."""

    row: FeatureRow
    """As the table shows it."""

    id: str
    """`<sae>/<index>`."""

    dictionary: Dictionary
    """What it is a feature of."""

    previous: int | None
    """The live feature before it; null at the first."""

    next: int | None
    """The live feature behind it; null at the last."""

    histogram: Histogram
    """Of its activations where it fires, on a log scale; no bins where it never does."""

    top_logits: tuple[TokenLogit, ...]
    """Tokens that its direction promotes most; empty where it does not write to the residual stream."""

    bottom_logits: tuple[TokenLogit, ...]
    """Tokens that it suppresses most, the most first."""

    examples: tuple[FeatureExample, ...]
    """Of every group, each group's strongest first; texts that SAEs are trained on and held-out ones."""

    held_out: tuple[FeatureExample, ...]
    """The strongest firings in held-out texts alone, one per document; `group` is `top`."""

    cosine: tuple[CosineNeighbour, ...]
    """The nearest by decoder row, nearest first."""

    cofiring: tuple[CofiringNeighbour, ...]
    """Those that fire with it, by falling Jaccard index."""

    tokens: tuple[TokenLift, ...]
    """On which it fires more than their base rate, by falling lift; each with a minimum count."""

    provenance: Provenance
    """Where all this comes from."""

    labels: tuple[FeatureLabel, ...]
    """Labels and notes with their history, the latest first."""


class FeatureNeighbours(Wire):
    """The features near one, in both senses."""

    cosine: tuple[CosineNeighbour, ...]
    """By decoder row."""

    cofiring: tuple[CofiringNeighbour, ...]
    """By the positions at which they fire."""


class FeatureName(Wire):
    """Which feature."""

    sae: str
    """Name of its dictionary."""

    index: int
    """In the SAE, from 0."""

    id: str
    """`<sae>/<index>`."""
