"""The benchmarks in small: variants compute the same, the arithmetic of ratios holds. Never a time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from io import StringIO

import pytest
import torch
from rich.console import Console

from microscope.api.app import STATIC
from tests.benchmarks import __main__ as table_of
from tests.benchmarks import (
    browser,
    click,
    decoding,
    harvest,
    harvest_run,
    heatmap,
    peers,
    recording,
    sae_peers,
    sae_training,
    texts,
    toggle,
)
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
from tests.benchmarks.sluice import Sluice
from tests.e2e import browser as chromium
from tests.e2e.serving import until


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


def test_a_kind_is_all_its_claims_and_a_claim_itself() -> None:
    assert table_of.chosen_of(None) == list(table_of.CLAIMS)
    assert table_of.chosen_of(["click", "decoding.trace"]) == ["decoding.trace", "click"]
    assert table_of.chosen_of(["browser"]) == ["browser.paint", "browser.scroll", "browser.stream"]


def test_chats_write_the_same_text_and_show_the_same_lens() -> None:
    names = (decoding.LOOP, decoding.CHAT, decoding.THREADED, decoding.TOGETHER)
    turns = decoding.chats(names, XS, rounds=1, n_prompt=5, n_new=4, clock=time.process_time)
    assert turns.names == (decoding.PLAIN, *names)
    assert len(turns.result(decoding.CHAT)[0]) == 4


def test_the_row_of_a_gpu_is_measured_where_the_model_is() -> None:
    lines = decoding.gpu((XS,), rounds=1, n_prompt=5, n_new=4, device="cpu")
    assert [line.target for line in lines] == [None, decoding.GPU, decoding.GPU_STREAMS]


def test_traces_per_token_write_the_same_text_and_find_the_same_tokens() -> None:
    turns = decoding.traces(XS, rounds=1, n_prompt=5, n_new=4)
    assert len(turns.result(decoding.TUTORIAL).lenses) == 4


def test_ways_to_train_explain_the_same() -> None:
    turns, found = sae_training.trained(sae_training.SMALL, rounds=20, clock=time.process_time)
    assert turns.names == tuple(found) == (sae_training.PLAIN, sae_training.EXACT, sae_training.SCREENED)
    assert max(found.values()) < 0.9


def test_a_gap_of_three_periods_is_two_dropped_frames() -> None:
    steady = [16.7 * frame for frame in range(60)]
    assert browser.dropped_percent(steady, 16.7) == 0
    assert browser.dropped_percent([*steady[:30], *steady[32:]], 16.7) == pytest.approx(100 * 2 / 59)
    assert browser.dropped_percent([0, 17.9, 32.1, 50.3], 16.7) == 0


def test_what_a_sluice_held_comes_whole_and_over_the_time() -> None:
    said = bytes(range(256)) * 40
    with socket.create_server(("127.0.0.1", 0)) as server, Sluice(server.getsockname()[1]) as sluice:
        client = socket.create_connection(("127.0.0.1", int(sluice.url.rsplit(":", 1)[1])))
        there, _ = server.accept()
        with client, there:
            sluice.hold()
            there.sendall(said)
            until(lambda: sluice.n_held == len(said), 10, "all is held")
            began = time.monotonic()
            sluice.release(0.2)
            assert time.monotonic() - began >= 0.2
            there.sendall(b"open")
            assert client.makefile("rb").read(len(said) + 4) == said + b"open"


@pytest.mark.timeout(600)
@pytest.mark.skipif(chromium.find() is None or not (STATIC / "index.html").is_file(), reason="no browser or no pages")
@pytest.mark.parametrize(
    ("claim", "sizes", "rows"),
    [
        (browser.paint, {"n_layers": 3, "n_positions": 40}, 4),
        (browser.stream, {"n_tokens": 40}, 4),
    ],
)
def test_pages_are_measured(claim: Callable[..., list[Line]], sizes: dict[str, int], rows: int) -> None:
    # In a process of its own: two drivers of a browser do not share one.
    lines = on_cores(n_cores(), claim, rounds=1, **sizes)
    assert len(lines) == rows
    assert all(line.measured.value >= 0 for line in lines)


def test_heat_maps_show_the_same_numbers() -> None:
    heatmap.maps(XS, rounds=1, n_positions=12)


def test_a_click_runs_no_forward_pass() -> None:
    forwards, _ = click.clicks(XS, rounds=1, n_positions=8)
    assert forwards == 0


def test_a_patch_that_is_switched_on_gives_the_logits_of_a_whole_pass() -> None:
    toggle.toggles(XS, rounds=1, n_positions=12)


def test_memory_that_is_given_back_counts_in_the_peak() -> None:
    extra = peak_extra_bytes(lambda: bool(torch.ones(16 << 20).all()))
    assert extra is None or extra >= 60e6


def test_a_job_on_one_core_sees_one() -> None:
    assert on_cores(1, n_cores) == 1


def test_a_job_has_as_many_threads_as_cores() -> None:
    assert on_cores(2, n_threads) == 2


def n_threads() -> int:
    return torch.get_num_threads()


def test_a_harvest_in_small_measures_shares_and_memory() -> None:
    size = texts.Size(d_model=16, d_sae=64, k=4, d_vocab=2_000, batch_rows=256)
    whole, late = harvest.gathering_share(size, 4)
    assert 0 < whole.value < 1
    assert 0 < late.value < 1


def test_a_recording_holds_the_tokens_of_a_bare_forward_and_reads_every_row() -> None:
    assert recording.writing(rounds=1, n_documents=3).seconds
    turns = recording.reading(rounds=1, n_rows=10_000)
    row_bytes = 2 * recording.D_MODEL
    assert turns.result(recording.SHUFFLED) == 2 * recording.BATCH_ROWS * row_bytes
    assert turns.result(recording.DECODED) == 10_000


@pytest.mark.skipif(sae_peers.PYTHON.exists(), reason="the peers are here: make bench measures them")
def test_without_the_peers_their_rows_are_left_out() -> None:
    assert sae_peers.training() == sae_peers.export() == []


def test_a_whole_harvest_in_small_is_measured_to_its_last_table() -> None:
    size = texts.Size(d_model=16, d_sae=64, k=4, d_vocab=2_000, batch_rows=256)
    assert 0 < harvest_run.run_share(3, size).value < 1
