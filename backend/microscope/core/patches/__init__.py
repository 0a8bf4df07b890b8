"""Patches: one kind per file, found by `discover`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from microscope.core.kinds import discover
from microscope.core.patches.base import Patch
from microscope.errors import Invalid


@cache
def kinds() -> dict[str, type[Patch]]:
    """By name."""
    return discover(sys.modules[__name__], Patch)


def read_patch(value: Mapping[str, Any]) -> Patch:
    """
    Raises:
        Invalid: a kind that is not there.
    """
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in kinds():
        raise Invalid(
            f"{kind!r} is no kind of patch; expected one of {', '.join(kinds())}.",
            next="See docs/extending.md for how to add one.",
        )
    return kinds()[kind].model_validate(value)
