"""Experiments: one family per file, found by `discover`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from microscope.core.kinds import discover
from microscope.errors import Invalid
from microscope.families.base import Family


@cache
def families() -> dict[str, type[Family]]:
    """By kind. Every worker, whichever process it is, knows the same ones."""
    return discover(sys.modules[__name__], Family)


def family_of(kind: object) -> type[Family]:
    """
    Raises:
        Invalid: no family of that kind is there.
    """
    known = families()
    if not isinstance(kind, str) or kind not in known:
        raise Invalid(
            f"{kind!r} is no family of experiments; expected one of {', '.join(known) or 'none that is installed'}.",
            next="List them: GET /api/families. See docs/extending.md for how to add one.",
        )
    return known[kind]


def check_fields(kind: type[Family], name: str, fields: Iterable[str]) -> None:
    """
    Raises:
        Invalid: one that the family has not; says which it has.
    """
    known = [field for field in kind.model_fields if field != "kind"]
    for field in fields:
        if field.split(".")[0] not in known:
            raise Invalid(f"{name} has no field {field!r}.", next=f"It has {', '.join(known)}.")


def read_family(spec: Mapping[str, Any]) -> Family:
    """A spec with every default filled in.

    Raises:
        Invalid: a kind that is not there, or a field that it has not.
        ValidationError: values that its fields cannot have.
    """
    kind = family_of(spec.get("kind"))
    check_fields(kind, spec["kind"], (field for field in spec if field != "kind"))
    return kind.model_validate(dict(spec))
