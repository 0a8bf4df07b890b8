"""The benchmarks in small: variants compute the same, the arithmetic of ratios holds. Never a time."""

from __future__ import annotations

import json
import time
from io import StringIO

import pytest
import torch
from rich.console import Console

from tests.benchmarks import __main__ as table_of
from tests.benchmarks import click, decoding, heatmap, peers
from tests.benchmarks.harness import (
    Line,
    Measured,
    Rounds,
    Variant,
    exactly,
    n_cores,
    on_cores,
    peak_extra_bytes,
    spread,
    take_turns,
)
from tests.benchmarks.shapes import XS


@pytest.fixture(autouse=True)
def without_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """TransformerLens takes seconds to import; `make bench` is its place."""
    monkeypatch.setattr(peers, "INSTALLED", False)


def test_variants_take_turns_behind_a_warm_up() -> None:
    order: list[str] = []
    ticks = iter(range(100))

    def variant(name: str) -> Variant:
        return Variant(name, lambda: order.append(name))

    turns = take_turns([variant("a"), variant("b")], rounds=2, clock=lambda: float(next(ticks)))
    assert order == ["a", "b"] * 3
    assert turns.seconds == ((1.0, 1.0), (1.0, 1.0))


def test_a_ratio_compares_within_a_round() -> None:
    turns = Rounds(("a", "b"), (None, None), ((1.0, 10.0, 100.0), (2.0, 30.0, 200.0)))
    assert turns.ratio("b", "a") == Measured(2.0, 2.0, 2.5)
    assert turns.ratio("a", "a") == exactly(1.0)


def test_spread_is_median_and_quartiles() -> None:
    assert spread([5.0, 1.0, 2.0, 4.0, 3.0]) == Measured(3.0, 2.0, 4.0)
    assert spread([7.0]) == exactly(7.0)


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line("a", exactly(1.2), 1.2), True),
        (Line("a", exactly(1.3), 1.2), False),
        (Line("a", exactly(6.5), 6.0, at_least=True), True),
        (Line("a", exactly(1.0)), None),
    ],
)
def test_a_target_is_met_or_not(line: Line, met: bool | None) -> None:
    assert line.met is met


def test_the_table_and_the_json_say_the_same() -> None:
    lines = [Line("lens against plain", Measured(1.1, 1.0, 1.2), 1.2), Line("memory", exactly(80.0), unit="MB")]
    out = StringIO()
    Console(file=out, width=120).print(table_of.table(lines))
    for row in json.loads(table_of.as_json(lines)):
        assert row["what"] in out.getvalue()
        assert f"{row['measured']['value']:.2f} {row['unit']}" in out.getvalue()


def test_chats_write_the_same_text_and_show_the_same_lens() -> None:
    turns = decoding.chats(XS, rounds=1, n_prompt=5, n_new=4, clock=time.process_time)
    assert len(turns.result(decoding.CHAT)[0]) == 4


def test_a_trace_per_token_writes_the_same_text() -> None:
    assert [line.target for line in decoding.traced(XS, rounds=1, n_prompt=5, n_new=4)] == [decoding.TRACES]


def test_heat_maps_show_the_same_numbers() -> None:
    heatmap.maps(XS, rounds=1, n_positions=12)


def test_a_click_runs_no_forward_pass() -> None:
    forwards, _ = click.clicks(XS, rounds=1, n_positions=8)
    assert forwards == 0


def test_memory_that_is_given_back_counts_in_the_peak() -> None:
    extra = peak_extra_bytes(lambda: bool(torch.ones(16 << 20).all()))
    assert extra is None or extra >= 60e6


def test_a_job_on_one_core_sees_one() -> None:
    assert on_cores(1, n_cores) == 1
