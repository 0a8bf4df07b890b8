"""Lists of runs in terminals of several widths: words stay whole, and no column is empty."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rich.console import Console

from microscope.cli import run_tables
from microscope.cli.run_tables import show_runs
from microscope.wire.runs import RunRow

HEADLINE = {"fvu": 0.1234, "l0": 16.0, "loss_recovered": 0.9123, "dead": 0.0123}
FIGURES = ("fvu 0.1234", "l0 16", "loss_recovered 0.9123", "dead 0.0123")


def row(id: str, **other: Any) -> RunRow:
    whole: dict[str, Any] = {
        "id": id, "family": "evaluate_sae", "name": "", "status": "succeeded", "priority": 0, "place": None, "tags": (),
        "evidence": "causal", "created": time.time() - 700, "started": None, "ended": None, "attempts": 1,
        "interruptions": 0, "worker": None, "progress": None, "headline": {}, "failure": None, "stopping": None,
    }  # fmt: skip
    return RunRow.model_validate({**whole, **other})


ROWS = (
    row("record-activations-20261122-0412-3fa9c1", headline={"tokens": 20_000.0, "tokens_per_s": 12_345.6}),
    row("evaluate-sae-20261122-0412-3fa9c2", headline=HEADLINE),
    row("train-sae-20261122-0412-3fa9c3", status="failed", failure={"error": "There is no room.", "next": "Make it."}),
)


def shown(rows: tuple[RunRow, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    console = Console(width=width)
    monkeypatch.setattr(run_tables, "Console", lambda: console)
    with console.capture() as captured:
        show_runs(rows, len(rows))
    return captured.get()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_ids_figures_and_words_stay_whole(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(ROWS, width, monkeypatch)
    for one in (*(row.id for row in ROWS), *FIGURES, "tokens 20,000", "tokens_per_s 12,346", "failed"):
        assert one in text
    assert "There is no room." in " ".join(text.split())
    assert "Name" not in text, "a column without an entry takes no room"
    assert max(map(len, text.splitlines())) <= width


def test_a_run_that_waits_says_what_it_is_to_do_in_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "activations recordings/layers.parquet · architecture topk, k 64 · seed 3"
    text = shown((*ROWS, row("train-sae-20261122-0412-3fa9c4", status="planned", asked=asked)), 120, monkeypatch)
    for said in asked.split(" · "):
        assert said in text
    done = shown((row("train-sae-20261122-0412-3fa9c4", asked=asked, headline=HEADLINE),), 120, monkeypatch)
    assert "seed 3" not in done


def test_the_age_is_told_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    now = tuple(one.model_copy(update={"created": time.time() - 700}) for one in ROWS)
    assert "12 min ago" in shown(now, 100, monkeypatch)
    assert "ago" not in shown(now, 80, monkeypatch)


def test_a_name_has_a_column_or_stands_below_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    named = (*ROWS, row("train-sae-20261122-0412-3fa9c4", name="the second one", status="planned", place=3))
    wide, narrow = (shown(named, width, monkeypatch).splitlines() for width in (140, 80))
    assert "Name" in wide[0]
    assert "the second one" in next(line for line in wide if "3fa9c4" in line)
    assert "Name" not in narrow[0]
    below = next(number for number, line in enumerate(narrow) if "3fa9c4" in line)
    assert "planned 3" in narrow[below]
    assert narrow[below + 1].strip() == "the second one"
