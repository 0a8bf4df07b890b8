"""Sparse autoencoders: one architecture per file, found by `discover`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from microscope.core.kinds import discover
from microscope.core.saes.base import Architecture
from microscope.errors import Invalid


@cache
def architectures() -> dict[str, type[Architecture]]:
    """By kind."""
    return discover(sys.modules[__name__], Architecture)


def read_architecture(value: Mapping[str, Any]) -> Architecture:
    """
    Raises:
        Invalid: a kind that is not there.
    """
    kinds = architectures()
    kind = value.get("kind")
    if kind not in kinds:
        raise Invalid(
            f"{kind!r} is no architecture of sparse autoencoders; expected one of {', '.join(kinds)}.",
            next="See docs/extending.md for how to add one.",
        )
    return kinds[kind].model_validate(value)
