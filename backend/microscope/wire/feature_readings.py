"""What fires where in a text: asked and answered over the socket.

    client  try_feature {sae, feature, text | ids}                     → tried_feature
    client  read_features {conversation | trace, position, saes, k}    → position_features      no forward pass
    client  color_by_feature {conversation | trace, sae, feature}      → feature_activations    no forward pass

Activations are in the SAE's own unit (of its normalised input), 0 where a feature does not fire; shares sum to 1.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire


class TryFeature(Ask):
    """Where a feature fires in a text that somebody gives; the model reads the text (counted forward passes)."""

    type: Literal["try_feature"] = "try_feature"
    sae: str
    """Slug of the SAE, or name of a dictionary of it."""

    feature: int = Field(ge=0)
    """Index of the feature."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab, with nothing put before them. Exactly one of text and ids."""


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
    """Slug of the SAE, or name of a dictionary of it."""

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

    top_tokens: tuple[int, ...]
    """Ids on which its strongest examples peak, strongest first, each once; at most 5, none without a dictionary."""


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
    """‖x − x̂‖² / ‖x − x̄‖² at this token, x̄ being the mean over the text's counted positions before it (0 is perfect): a
    text that grows changes nothing of it. Null where no such position is before it."""

    dictionary: str
    """Name of a dictionary of it, which has the pages and labels of its features; empty where it was not harvested."""


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

    dictionary: str
    """Name of a dictionary of the SAE, which has the feature's page; empty where it was not harvested."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""
