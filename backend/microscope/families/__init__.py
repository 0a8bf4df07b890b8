"""Experiments: one family per file, found by `discover`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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


def read_family(spec: Mapping[str, Any]) -> Family:
    """A spec with every default filled in.

    Raises:
        Invalid: a kind that is not there.
        ValidationError: parameters that it cannot have.
    """
    return family_of(spec.get("kind")).model_validate(dict(spec))
