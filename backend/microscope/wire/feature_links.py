"""What made a feature fire at a token, and what it sets off: over the socket, by passes over a text that is given.

    client  trace_feature {sae, feature, text | ids, position, other, k}                    → feature_traced
    client  test_link {sae, feature, text | ids, position, other, other_feature, other_position} → link_tested

Activations are in each SAE's own unit.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire


class TraceFeature(Ask):
    """A feature's links to those of another SAE: upstream by attribution, downstream by taking it out of the stream."""

    type: Literal["trace_feature"] = "trace_feature"
    sae: str
    """Slug of the SAE, or name of a dictionary of it."""

    feature: int = Field(ge=0)
    """Index of the feature."""

    text: str | None = None
    """As of `try_feature`. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """As of `try_feature`. Exactly one of text and ids."""

    position: int | None = Field(default=None, ge=0)
    """Where it fires; null is where it fires most, leading positions left out."""

    other: str
    """Slug of the other SAE, or name of a dictionary of it: what it gives back lies before what this one reads
    (upstream), or it reads behind what this one gives back (downstream)."""

    k: int = Field(default=20, ge=1)
    """Links listed at most; the server's own limit is MICROSCOPE_MAX_K."""


class TestLink(Ask):
    """What an upstream feature does in the model itself: a pass without what it writes at one position."""

    type: Literal["test_link"] = "test_link"
    sae: str
    """Slug of the SAE, or name of a dictionary of it."""

    feature: int = Field(ge=0)
    """Index of the feature that is read."""

    text: str | None = None
    """As of `try_feature`. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """As of `try_feature`. Exactly one of text and ids."""

    position: int = Field(ge=0)
    """Where it is read."""

    other: str
    """Slug of the SAE upstream, or name of a dictionary of it."""

    other_feature: int = Field(ge=0)
    """Index of the feature that is taken out."""

    other_position: int = Field(ge=0)
    """Where it is taken out."""


class FeatureLink(Wire):
    """A feature of the other SAE at a position."""

    position: int
    """Of the token, from 0."""

    index: int
    """In the other SAE."""

    activation: float
    """Of that feature there, in the text as it is."""

    effect: float
    """Upstream: what it has of this feature's activation, a_u ⟨∂z/∂h, d_u⟩, in this SAE's unit. Downstream: what its
    own activation loses without this feature, measured, in its SAE's unit. Below 0 where one works against the other.
    """

    label: str
    """The label that stands; empty without one."""

    top_tokens: tuple[int, ...]
    """As of `read_features`."""


class FeatureTraced(Wire):
    """Answer to `trace_feature`."""

    type: Literal["feature_traced"] = "feature_traced"
    id: int
    """Of the `trace_feature`."""

    direction: Literal["upstream", "downstream"]
    """Where the other SAE lies."""

    evidence: Literal["attribution approximation", "causal"]
    """Upstream is a gradient's first order; downstream is an intervention."""

    sae: str
    """As it was asked for."""

    feature: int
    """As it was asked for."""

    other: str
    """Slug of the other SAE."""

    dictionary: str
    """Name of a dictionary of the other SAE, which has its features' pages; empty where it was not harvested."""

    model: str
    """Slug of the model that read the text."""

    ids: tuple[int, ...]
    """Tokens of the text."""

    position: int
    """Where the feature was read."""

    activation: float
    """The feature's there."""

    links: tuple[FeatureLink, ...]
    """The strongest effects first, whichever way they work."""

    n_links: int
    """How many there are: upstream, pairs of position and feature that fire; downstream, those whose activation
    changes."""

    features: float | None
    """Of the activation, what all features of the other SAE have together. Null downstream, as the next four are."""

    error: float | None
    """What that SAE's error has: the part of the stream that it does not explain."""

    bias: float | None
    """What its decoder's bias has, Σ_t ⟨g_t, b⟩."""

    skip: float | None
    """What of the reconstruction comes of its input and of no feature, Σ_t ⟨g_t, s_t⟩: a transcoder's skip path W_skip
    x, the mean that layer norm takes out and gives back, what a temporal one foretells. 0 of all others."""

    rest: float | None
    """What is left: biases of the layers between and of this encoder, and what MLPs do beyond their slope. The five add
    up to the activation."""


class LinkTested(Wire):
    """Answer to `test_link`."""

    type: Literal["link_tested"] = "link_tested"
    id: int
    """Of the `test_link`."""

    before: float
    """The feature's activation in the text as it is."""

    after: float
    """Without what the other one writes there; 0 where it fires no more."""

    removed: float
    """Length of what was taken out, in units of the residual."""
