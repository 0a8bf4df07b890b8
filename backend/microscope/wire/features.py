"""Features of a sparse autoencoder: what the pages `/features` and `/features/<sae>/<index>` are told, and what the
panel of a token asks.

A *dictionary* is what a harvest found out about all features of one SAE on one text. A feature is named
`<sae>/<index>`, the SAE by its slug; `layer_{L}_feature_{F}` is accepted where one dictionary alone reads
`L{L}.resid_post`.

Tokens travel as ids of the dictionary's `model`, whose vocabulary is fetched once (`GET /api/models/{model}/vocab`).
Activations are in the SAE's own unit (of its normalised input), 0 where a feature does not fire; densities and shares
are 0 to 1. The first positions of a text (`skipped`: BOS and the attention sink) are in no statistic.

Live, over the socket:

    client  try_feature {sae, feature, text}                           → tried_feature
    client  read_features {conversation | trace, position, saes, k}    → position_features      no forward pass
    client  color_by_feature {conversation | trace, sae, feature}      → feature_activations    no forward pass
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire

FeatureSort = Literal["id", "density", "max", "label", "score"]
FeatureState = Literal["live", "dead", "all"]
FeatureSearch = Literal["all", "label", "token", "logit", "text"]
"""Where `q` is looked for: labels; tokens that it fires on; tokens that it promotes; texts of its examples."""

ExampleGroup = Literal["top", "q75", "q50", "q25", "rand"]
"""top: the strongest firings, one per document. q75, q50, q25: drawn at random among the firings whose activation is
above that quantile of its firings and below the next one. rand: drawn at random among all its firings."""

LabelKind = Literal["human", "heuristic", "model"]
"""Who says it: a person, a rule of this program, or a language model."""

Heuristic = Literal["tokens", "lift", "logits"]
"""A rule that makes a label: the tokens of the strongest examples, those with the greatest lift, those promoted."""


# ── A dictionary ─────────────────────────────────────────────────────────────────────────────────────────


class Dictionary(Wire):
    """What was harvested of one SAE: the head of the page `/features?sae=…`."""

    sae: str
    """Slug of the SAE."""

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


class Histogram(Wire):
    """Counts between edges."""

    edges: tuple[float, ...]
    """One more than counts, rising; a bin holds its lower edge and not its upper one, the last bin both."""

    counts: tuple[int, ...]
    """Per bin."""

    scale: Literal["linear", "log"]
    """How the edges are spaced."""


class FeatureHistograms(Wire):
    """How the live features of a dictionary are spread: to brush a range."""

    density: Histogram
    """Of `density`, on a log scale."""

    max: Histogram
    """Of `max`, on a linear scale."""

    dead: int
    """Features that never fired: in neither histogram."""


# ── One feature ──────────────────────────────────────────────────────────────────────────────────────────


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
    """Slug of the SAE."""

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


class FeatureLabel(Wire):
    """A name for a feature, or a note on it. Nothing is overwritten: a change is a new one that `replaces` the old."""

    id: int
    """Its name in `/api/labels/{id}`."""

    sae: str
    """Slug of the SAE."""

    index: int
    """Of the feature."""

    what: Literal["label", "note"]
    """A name in a few words, or anything that is worth saying."""

    kind: LabelKind
    """Who says it."""

    author: str
    """Name of the person, rule or model; may be empty."""

    text: str
    """What is said; a note may be Markdown."""

    score: float | None
    """How well it does, 0 to 1, as its author measured; null where nobody did."""

    created: float
    """Unix time in seconds."""

    replaces: int | None
    """Id of the one that it takes the place of."""

    current: bool
    """Nothing took its place and nobody took it back."""

    withdrawn: bool
    """This entry says that the one it replaces is taken back; its text is empty."""


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
    """Slug of the SAE."""

    index: int
    """In the SAE, from 0."""

    id: str
    """`<sae>/<index>`."""


# ── What people say ──────────────────────────────────────────────────────────────────────────────────────


class NewLabel(Wire):
    """A label or a note by a person."""

    what: Literal["label", "note"] = "label"
    """A label takes the place of the same author's earlier one; notes pile up."""

    text: str = Field(min_length=1, max_length=20_000)
    """A label is one line of at most 512 characters."""

    author: str = Field(default="", max_length=200)
    """Who says it."""

    score: float | None = Field(default=None, ge=0, le=1)
    """How well it does, if that was measured."""


class LabelChange(Wire):
    """Another text for a label or note: the old one stays in the history."""

    text: str = Field(min_length=1, max_length=20_000)
    """The new text."""

    author: str = Field(default="", max_length=200)
    """Who says it."""


class ExplainFeatures(Wire):
    """Have labels made by a rule, or by the language model that the settings name."""

    indices: tuple[int, ...] = Field(default=(), max_length=10_000)
    """Which features; empty is every live one of the dictionary (rules alone)."""

    by: Heuristic | Literal["model"] = "tokens"
    """The rule; `model` asks MICROSCOPE_EXPLAINER_URL."""


class Explained(Wire):
    """What became of it."""

    labels: int
    """Features that got a label of this kind, new or changed."""

    unchanged: int
    """Features whose label of this kind says the same already."""

    empty: int
    """Features of which nothing can be said, such as dead ones."""


class FeatureList(Wire):
    """A selection of features that was given a name."""

    id: str
    """Its name in `/api/feature-lists/{id}`."""

    sae: str
    """Slug of the SAE."""

    title: str
    """What people call it."""

    indices: tuple[int, ...]
    """Features, in the order in which they were chosen."""

    created: float
    """Unix time in seconds."""

    updated: float
    """When it was last changed."""


class NewFeatureList(Wire):
    """A selection to keep."""

    sae: str
    """Slug of the SAE."""

    title: str = Field(min_length=1, max_length=200)
    """What to call it."""

    indices: tuple[int, ...] = Field(default=(), max_length=100_000)
    """Features; each counts once."""


class FeatureListChange(Wire):
    """What to change about a list; null leaves it."""

    title: str | None = Field(default=None, min_length=1, max_length=200)
    """Its new name."""

    add: tuple[int, ...] = Field(default=(), max_length=100_000)
    """Features to append."""

    remove: tuple[int, ...] = Field(default=(), max_length=100_000)
    """Features to take out."""


# ── Socket ───────────────────────────────────────────────────────────────────────────────────────────────


class TryFeature(Ask):
    """Where a feature fires in a text that somebody types; the model reads the text (counted forward passes)."""

    type: Literal["try_feature"] = "try_feature"
    sae: str
    """Slug of the SAE."""

    feature: int = Field(ge=0)
    """Index of the feature."""

    text: str
    """Run as it stands: special tokens that are spelled out in it are special."""


class ReadFeatures(Ask):
    """The features that fire at one position, from the kept residuals."""

    type: Literal["read_features"] = "read_features"
    conversation: str | None = None
    """Id of a conversation. Exactly one of conversation and trace."""

    trace: str | None = None
    """Hash of a trace. Exactly one of conversation and trace."""

    position: int = Field(ge=0)
    """Whose residuals are read, from 0: what the model holds *at* this token."""

    saes: tuple[str, ...] = ()
    """Slugs; empty is every SAE of the library that reads the text's model, as many as the budget holds."""

    k: int = Field(default=20, ge=1)
    """Features listed per SAE at most; the server's own limit is MICROSCOPE_MAX_K."""


class ColorByFeature(Ask):
    """One feature's activation at every token of a text, from the kept residuals."""

    type: Literal["color_by_feature"] = "color_by_feature"
    conversation: str | None = None
    """Id of a conversation. Exactly one of conversation and trace."""

    trace: str | None = None
    """Hash of a trace. Exactly one of conversation and trace."""

    sae: str
    """Slug of the SAE."""

    feature: int = Field(ge=0)
    """Index of the feature."""


class TriedFeature(Wire):
    """Answer to `try_feature`."""

    type: Literal["tried_feature"] = "tried_feature"
    id: int
    """Of the `try_feature`."""

    sae: str
    """As it was asked for."""

    feature: int
    """As it was asked for."""

    model: str
    """Slug of the model that read the text."""

    ids: tuple[int, ...]
    """Tokens of the text, what the tokenizer puts before it included."""

    activations: tuple[float, ...]
    """The feature's at each."""

    skipped: int
    """Leading positions that are in no statistic: what fires there was never counted."""

    max: float
    """Largest activation in the dictionary, to scale by; 0 where none was harvested."""


class FiringFeature(Wire):
    """A feature that fires at a position."""

    index: int
    """In the SAE."""

    activation: float
    """Above 0."""

    norm: float
    """Length of what it writes: activation · ‖d‖, in units of the residual."""

    share: float
    """Of the reconstruction: ⟨a·d, r⟩ / ‖r‖² with r = Σ a·d over all features that fire, the decoder's bias left out.
    The shares of all of them sum to 1; one that works against the others is below 0."""

    label: str
    """The label that stands; empty without one."""


class FeatureReading(Wire):
    """One SAE at one position."""

    sae: str
    """Slug of the SAE."""

    site: str
    """What it reads, such as `L10.resid_post`."""

    features: tuple[FiringFeature, ...]
    """Those that fire, the strongest activation first; at most `k`."""

    l0: int
    """How many fire."""

    shown_share: float
    """Sum of the shares of those listed."""

    error_norm: float
    """‖x − x̂‖, in units of the residual."""

    residual_norm: float
    """‖x‖."""

    fvu: float | None
    """‖x − x̂‖² / ‖x − x̄‖² at this token, x̄ being the mean over the text's counted positions (0 is perfect); null
    where there is no other position to compare with."""

    harvested: bool
    """There is a dictionary of it: its features have pages."""


class UnreadSae(Wire):
    """An SAE of the text's model that was not read."""

    sae: str
    """Slug of the SAE."""

    says: str
    """Why, and what to do."""


class PositionFeatures(Wire):
    """Answer to `read_features`."""

    type: Literal["position_features"] = "position_features"
    id: int
    """Of the `read_features`."""

    position: int
    """As it was asked for."""

    counted: bool
    """Statistics count this position; the first ones of a text (BOS, attention sink) are unlike all others."""

    readings: tuple[FeatureReading, ...]
    """One for each SAE."""

    left_out: tuple[UnreadSae, ...]
    """Those that fit the model and had no room, or cannot be read; none where SAEs were named."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""


class FeatureActivations(Wire):
    """Answer to `color_by_feature`."""

    type: Literal["feature_activations"] = "feature_activations"
    id: int
    """Of the `color_by_feature`."""

    sae: str
    """As it was asked for."""

    feature: int
    """As it was asked for."""

    activations: tuple[float, ...]
    """By position; the last token of a stopped turn is left out, as long as nothing of it is computed."""

    skipped: int
    """Leading positions that are in no statistic."""

    max: float
    """Largest activation in the dictionary, to scale by; 0 where none was harvested."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""
