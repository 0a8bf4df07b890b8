"""What a spec asks for, in a line: the parameters that differ from their family's defaults.

    architecture topk, k 64 · seed 3 · activations recordings/layers.parquet · out here/saes-2

Parts that come in kinds, such as an architecture, are always told, with their numbers. Paths come last: of several runs
they are mostly the same, and a narrow table shows the beginning.

Knows no torch.
"""

from __future__ import annotations

from pathlib import PurePath

from pydantic import BaseModel

MAX_CHARS = 300
LISTED = 4
"""Of a list; of more their number."""

SHOWN_PARTS = 2
"""Of a path, from its end: folders of recordings and of SAEs have names of their own."""

KIND = "kind"


def asked(family: BaseModel) -> str:
    """Empty where all is as by default."""
    changed = sorted(_changed(family).items(), key=lambda field: _is_place(field[1]))
    line = " · ".join(_said(name, value) for name, value in changed)
    return line if len(line) <= MAX_CHARS else f"{line[: MAX_CHARS - 1]}…"


def fields_in_order(of: type[BaseModel]) -> list[str]:
    """Those that it adds to what it inherits come first, as they are what people choose."""
    own = [name for name in of.model_fields if name in of.__annotations__]
    return list(dict.fromkeys([*own, *of.model_fields]))


def _changed(part: BaseModel) -> dict[str, object]:
    """By name, but for its `kind`."""
    fields = type(part).model_fields
    values = {name: getattr(part, name) for name in fields_in_order(type(part)) if name != KIND}
    return {
        name: value
        for name, value in values.items()
        if fields[name].is_required()
        or isinstance(value, BaseModel)
        or value != fields[name].get_default(call_default_factory=True)
    }


def _is_place(value: object) -> bool:
    match value:
        case (first, *_):
            return _is_place(first)
        case _:
            return isinstance(value, PurePath | str) and PurePath(value).is_absolute()


def _said(name: str, value: object) -> str:
    match value:
        case True:
            return name
        case False:
            return f"no {name}"
        case _:
            return f"{name} {_text(value)}"


def _text(value: object) -> str:
    match value:
        case None:
            return "none"
        case BaseModel():
            told = {name: one for name, one in value if type(one) in (int, float)} | _changed(value)
            return ", ".join([str(getattr(value, KIND, "")), *(_said(name, one) for name, one in told.items())])
        case tuple() | list():
            listed = ", ".join(map(_text, value[:LISTED]))
            return listed if len(value) <= LISTED else f"{listed} and {len(value) - LISTED} more"
        case float():
            return f"{value:g}"
        case _:
            return _path(str(value))


def _path(text: str) -> str:
    """Of an absolute path its last parts; other texts as they are, in one line."""
    path = PurePath(text)
    return "/".join(path.parts[-SHOWN_PARTS:]) if path.is_absolute() else " ".join(text.split())
