"""What becomes of a small dictionary's features in a larger one?

1. a large feature descends from each small one whose decoder row is nearer than a threshold
2. how many descend from each: none (lost), one (kept), several (split); and which large ones have no parent (new)
3. the same of random directions, as many and as long, several times: what chance gives

Feature splitting: Bricken et al. 2023, "Towards Monosemanticity". `core/matching.py` says what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field, JsonValue

from microscope.core.matching import Kin, kin, random_directions
from microscope.errors import Invalid
from microscope.families._compared import Compared, compared, histogram, meant, specs_of
from microscope.families.base import Bench, Event, Family, Progress, Result, Rows
from microscope.lab import Lab
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

CHARTS = (
    ChartSpec(
        kind="bar",
        title="Small features by the number of large ones that descend from them",
        table="children",
        x="children",
        y="share",
        z="of",
        x_title="large features above the threshold",
        y_title="share of the small features",
    ),
    ChartSpec(
        kind="histogram",
        title="How near each large feature's nearest small one is",
        table="nearest",
        x="cosine",
        y="share",
        z="of",
        x_title="cosine of the decoder rows",
        y_title="share of the large features",
    ),
)


class FeatureSplitting(Family, frozen=True):
    """Finds for each feature of a small SAE those of a larger one that descend from it, beside random directions."""

    evidence: ClassVar[Evidence] = "decomposition"
    title: ClassVar[str] = "Feature splitting"

    kind: Literal["feature_splitting"] = "feature_splitting"

    small: str
    """Slug, folder or file of the SAE with fewer features, or the id of the run that made it."""

    large: str
    """That of the one with more features, of the same site."""

    threshold: float = Field(default=0.7, gt=0, lt=1)
    """Cosine of two decoder rows above which the large feature descends from the small one."""

    live_only: bool = False
    """Leave out features that never fired; see `activations` for who counted."""

    activations: Path | None = None
    """A recording on whose held-out rows a live feature fires; null is what each SAE's own run or harvest counted."""

    n_null: int = Field(default=3, ge=1, le=100)
    """Draws of random directions."""

    seed: int = Field(default=0, ge=0)
    """Of the random directions, and of the rows in which features may fire."""

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no such SAE, the same one twice, or the larger one first.
            Incompatible: they are of different models, sites or widths.
        """
        specs = specs_of(meant(lab, (self.small, self.large)))
        small, large = (spec.d_sae for spec in specs.values())
        if small > large:
            raise Invalid(
                f"{self.small} has {small:,} features, {self.large} has {large:,}.", next="Give the smaller as small."
            )
        return (
            f"Looks among {large:,} features for those within a cosine of {self.threshold} of each of {small:,}, "
            f"and {self.n_null} times among random directions.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Trouble: as `check` says, or nobody has counted which features live.
        """
        found = meant(bench.lab, (self.small, self.large))
        small, large = yield from compared(bench.lab, found, self.live_only, self.activations, self.seed)
        own = kin(small.decoder, large.decoder, self.threshold)
        yield Progress(0, self.n_null, "draws", "random directions")
        nulls: list[Kin] = []
        for draw in range(self.n_null):
            nulls.append(_chance(small, large, self.threshold, self.seed * self.n_null + draw))
            yield Progress(draw + 1, self.n_null, "draws", "random directions")
        n_small = len(small.features)
        yield from _tables(small, large, own)
        for name, some in (("found", [own]), ("random directions", nulls)):
            yield _children(some, n_small, name)
            yield Rows("nearest", histogram(torch.cat([one.nearest for one in some]), name))
        metrics = {**_figures([own], n_small), **{f"null_{k}": v for k, v in _figures(nulls, n_small).items()}}
        yield Result(
            {**metrics, "features": n_small, "large_features": len(large.features), "threshold": self.threshold},
            headline=("parent_share", "null_parent_share", "split_share", "mean_children"),
            charts=CHARTS,
        )


def _chance(small: Compared, large: Compared, threshold: float, seed: int) -> Kin:
    first, second = (
        random_directions(*one.decoder.shape, seed=2 * seed + index) for index, one in enumerate((small, large))
    )
    return kin(first, second, threshold)


def _figures(some: Sequence[Kin], n_small: int) -> dict[str, JsonValue]:
    """Shares of the small features that are lost, kept and split, and of the large ones that have a parent."""
    children = torch.cat([one.children(n_small) for one in some])
    parented = torch.cat([one.has_parent() for one in some])
    return {
        "parent_share": float(parented.float().mean()),
        "lost_share": float((children == 0).float().mean()),
        "kept_share": float((children == 1).float().mean()),
        "split_share": float((children > 1).float().mean()),
        "mean_children": float(children.float().mean()),
        "most_children": int(children.max()),
        "mean_nearest_cosine": float(torch.cat([one.nearest for one in some]).mean()),
    }


def _children(some: Sequence[Kin], n_small: int, name: str) -> Rows:
    counts = np.bincount(torch.cat([one.children(n_small) for one in some]).numpy())
    shares = counts / counts.sum()
    return Rows("children", {"children": np.arange(len(counts)), "share": shares, "of": [name] * len(counts)})


def _tables(small: Compared, large: Compared, own: Kin) -> Iterator[Rows]:
    yield Rows(
        "edges",
        {
            "small": small.features[own.small].numpy(),
            "large": large.features[own.large].numpy(),
            "cosine": own.cosine.numpy(),
        },
    )
    children = own.children(len(small.features)).numpy()
    yield Rows("small", {"feature": small.features.numpy(), "children": children})
    parented = own.has_parent().numpy()
    yield Rows("large", {"feature": large.features.numpy(), "nearest": own.nearest.numpy(), "has_parent": parented})
