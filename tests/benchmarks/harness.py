"""Variants take turns, A B C A B C …, so that whatever else the machine does meets all of them alike.

A ratio is the median over the rounds of (time of one variant / time of another in the same round), and its spread are
the quartiles. The first round warms up and is not counted; it gives the results, so that a claim can check that the
variants compute the same.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple, ParamSpec, TypeVar

import torch

P = ParamSpec("P")
T = TypeVar("T")


class Variant(NamedTuple):
    """One way to do a thing."""

    name: str
    run: Callable[[], Any]


class Measured(NamedTuple):
    """A number and its quartiles over the rounds."""

    value: float
    low: float
    high: float


class Line(NamedTuple):
    """A row of the table: one claim."""

    what: str
    measured: Measured
    target: float | None = None
    """None: for comparison only."""

    at_least: bool = False
    """The target is a lower bound; it is an upper one otherwise."""

    unit: str = "×"

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.measured.value >= self.target if self.at_least else self.measured.value <= self.target


class Rounds(NamedTuple):
    """What came of letting variants take turns."""

    names: tuple[str, ...]
    results: tuple[Any, ...]
    """Of the warm-up round, one per variant."""

    seconds: tuple[tuple[float, ...], ...]
    """One tuple per variant, one entry per counted round."""

    def of(self, name: str) -> tuple[float, ...]:
        return self.seconds[self.names.index(name)]

    def result(self, name: str) -> Any:
        return self.results[self.names.index(name)]

    def ratio(self, name: str, to: str) -> Measured:
        """Time of a variant against another's."""
        return spread([mine / theirs for mine, theirs in zip(self.of(name), self.of(to), strict=True)])


def say(text: str) -> None:
    """Progress, beside the table."""
    print(f"  {text}", file=sys.stderr, flush=True)


def spread(values: Sequence[float]) -> Measured:
    """Median and quartiles; a single value is its own quartiles."""
    if len(values) == 1:
        return Measured(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Measured(median(values), low, high)


def exactly(value: float) -> Measured:
    """A count, which does not spread."""
    return Measured(value, value, value)


def take_turns(variants: Sequence[Variant], rounds: int, clock: Callable[[], float] = time.perf_counter) -> Rounds:
    """Run every variant once to warm up and then `rounds` times, one after the other in each round."""
    assert rounds >= 1, f"{rounds} rounds; expected at least one"
    say("warming up: " + " · ".join(variant.name for variant in variants))
    results = tuple(variant.run() for variant in variants)
    seconds: list[list[float]] = [[] for _ in variants]
    for round in range(rounds):
        for times, variant in zip(seconds, variants, strict=True):
            start = clock()
            variant.run()
            times.append(clock() - start)
        say(f"round {round + 1} of {rounds}: " + " · ".join(f"{times[-1]:.2f} s" for times in seconds))
    return Rounds(tuple(variant.name for variant in variants), results, tuple(tuple(times) for times in seconds))


def on_cores(cores: int, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a job in a fresh process that may use this many cores, with as many threads, as torch has by itself.

    A thread pool that has once been made keeps its size, and peak memory is a process's own: hence a process.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_pinned, cores, job, *args, **kwargs).result()


def _pinned(cores: int, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # Here, not when the process begins: the tests' conftest, which the jobs' modules import, keeps torch to one thread.
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:cores])
    torch.set_num_threads(cores)
    return job(*args, **kwargs)


def n_cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))


_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_extra_bytes(run: Callable[[], Any]) -> int | None:
    """Most memory that a call held above what was held before; None where the system does not tell (not Linux)."""
    try:
        _CLEAR.write_text("5")  # The peak begins anew at what is held now.
    except OSError:
        return None
    before = _status_bytes("VmRSS")
    run()
    return max(0, _status_bytes("VmHWM") - before)


def _status_bytes(field: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024
