"""Features in the words and shapes of Neuronpedia: the body of its `POST /api/feature/upload-batch`.

Its field names are in camel case and stay so.
"""

# ruff: noqa: N815

from __future__ import annotations

from pydantic import Field

from microscope.wire.base import Wire


class NeuronpediaLogit(Wire):
    """A token that a feature promotes or suppresses, in Neuronpedia's words."""

    token: str
    """Its text."""

    value: float
    """Its logit."""


class NeuronpediaExplanation(Wire):
    """A label, in Neuronpedia's words."""

    text: str = Field(min_length=1, max_length=512)
    """The label."""

    methodName: str = ""
    """How it was made."""

    modelName: str = ""
    """Which model made it."""


class NeuronpediaActivation(Wire):
    """An example, in Neuronpedia's words."""

    tokens: tuple[str, ...] = Field(min_length=1, max_length=1024)
    """Texts of the tokens."""

    values: tuple[float, ...] = Field(min_length=1, max_length=1024)
    """Activation at each."""

    quantileMin: float | None = None
    """Lower end of the band that it was drawn from: an activation."""

    quantileMax: float | None = None
    """Upper end of that band."""

    quantileFraction: float | None = None
    """Share of the firings that lie in that band."""


class NeuronpediaFeature(Wire):
    """A feature, in Neuronpedia's words."""

    index: int = Field(ge=0, le=10_000_000)
    """In the SAE."""

    density: float = Field(default=0.0, ge=0, le=1)
    """Share of positions at which it fires."""

    topLogits: tuple[NeuronpediaLogit, ...] = Field(default=(), max_length=20)
    """Most promoted tokens."""

    bottomLogits: tuple[NeuronpediaLogit, ...] = Field(default=(), max_length=20)
    """Most suppressed tokens."""

    explanations: tuple[NeuronpediaExplanation, ...] = ()
    """Labels."""

    activations: tuple[NeuronpediaActivation, ...] = ()
    """Examples."""


class NeuronpediaBatch(Wire):
    """The body of Neuronpedia's `POST /api/feature/upload-batch`: of features that fired."""

    modelId: str
    """Name of the model, lower case."""

    source: str
    """`{layer}-{set}`."""

    features: tuple[NeuronpediaFeature, ...] = Field(max_length=128)
    """At most 128."""


class LongExplanation(Wire):
    """An explanation that has no room in a label."""

    feature: int
    """Index of its feature."""

    characters: int
    """How many it has; a label has at most 512."""


class ExplanationsImported(Wire):
    """What came in."""

    labels: int
    """Labels that were kept."""

    known: int
    """Labels that were here already, word for word."""

    skipped: int
    """Features that this SAE does not have."""

    silent: int
    """Features that the file has no explanation of."""

    blank: int
    """Explanations without a word, which were passed over."""

    long: tuple[LongExplanation, ...]
    """Explanations that were passed over, since they are too long."""

    elsewhere: int
    """Features of another model, layer or SAE."""
