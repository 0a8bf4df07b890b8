"""Generated dictionaries: tables of any size without a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from microscope.store.activity import SCHEMAS, Lists, Writer
from microscope.store.files import Folder

HEAD = {
    "model_name": "tiny",
    "weights_sha256": "ab" * 32,
    "site": "L1.resid_post",
    "architecture": "topk",
    "live": 0,
    "tokens": 1_000,
    "documents": 10,
    "held_out_documents": 1,
    "skipped": 1,
    "context": 2,
    "l0": 3.0,
    "dataset": "text",
    "dataset_sha256": "",
    "run": "harvest-1",
    "made": 0.0,
    "sae_path": "/somewhere",
    "sae_format": "microscope",
    "training": "text",
    "seed": 0,
    "pairs_at": 1_000,
    "pairs_missed": 0,
    "lift_missed": 0,
}


def generated(n: int, seed: int = 0) -> dict[str, Any]:
    """Columns of the features' table; densities repeat, so that there are ties, and one feature in ten is dead."""
    draw = np.random.default_rng(seed)
    count = draw.integers(1, 400, n) * (draw.random(n) > 0.1)
    lists = Lists(np.arange(n) % 50, np.ones(n, np.int64))
    return {
        "index": np.arange(n),
        "count": count,
        "density": count / 1_000,
        "max": (draw.integers(1, 1_000, n) / 8 * (count > 0)).astype(np.float32),
        "mean": count * 0.5,
        "first_bin": np.full(n, 64),
        "histogram": Lists(count, np.ones(n, np.int64)),
        "top_tokens": lists,
        "top_texts": [f"word{index % 50}" for index in range(n)],
        "top_logit_ids": Lists(np.arange(n) % 7 + 40, np.ones(n, np.int64)),
        "top_logits": Lists(np.ones(n), np.ones(n, np.int64)),
        "top_logit_texts": [f"word{index % 7 + 40}" for index in range(n)],
        "bottom_logit_ids": lists,
        "bottom_logits": Lists(-np.ones(n), np.ones(n, np.int64)),
    }


def example(feature: int, group: str, rank: int, activation: float, text: str) -> dict[str, Any]:
    return {
        "feature": feature,
        "group": group,
        "rank": rank,
        "activation": activation,
        "document": rank,
        "held_out": group == "held_out",
        "position": 4,
        "start": 2,
        "ids": [1, 2, 3],
        "activations": [0.0, 0.5, activation],
        "text": text,
    }


def keep(
    home: Folder,
    sae: str,
    columns: dict[str, Any],
    examples: list[dict[str, Any]] | None = None,
    weights: str = "cd" * 32,
    rule: str | None = None,
) -> None:
    """Write a dictionary of these features, with a vocabulary of 50 words.

    Args:
        weights: hash of the SAE's.
        rule: hash of its rule; none is that of a harvest before there was one.
    """
    n = len(columns["index"])
    with Writer(home, sae) as writer:
        writer.add("features", columns)
        writer.add("vocabulary", {"id": range(50), "text": [f" word{id}" for id in range(50)]})
        if examples:
            writer.add("examples", {name: [one[name] for one in examples] for name in SCHEMAS["examples"].names})
        lifts = {"feature": [3, 3], "rank": [1, 0], "id": [8, 9], "count": [5, 6], "of": [7, 6], "lift": [2.0, 9.0]}
        writer.add("tokens", lifts)
        live = int((np.asarray(columns["count"]) > 0).sum())
        writer.finish({**HEAD, "sae_sha256": weights, "rule_sha256": rule, "d_sae": n, "live": live})
