"""What a contrast of two sets of prompts leaves: its tables but for the directions, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from pydantic import JsonValue
from torch import Tensor

from microscope.core.contrast import PARTS, Found, Labels
from microscope.families._contrasted import Read, Sets
from microscope.families.base import Event, Rows

BINS = 16
"""Of the histogram."""


def tables(
    told: Read, sets: Sets, parts: Int[Tensor, " prompt"], found: Found, null: Sequence[Found]
) -> Iterator[Event]:
    """`features` with the best of training first; AUROC of the test stands at the chosen alone."""
    acts, labels = told.features, sets.labels
    order = found.train.argsort(descending=True, stable=True)
    test = dict(zip(found.chosen.tolist(), found.test.tolist(), strict=True))
    means = {
        f"{what}_{name}": values[order].tolist()
        for name, own in (("toward", labels), ("away", ~labels))
        for what, values in (("mean", acts[own].mean(0)), ("share", (acts[own] > 0).float().mean(0)))
    }
    yield Rows(
        "features",
        {
            "feature": order.tolist(),
            **means,
            "auroc_train": found.train[order].tolist(),
            "auroc_validation": found.validation[order].tolist(),
            "auroc_test": [test.get(feature) for feature in order.tolist()],
        },
    )
    yield Rows(
        "null",
        {
            "shuffle": list(range(len(null))),
            "feature": [int(one.chosen[0]) for one in null],
            "auroc_train": [float(one.train[one.chosen[0]]) for one in null],
            "auroc_validation": [float(one.validation[one.chosen[0]]) for one in null],
            "auroc_test": [float(one.test[0]) for one in null],
        },
    )
    best = acts[:, int(found.chosen[0])]
    names = ["toward" if own else "away" for own in labels.tolist()]
    yield Rows(
        "prompts",
        {
            "prompt": list(sets.prompts),
            "set": names,
            "part": [PARTS[part] for part in parts.tolist()],
            "activation": best.tolist(),
        },
    )
    yield Rows("activations", _histogram(best[parts == 2], labels[parts == 2]))


def _histogram(values: Float[Tensor, " prompt"], labels: Labels) -> dict[str, list[JsonValue]]:
    low, high = float(values.min()), float(values.max())
    width = (high - low) / BINS or 1.0
    at = ((values - low) / width).long().clamp(max=BINS - 1)
    rows = [
        (name, low + (place + 0.5) * width, int((at[own] == place).sum()))
        for name, own in (("toward", labels), ("away", ~labels))
        for place in range(BINS)
    ]
    return {
        name: list(column)
        for name, column in zip(("set", "activation", "prompts"), zip(*rows, strict=True), strict=True)
    }


def metrics(found: Found, null: Sequence[Found], parts: Int[Tensor, " prompt"], labels: Labels) -> dict[str, JsonValue]:
    chosen = found.chosen.tolist()
    of_null: Float[Tensor, " shuffle"] = torch.stack([one.test[0] for one in null])
    sizes = {f"{part}_prompts": int((parts == index).sum()) for index, part in enumerate(PARTS)}
    return {
        "feature": chosen[0],
        "features": chosen,
        "auroc_train": float(found.train[chosen[0]]),
        "auroc_validation": float(found.validation[chosen[0]]),
        "auroc_test": float(found.test[0]),
        "aurocs_test": found.test.tolist(),
        "null_auroc_test": float(of_null.mean()),
        "null_auroc_test_largest": float(of_null.max()),
        "null_auroc_train": float(torch.stack([one.train[one.chosen[0]] for one in null]).mean()),
        "toward_prompts": int(labels.sum()),
        "away_prompts": int((~labels).sum()),
        **sizes,
    }
