"""Points of a run's curves as `series.jsonl` has them: figures by name, and in words what their `step` counts.

    {"step": 4096, "time": 1.5, "unit": "rows", "stage": "training", "fvu": 0.4}

Lines of before that have no `unit` and no `stage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WORDS = ("unit", "stage")
"""Of a point; all else are figures."""


def figures(point: Mapping[str, Any]) -> dict[str, float | None]:
    """`step`, `time` and each metric."""
    return {name: value for name, value in point.items() if name not in WORDS}


def unit_of(points: Sequence[Mapping[str, Any]]) -> str | None:
    """What the `step` of the last of them counts; None where nothing says."""
    return points[-1].get("unit") if points else None


def columns_of(points: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float | None, ...]]:
    """Figures by column, in the order in which they came up."""
    names = {name: None for point in points for name in figures(point)}
    return {name: tuple(point.get(name) for point in points) for name in names}
