"""A harvest: what gathering costs beside encoding and in a whole run, and how much memory it takes."""

from __future__ import annotations

import time

import torch

from microscope.core.activity import Firings
from microscope.core.gathering import Gathering, Wanted, bytes_needed, encoded
from tests.benchmarks.harness import Line, Measured, exactly, on_cores, peak_extra_bytes, say
from tests.benchmarks.harvest_run import SMALL, run_share
from tests.benchmarks.texts import Size, sae_of, texts

SHARE = 0.1
"""Of a harvest's time, at most, that gathering may take."""

MOST_BYTES = 1.2
"""Times what a harvest announces beforehand."""

WANTED = Wanted(pair_share=0.1)
"""As for a million tokens."""

STANDARD = Size()


RUN_ROUNDS = 8
"""Batches of a whole run for each round: a million tokens, as a harvest reads by itself."""


def measure(rounds: int = 32, size: Size = STANDARD) -> list[Line]:
    """
    Args:
        rounds: batches. Firings of sixteen wait at a time.
    """
    share, late = on_cores(1, gathering_share, size, rounds)
    large = size._replace(d_sae=4 * size.d_sae)
    ratio = on_cores(1, memory, large, rounds)
    whole = on_cores(1, run_share, RUN_ROUNDS * rounds)
    rows = f"{RUN_ROUNDS * rounds * SMALL.batch_rows:,} recorded rows"
    return [
        Line(f"gathering's share of encoding and gathering, lists still filling ({size.d_sae:,} features)", share),
        Line("the same in the second half of the text", late, SHARE),
        Line(f"the same of a whole run from {rows} (d_model {SMALL.d_model}, {SMALL.d_sae:,} features)", whole, SHARE),
        Line(f"memory that it takes against what it announces ({large.d_sae:,} features)", ratio, MOST_BYTES),
    ]


def gathering_share(size: Size, batches: int) -> tuple[Measured, Measured]:
    """From an empty gathering, whose lists fill first; and in the second half."""
    sae = sae_of(size)
    gathering = Gathering(size.d_sae, size.d_vocab, WANTED)
    times: list[tuple[float, float]] = []
    for contexts, x in texts(size, batches):
        begun = time.process_time()
        found: Firings = encoded(sae, x, (len(x),))
        between = time.process_time()
        gathering.add(contexts, found)
        if len(times) + 1 in (batches // 2, batches):
            gathering.settle()  # Each half pays for what is its own.
        times.append((between - begun, time.process_time() - between))
        say(f"batch {len(times)} of {batches}: encoding {times[-1][0]:.2f} s, gathering {times[-1][1]:.2f} s")
    return _share(times), _share(times[batches // 2 :])


def _share(times: list[tuple[float, float]]) -> Measured:
    encoding, gathering = (sum(column) for column in zip(*times, strict=True))
    return exactly(gathering / (encoding + gathering))


def memory(size: Size, batches: int) -> Measured:
    """Peak memory of gathering random firings of as many features, against `bytes_needed`."""
    announced = bytes_needed(size.d_sae, WANTED)
    draw = torch.Generator().manual_seed(2)

    def gather() -> None:
        gathering = Gathering(size.d_sae, size.d_vocab, WANTED)
        for contexts, _ in texts(size._replace(d_model=1), batches):
            row = torch.arange(size.batch_rows).repeat_interleave(size.k)
            feature = torch.randint(size.d_sae, (size.batch_rows, size.k), generator=draw).sort(-1).values.flatten()
            gathering.add(contexts, Firings(row, feature, torch.rand(len(row), generator=draw) + 0.1))
        gathering.settle()

    peak = peak_extra_bytes(gather)
    assert peak is not None, "this system does not tell a process's peak memory"
    return exactly(peak / announced)
