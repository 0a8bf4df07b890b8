"""JSON has neither nan nor infinity: what is not finite is null."""

from __future__ import annotations

import math
from typing import Any


def finite(value: Any) -> Any:
    """The same value without numbers that are not finite; numbers of numpy and torch become Python's."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(name): finite(one) for name, one in value.items()}
        case list() | tuple():
            return [finite(one) for one in value]
        case _:
            return finite(value.item() if getattr(value, "ndim", 0) == 0 else value.tolist())
