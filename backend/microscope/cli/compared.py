"""An SAE's figures beside those of the nulls: what random directions, no training and a PCA reach on the same rows."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue
from rich.table import Column, Table

NULLS = {"random_directions": "random directions", "untrained": "untrained", "pca": "PCA"}
"""As metrics name them, and as people do."""

MEASURES = {"fvu": "FVU", "loss_recovered": "loss recovered"}

BETTER = {"fvu": "FVU: less is better", "loss_recovered": "loss recovered: more is better"}


def compared(metrics: Mapping[str, JsonValue]) -> Table | None:
    """A row for each measure that was taken; None where nothing stands beside the SAE."""
    nulls = [name for name in NULLS if f"fvu_{name}" in metrics]
    measures = [name for name in MEASURES if name in metrics]
    if not nulls or not measures:
        return None
    rank = metrics.get("pca_rank")
    heads = [f"{NULLS[name]}, rank {rank}" if name == "pca" and rank is not None else NULLS[name] for name in nulls]
    table = Table(
        "held-out documents",
        *(Column(head, justify="right", no_wrap=True) for head in ("this SAE", *heads)),
        box=None,
        pad_edge=False,
        header_style="dim",
        caption="; ".join(BETTER[name] for name in measures),
        caption_justify="left",
    )
    for name in measures:
        cells = (metrics.get(key) for key in (name, *(f"{name}_{null}" for null in nulls)))
        table.add_row(MEASURES[name], *map(_number, cells))
    return table


def in_table(name: str) -> bool:
    """Whether a metric is one of those that `compared` shows."""
    return name in {key for measure in MEASURES for key in (measure, *(f"{measure}_{null}" for null in NULLS))}


def _number(value: JsonValue) -> str:
    """Three digits after the point; a dash for what was not measured."""
    return f"{value:.3f}" if isinstance(value, int | float) else "–"
