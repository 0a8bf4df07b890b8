"""A harvest: what gathering costs beside encoding, and how much memory it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import torch

from microscope.core.activity import Firings
from microscope.core.gathering import Contexts, Gathering, Wanted, bytes_needed, encoded
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from tests.benchmarks.harness import Line, Measured, exactly, on_cores, peak_extra_bytes, say

SHARE = 0.1
"""Of a harvest's time, at most, that gathering may take."""

MOST_BYTES = 1.2
"""Times what a harvest announces beforehand."""

WANTED = Wanted(pair_share=0.1)
"""As for a million tokens."""

TEXT = 128
"""Tokens of a document."""


class Size(NamedTuple):
    """Of a TopK autoencoder with random weights, and of what it reads."""

    d_model: int = 768
    d_sae: int = 16_384
    k: int = 32
    d_vocab: int = 50_257
    batch_rows: int = 4_096


STANDARD = Size()


def measure(rounds: int = 12, size: Size = STANDARD) -> list[Line]:
    share, late = on_cores(1, gathering_share, size, rounds)
    large = size._replace(d_sae=4 * size.d_sae)
    ratio = on_cores(1, memory, large, rounds)
    return [
        Line(f"gathering's share of encoding and gathering, lists still filling ({size.d_sae:,} features)", share),
        Line("the same in the second half of the text", late, SHARE),
        Line(f"memory that it takes against what it announces ({large.d_sae:,} features)", ratio, MOST_BYTES),
    ]


def sae_of(size: Size) -> Sae:
    """Features fire with very different frequencies, as those of language do: biases spread over a wide range."""
    draw = torch.Generator().manual_seed(0)
    w_dec = torch.nn.functional.normalize(torch.randn(size.d_sae, size.d_model, generator=draw), dim=-1)
    bias = -1.5 * torch.rand(size.d_sae, generator=draw)
    weights = {"W_enc": w_dec.T.contiguous(), "b_enc": bias, "W_dec": w_dec, "b_dec": torch.zeros(size.d_model)}
    return Sae(Spec(architecture=TopK(k=size.k), d_in=size.d_model, d_sae=size.d_sae, d_out=size.d_model), weights)


def texts(size: Size, batches: int) -> Iterator[tuple[Contexts, torch.Tensor]]:
    """Random tokens, each with a vector of its own and some noise; frequent ones as frequent as words are."""
    draw = torch.Generator().manual_seed(1)
    kinds = torch.randn(2_000, size.d_model, generator=draw)
    odds = 1 / torch.arange(1.0, 2_001.0)
    for batch in range(batches):
        first = batch * size.batch_rows
        ids = torch.multinomial(odds, size.batch_rows, replacement=True, generator=draw)
        x = kinds[ids] + 0.7 * torch.randn(size.batch_rows, size.d_model, generator=draw)
        rows = torch.arange(first, first + size.batch_rows)
        counted = rows % TEXT > 0
        yield Contexts(ids, rows // TEXT, rows // TEXT % 10 == 0, counted, first), x


def gathering_share(size: Size, batches: int) -> tuple[Measured, Measured]:
    """From an empty gathering, whose lists fill first; and in the second half."""
    sae = sae_of(size)
    gathering = Gathering(size.d_sae, size.d_vocab, WANTED)
    times: list[tuple[float, float]] = []
    for contexts, x in texts(size, batches):
        begun = time.process_time()
        found: Firings = encoded(sae, x)
        between = time.process_time()
        gathering.add(contexts, found)
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

    peak = peak_extra_bytes(gather)
    assert peak is not None, "this system does not tell a process's peak memory"
    return exactly(peak / announced)
