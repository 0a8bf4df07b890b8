"""Do several trainings find the same features?

1. every two SAEs: features matched one to one by the cosine of their decoder rows
2. the same of random directions, as many and as long, several times: what chance gives
3. pairs, matches and both histograms; the encoders' cosine along the same pairs

`core/matching.py` says what is computed, and what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float
from pydantic import Field, JsonValue
from torch import Tensor

from microscope.core.matching import Matching, Null, chance, check_size, matching, paired_cosine, summary
from microscope.families._apart import told_apart
from microscope.families._compared import Compared, compared, histogram, meant, specs_of
from microscope.families.base import Bench, Event, Family, Progress, Result, Rows
from microscope.lab import Lab
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

CHARTS = (
    ChartSpec(
        kind="heatmap",
        title="Mean matched decoder cosine of every two SAEs",
        table="matrix",
        x="sae",
        y="other",
        z="mean_cosine",
        z_low=0,
        z_high=1,
        x_title="SAE",
        y_title="SAE",
    ),
    ChartSpec(
        kind="histogram",
        title="Matched decoder cosines, beside those of random directions",
        table="histogram",
        x="cosine",
        y="share",
        z="of",
        x_title="cosine of matched features",
        y_title="share of the pairs",
    ),
)


class Pair(NamedTuple):
    """Two SAEs and how their features match."""

    left: Compared
    right: Compared
    found: Matching
    encoder: Float[Tensor, " pair"]
    """Cosine of the encoders of the same pairs."""

    null: Null

    @property
    def says(self) -> dict[str, JsonValue]:
        """A row of the table of pairs."""
        sizes = {"features": len(self.left.features), "other_features": len(self.right.features)}
        nulls = {"null_mean": self.null.mean, "null_spread": self.null.spread}
        encoder = {"encoder_mean_cosine": float(self.encoder.mean())}
        return {
            "sae": self.left.name,
            "other": self.right.name,
            **sizes,
            "matched": len(self.encoder),
            **summary(self.found.cosine),
            **encoder,
            **nulls,
        }


class SaeStability(Family, frozen=True):
    """Matches the features of several SAEs by their decoder rows, beside what random directions would match.

    Of one site of one model, trained with other seeds or on other data.
    """

    evidence: ClassVar[Evidence] = "decomposition"
    title: ClassVar[str] = "Stability of SAEs"

    kind: Literal["sae_stability"] = "sae_stability"

    saes: tuple[str, ...] = Field(min_length=2, max_length=32)
    """Slugs, folders or files, or ids of the runs that made them."""

    live_only: bool = False
    """Leave out features that never fired; see `activations` for who counted."""

    activations: Path | None = None
    """A recording on whose held-out rows a live feature fires; null is what each SAE's own run or harvest counted."""

    n_null: int = Field(default=3, ge=1, le=100)
    """Draws of random directions for each shape."""

    seed: int = Field(default=0, ge=0)
    """Of the random directions, and of the rows in which features may fire."""

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no such SAE, or one twice.
            Incompatible: they are of different models, sites or widths.
            TooLarge: two have too many features to be matched.
        """
        specs = specs_of(meant(lab, self.saes))
        sizes = sorted((spec.d_sae for spec in specs.values()), reverse=True)
        if not self.live_only:
            check_size(sizes[0], sizes[1])
        site = next(iter(specs.values())).site or "one site"
        return (
            f"Matches {len(specs)} SAEs of {site} two by two, up to {sizes[0]:,} with {sizes[1]:,} features"
            f"{', those that live' if self.live_only else ''}; and random directions, {self.n_null} times each shape.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Trouble: as `check` says, or nobody has counted which features live.
        """
        found = meant(bench.lab, self.saes)
        saes = yield from compared(bench.lab, found, self.live_only, self.activations, self.seed)
        pairs: list[Pair] = []
        nulls: dict[tuple[int, int, int], Null] = {}
        of = len(saes) * (len(saes) - 1) // 2
        for left, right in combinations(saes, 2):
            shape = len(left.features), len(right.features), left.decoder.shape[1]
            if shape not in nulls:
                draws: list[Tensor] = []
                for draw in range(self.n_null):
                    draws.append(chance(*shape, seed=self.seed * self.n_null + draw))
                    yield Progress(len(pairs), of, "pairs", "matching random directions")
                nulls[shape] = Null(torch.stack(draws))
            matched = matching(left.decoder, right.decoder)
            encoder = paired_cosine(left.encoder, right.encoder, matched)
            pairs.append(Pair(left, right, matched, encoder, nulls[shape]))
            yield _matches(pairs[-1])
            so_far = summary(_cosines(pairs))["mean_cosine"]
            yield Progress(len(pairs), of, "pairs", "matching", {"mean_cosine": so_far})
        yield from _tables(pairs, told_apart(bench.lab, found))
        yield Result(
            self._metrics(saes, pairs),
            headline=("mean_cosine", "null_mean", "null_spread", "share_above_0.7"),
            charts=CHARTS,
        )

    def _metrics(self, saes: list[Compared], pairs: list[Pair]) -> dict[str, JsonValue]:
        """Of all matched features together; pairs one by one below them."""
        null = Null(torch.cat([pair.null.cosine for pair in pairs], dim=1))
        own = summary(_cosines(pairs))
        return {
            **own,
            "encoder_mean_cosine": float(torch.cat([pair.encoder for pair in pairs]).mean()),
            "null_mean": null.mean,
            "null_spread": null.spread,
            "live_only": self.live_only,
            "features": {one.name: len(one.features) for one in saes},
            "pairs": [pair.says for pair in pairs],
        }


def _cosines(pairs: list[Pair]) -> Float[Tensor, " pair"]:
    """Of all matched features together."""
    return torch.cat([pair.found.cosine for pair in pairs])


def _matches(pair: Pair) -> Rows:
    left, right, found = pair.left, pair.right, pair.found
    return Rows(
        "matches",
        {
            "sae": [left.name] * len(found.left),
            "other": [right.name] * len(found.left),
            "feature": left.features[found.left].numpy(),
            "other_feature": right.features[found.right].numpy(),
            "cosine": found.cosine.numpy(),
            "encoder_cosine": pair.encoder.numpy(),
        },
    )


def _tables(pairs: list[Pair], apart: Mapping[str, str]) -> Iterator[Rows]:
    """
    Args:
        apart: short names of the SAEs, for the heat map's rows and columns.
    """
    says = [pair.says for pair in pairs]
    yield Rows("pairs", {name: [one[name] for one in says] for name in says[0]})
    yield _matrix(says, apart)
    yield Rows("histogram", histogram(_cosines(pairs), "matched"))
    yield Rows("histogram", histogram(torch.cat([pair.null.cosine.flatten() for pair in pairs]), "random directions"))


def _matrix(says: list[dict[str, JsonValue]], apart: Mapping[str, str]) -> Rows:
    """A row for each SAE with each, both axes in the order of `apart`; of one with itself nothing was matched."""
    known = {(one["sae"], one["other"]): one["mean_cosine"] for one in says}
    known |= {(other, sae): cosine for (sae, other), cosine in known.items()}
    places = [(sae, other) for sae in apart for other in apart]
    return Rows(
        "matrix",
        {
            "sae": [apart[sae] for sae, _ in places],
            "other": [apart[other] for _, other in places],
            "mean_cosine": [known.get(place) for place in places],
        },
    )
