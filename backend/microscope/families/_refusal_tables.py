"""What a search for the direction of refusal leaves: its tables, charts and rates."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from pydantic import JsonValue

from microscope.core.rates import Rate
from microscope.engine.model import Model
from microscope.families._refusal_trials import Condition, Refusals
from microscope.families._refusing import Candidate, Limits
from microscope.families._requests import Side
from microscope.families.base import Rows
from microscope.wire.run_files import ChartSpec


def of_rates(found: dict[tuple[str, Side], list[Rate]]) -> dict[str, JsonValue]:
    """Shares of test requests: refused harmful ones, answered harmless ones; of random directions mean and extremes."""
    names: dict[tuple[str, Side], str] = {
        ("as it is", "harmful"): "refusal_base",
        ("ablated", "harmful"): "refusal_ablated",
        ("ablated at its site", "harmful"): "refusal_ablated_at_site",
        ("weights edited", "harmful"): "refusal_weights",
    }
    metrics: dict[str, JsonValue] = {}
    for key, name in names.items():
        if key in found:
            (rate,) = found[key]
            metrics |= {name: rate.value, f"{name}_low": rate.interval.low, f"{name}_high": rate.interval.high}
    for name in ("ablated", "pushed"):
        values = [rate.value for rate in found[f"random {name}", "harmful"]]
        short = "refusal_random" if name == "ablated" else "refusal_random_pushed"
        metrics |= {short: fmean(values), f"{short}_least": min(values), f"{short}_most": max(values)}
    answered = {"answered_base": "as it is", "answered_ablated": "ablated", "answered_added": "added"}
    metrics |= {name: 1 - found[condition, "harmless"][0].value for name, condition in answered.items()}
    metrics["answered_random_added"] = 1 - fmean(rate.value for rate in found["random added", "harmless"])
    return metrics


def sweep_table(model: Model, found: Sequence[Candidate], limits: Limits) -> Rows:
    return Rows(
        "sweep",
        {
            "layer": [one.layer for one in found],
            "position": [one.position for one in found],
            "norm": [float(one.difference.norm()) for one in found],
            "bypass": [one.bypass for one in found],
            "refused": [one.refused.value for one in found],
            "refused_high": [one.refused.interval.high for one in found],
            "induce": [one.induced[0] for one in found],
            "times": [one.times for one in found],
            "kl": [one.kl for one in found],
            "within_limits": limits.kept(found, model.n_layers),
        },
    )


def said_table(one: Condition, side: Side, given: Sequence[str], said: Sequence[str], refusals: Refusals) -> Rows:
    count = len(given)
    return Rows(
        "replies",
        {
            "requests": [side] * count,
            "condition": [one.name] * count,
            "direction": [-1 if one.direction is None else one.direction] * count,
            "request": list(given),
            "reply": list(said),
            "refused": [refusals.told(text) for text in said],
        },
    )


def rate_table(one: Condition, side: Side, rate: Rate) -> Rows:
    along = "the direction found" if one.placed else "none"
    return Rows(
        side,
        {
            "condition": [one.name if one.direction is None else f"{one.name} {one.direction + 1}"],
            "control": [one.direction is not None],
            "along": ["random directions" if one.direction is not None else along],
            "refused": [rate.hits],
            "of": [rate.of],
            "rate": [rate.value],
            "low": [rate.interval.low],
            "high": [rate.interval.high],
        },
    )


def _by_layer(y: str, title: str, words: str) -> ChartSpec:
    x_title = "layer read; a line for each token position"
    return ChartSpec(
        kind="line", title=title, table="sweep", x="layer", y=y, z="position", x_title=x_title, y_title=words
    )


CHARTS = (
    ChartSpec(
        kind="bar",
        title="Harmful test requests that are refused",
        table="harmful",
        x="condition",
        y="rate",
        z="along",
        y_title="share refused",
    ),
    ChartSpec(
        kind="bar",
        title="Harmless test requests that are refused",
        table="harmless",
        x="condition",
        y="rate",
        z="along",
        y_title="share refused",
    ),
    _by_layer("bypass", "Refusal of harmful requests, the direction ablated", "mean log-odds of a refusal"),
    _by_layer("induce", "Refusal of harmless requests, the difference added", "mean log-odds of a refusal"),
    _by_layer("kl", "KL of harmless replies' first token, the direction ablated", "nats"),
)
