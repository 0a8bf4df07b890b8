"""Explanations in whatever shape Neuronpedia, or a tool that writes for it, has them; other keys are passed over.

upload            {modelId, source, features: [{index, explanations: [{text, methodName, modelName}]}]}
explanation       {modelId, layer, index, description, explanationModelName, typeName}: a row of the bulk export
new explanation   {feature: {modelId, layer, index, explanation, explanationModel}}, or what is in it
feature's page    {modelId, layer, index, explanations: [as the rows]}
SAEDashboard      {model_id, layer, sae_set, sae_id_suffix, features: [{feature_index, …}]}, without explanations

A file of lines, and a list, are any of them one after the other. `layer` is a source, `{layer}-{set}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from microscope.errors import Invalid

EXPECTED = (
    "Give rows of explanations, a batch of features, a feature's page, or the body of an explanation or an upload."
)

TEXTS = ("text", "description", "explanation")
"""Under which of these names an explanation's words stand."""


class Explanation(NamedTuple):
    """What somebody says of a feature."""

    text: str
    method: str
    model: str


class Found(NamedTuple):
    """A feature in a file."""

    model: str
    """Id of its model; empty where the file does not say."""

    source: str
    """`{layer}-{set}`, or the layer alone; empty where the file does not say."""

    feature: int
    explanations: tuple[Explanation, ...]
    """Those with a word in them."""

    blank: int
    """How many have none."""


def read(content: object) -> Iterator[Found]:
    """
    Args:
        content: JSON as it was parsed.

    Raises:
        Invalid: a part that is none of the shapes.
    """
    match content:
        case list(parts):
            for part in parts:
                yield from read(part)
        case {"features": list(features), **rest}:
            for feature in features:
                yield _found({**rest, **_object(feature)})
        case {"feature": dict(body)} | dict(body):
            yield _found(body)
        case other:
            raise Invalid(f"{str(other)[:80]!r} is no feature and no explanation.", next=EXPECTED)


def _object(part: object) -> dict[str, Any]:
    match part:
        case dict(fields):
            return {str(name): value for name, value in fields.items()}
        case other:
            raise Invalid(f"{str(other)[:80]!r} is no feature.", next=EXPECTED)


def _found(fields: Mapping[str, Any]) -> Found:
    index = fields.get("index", fields.get("feature_index"))
    if isinstance(index, bool) or not str(index).isdecimal():
        keys = ", ".join(list(fields)[:8]) or "nothing"
        raise Invalid(f"A part with {keys} has the index {index!r}; expected a whole number.", next=EXPECTED)
    within = fields.get("explanations")
    rows = [_object(one) for one in within] if isinstance(within, list) else [fields]
    given = [_explanation(row) for row in rows if any(name in row for name in TEXTS)]
    said = tuple(one for one in given if one.text.strip())
    return Found(
        model=_first(fields, "modelId", "model_id"),
        source=_source(fields),
        feature=int(str(index)),
        explanations=said,
        blank=len(given) - len(said),
    )


def _explanation(fields: Mapping[str, Any]) -> Explanation:
    return Explanation(
        text=_first(fields, *TEXTS),
        method=_first(fields, "methodName", "typeName"),
        model=_first(fields, "modelName", "explanationModelName", "explanationModel"),
    )


def _source(fields: Mapping[str, Any]) -> str:
    """SAEDashboard has its parts in fields of their own."""
    layer, name = _first(fields, "source", "layer"), _first(fields, "sae_set")
    suffix = _first(fields, "sae_id_suffix")
    return f"{layer}-{name}{f'__{suffix}' if suffix else ''}" if name and "-" not in layer else layer


def _first(fields: Mapping[str, Any], *names: str) -> str:
    """The first of them that is there, as text; empty without one."""
    there = (fields[name] for name in names if isinstance(fields.get(name), str | int))
    return next((str(value) for value in there), "")
