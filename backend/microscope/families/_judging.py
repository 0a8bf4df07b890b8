"""An autoencoder on rows that it was not trained on, beside what random directions, no training and a PCA explain.

1. the nulls' own numbers come from training rows: mean, axes and gain
2. one pass over held-out rows for the autoencoder, whose L0 says how many numbers a row may cost
3. one more for the nulls, on the same rows
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from pydantic import JsonValue
from torch import Tensor

from microscope.core.nulls import Covariance, Pca, RandomDirections, untrained
from microscope.core.reconstruction import Meter, Reconstruction
from microscope.core.saes.base import Sae
from microscope.core.saes.normalized import Normalized
from microscope.errors import Trouble
from microscope.families._recorded import Recorded, normalized_rows
from microscope.families.base import Event, Progress, Rows, Say
from microscope.wire.run_files import ChartSpec

ACTS = 2**23
"""Activations that are held at once: 32 MB in float32."""

TRAINING_ROWS = 20_000
"""That the nulls take their numbers from."""

PRODUCTS = 2**32
"""Multiplications in one product of a step: a fraction of a second on a CPU."""

DENSITY_BINS = np.arange(-7.0, 0.25, 0.25)
"""Edges, log10; what never fired is in none."""


class Judged(NamedTuple):
    """What came of it."""

    own: Reconstruction
    nulls: dict[str, Reconstruction]
    """By name: `random_directions`, `untrained` and `pca`."""

    pca: Pca
    """Of rank round(L0)."""

    mean: Float[Tensor, " d_model"]
    """Of the held-out rows."""

    @property
    def metrics(self) -> dict[str, JsonValue]:
        """Its own measures by their names; of each null the FVU."""
        nulls: dict[str, JsonValue] = {f"fvu_{name}": one.fvu for name, one in self.nulls.items()}
        return {**self.own.model_dump(), **nulls, "pca_rank": len(self.pca.axes)}


CHARTS = (
    ChartSpec(
        kind="bar",
        title="Variance left unexplained on held-out documents",
        table="compared",
        x="name",
        y="fvu",
        y_title="FVU (0 is perfect, 1 is the mean alone)",
    ),
    ChartSpec(
        kind="bar",
        title="Features by density on held-out documents",
        table="density",
        x="log10_density",
        y="features",
        x_title="log10 of the share of rows in which a feature fires",
    ),
)


def judged(sae: Sae, recorded: Recorded, max_rows: int, seed: int) -> Generator[Event, None, Judged]:
    """Where the autoencoder's tensors lie.

    Yields:
        Progress, and the tables `features`, `density` and `compared`.

    Raises:
        Invalid: no held-out rows, or values that are not finite.
    """
    known = sum(recorded.usable_rows("held_out"))
    of = 2 * min(max_rows, known)
    covariance = yield from _covariance(sae, recorded, seed)
    meter, done = Meter(sae.spec.d_in, sae.spec.d_sae, sae.device), 0
    for x, given in _held_out(sae, recorded, max_rows, seed):
        _add(meter, sae, x, given())
        done += len(x)
        yield Progress(done, of, "rows", "measuring")
    own = meter.result()
    pca = covariance.pca(round(own.l0))
    others = yield from _others(sae, recorded, round(own.l0), covariance.mean.float(), seed)
    meters = {name: Meter(sae.spec.d_in, one.spec.d_sae, sae.device) for name, one in others.items()}
    meters["pca"] = Meter(sae.spec.d_in, len(pca.axes), sae.device)
    for x, _ in _held_out(sae, recorded, max_rows, seed):
        for name, one in others.items():
            _add(meters[name], one, x, one.normalized(x))
        meters["pca"].add(x, pca.reconstruct(x), pca.encode(x))
        done += len(x)
        yield Progress(done, of, "rows", "measuring nulls")
    nulls = {name: one.result() for name, one in meters.items()}
    yield from _tables(meter, own, nulls)
    # Without metrics: a training's curves are of other rows, and count others.
    yield Progress(done, of, "rows", "measured")
    return Judged(own, nulls, pca, meter.inputs.mean.float())


def density_histogram(table: str, density: Float[Tensor, " feature"], n_rows: int, **constant: float) -> Rows:
    """How many features have which density, as far as they fired, from the least that so many rows can tell.

    Args:
        n_rows: of which the density is the share.
        constant: further columns.
    """
    fired = density[density > 0].log10().cpu().numpy()
    least = -np.log10(max(1, n_rows))
    # A density in float32 may lie a hair below its bin's edge.
    first = np.searchsorted(DENSITY_BINS[1:-1], least - 1e-6)
    counts, edges = np.histogram(fired, DENSITY_BINS[first:])
    same = {name: np.full(len(counts), value) for name, value in constant.items()}
    return Rows(table, {**same, "log10_density": edges[:-1] + 0.125, "features": counts})


def _covariance(sae: Sae, recorded: Recorded, seed: int) -> Generator[Event, None, Covariance]:
    covariance = Covariance(sae.spec.d_in, sae.device)
    batch = max(1, min(4_096, PRODUCTS // sae.spec.d_in**2))
    for x in recorded.once("train", TRAINING_ROWS, batch, seed):
        covariance.add(x.to(sae.device))
        yield Progress(0, None, "rows", "reading training rows")
    return covariance


def _others(
    sae: Sae, recorded: Recorded, k: int, centre: Float[Tensor, " d_model"], seed: int
) -> Generator[Event, None, dict[str, Sae]]:
    rows = torch.cat(list(recorded.once("train", TRAINING_ROWS // 4, 4_096, seed)))
    directions = RandomDirections(sae.spec.d_sae, k, centre, seed)
    for done, block in enumerate(blocks := rows.split(_batch_rows(sae))):
        yield Progress(done, len(blocks), "blocks", "making nulls")
        directions.add(block)
    others = {"random_directions": directions.sae()}
    yield Progress(0, None, "rows", "making nulls")
    try:
        others["untrained"] = untrained(sae.spec, rows, seed).to(sae.device)
    except Trouble as trouble:
        yield Say(f"There is no untrained null: {trouble}", "warning")
    return others


def _held_out(
    sae: Sae, recorded: Recorded, max_rows: int, seed: int
) -> Iterator[tuple[Float[Tensor, "row d_model"], Callable[[], Normalized]]]:
    return normalized_rows(sae, recorded, "held_out", max_rows, _batch_rows(sae), seed)


def _batch_rows(sae: Sae) -> int:
    """Whose activations are dense."""
    return max(1, min(4_096, ACTS // sae.spec.d_sae, PRODUCTS // (sae.spec.d_in * sae.spec.d_sae)))


@torch.no_grad()
def _add(meter: Meter, sae: Sae, x: Float[Tensor, "row d_model"], given: Normalized) -> None:
    acts = sae.acts(given)
    meter.add(x, sae.decode(acts, given), acts)


def _tables(meter: Meter, own: Reconstruction, nulls: dict[str, Reconstruction]) -> Iterator[Rows]:
    density = meter.density.cpu().numpy()
    yield Rows("features", {"feature": np.arange(len(density)), "density": density, "rows": meter.fired.cpu().numpy()})
    yield density_histogram("density", meter.density, meter.inputs.rows)
    every = {"autoencoder": own, **nulls}
    columns = {name: [getattr(one, name) for one in every.values()] for name in ("fvu", "mse", "cosine", "l0", "dead")}
    yield Rows("compared", {"name": list(every), **columns})
