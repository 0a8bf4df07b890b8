"""What is said of features: labels and notes, by people, rules and models; and lists of features."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Wire

LabelKind = Literal["human", "heuristic", "model"]
"""Who says it: a person, a rule of this program, or a language model."""

Heuristic = Literal["tokens", "lift", "logits"]
"""A rule that makes a label: the tokens of the strongest examples, those with the greatest lift, those promoted."""


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
