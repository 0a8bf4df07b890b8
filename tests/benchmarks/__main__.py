"""`python -m tests.benchmarks`: every claim about speed, measured here and now.

--only NAME     one claim, as decoding.trace, or all of a kind, as decoding; may be given several times
--rounds N      turns of every variant; the default is each claim's own
--json FILE     the table as JSON, written again after every claim; "-" for the standard output
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    browser,
    click,
    decoding,
    harvest,
    heatmap,
    peers,
    recording,
    sae_peers,
    sae_training,
    startup,
    toggle,
)
from tests.benchmarks.harness import Line

CLAIMS: dict[str, Callable[..., list[Line]]] = {
    "decoding.one-core": decoding.one_core,
    "decoding.two-cores": decoding.two_cores,
    "decoding.streams": decoding.streams,
    "decoding.trace": decoding.trace,
    "decoding.gpu": decoding.gpu,
    "heatmap": heatmap.measure,
    "click": click.measure,
    "toggle": toggle.measure,
    "sae-training": sae_training.measure,
    "harvest": harvest.measure,
    "sae-training.peers": sae_peers.training,
    "sae-export": sae_peers.export,
    "recording": recording.measure,
    "startup": startup.measure,
    "browser.paint": browser.paint,
    "browser.scroll": browser.scroll,
    "browser.stream": browser.stream,
}

KINDS = sorted({name.split(".")[0] for name in CLAIMS} - set(CLAIMS))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios of docs/performance.md.")
    parser.add_argument("--only", action="append", choices=[*CLAIMS, *KINDS], help="measure this claim or kind only")
    parser.add_argument("--rounds", type=int, help="turns of every variant")
    parser.add_argument("--json", help='write the numbers here, "-" for the standard output')
    chosen = parser.parse_args(arguments)
    talk = Console(stderr=True)
    if not peers.INSTALLED:
        talk.print("TransformerLens is not installed; its rows are left out. pip install '.[bench]'", markup=False)
    options = {} if chosen.rounds is None else {"rounds": chosen.rounds}
    lines: list[Line] = []
    names = chosen_of(chosen.only)
    for place, name in enumerate(names):
        talk.print(f"{name} ({place + 1} of {len(names)})", markup=False)
        lines += CLAIMS[name](**options)
        if chosen.json and chosen.json != "-":
            Path(chosen.json).write_text(as_json(lines) + "\n")
    if chosen.json == "-":
        print(as_json(lines))
        return
    Console().print(table(lines))


def chosen_of(only: list[str] | None) -> list[str]:
    """The claims that these names mean, in the order of the table."""
    return [name for name in CLAIMS if not only or name in only or name.split(".")[0] in only]


def table(lines: list[Line]) -> Table:
    drawn = Table("What", "Median", "Quartiles", "Target", "Met", title="Ratios between variants that took turns")
    for line in lines:
        value, low, high = (f"{number:.2f}" for number in line.measured)
        drawn.add_row(line.what, f"{value} {line.unit}".strip(), f"{low} – {high}", _target(line), _met(line))
    return drawn


def _target(line: Line) -> str:
    if line.target is None:
        return ""
    return f"{'≥' if line.at_least else '≤'} {line.target:g} {line.unit}".strip()


def _met(line: Line) -> str:
    match line.met:
        case None:
            return ""
        case True:
            return "[green]yes"
        case False:
            return "[red]no"


def as_json(lines: list[Line]) -> str:
    rows = [{**line._asdict(), "measured": line.measured._asdict(), "met": line.met} for line in lines]
    return json.dumps(rows, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1:])
