from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from microscope.cli.bar import Bar
from microscope.wire.runs import RunProgress

METRICS = {"loss": 0.123456, "fvu": 0.2345, "l0": 32.0, "dead": 1234.0}


def drawn(width: int, stage: str = "") -> str:
    """The bar's last line, once it has told a rate."""
    file = StringIO()
    bar = Bar(Console(file=file, width=width))
    for done in (1_000, 2_000):
        bar.progress(RunProgress(done=done, of=4e5, unit="rows", stage=stage, per_s=22_417.0, left_s=90.0), METRICS)
    bar.stop()
    return file.getvalue().rstrip("\n").splitlines()[-1]


@pytest.mark.parametrize("stage", ["", "training", "waiting for the disk"])
@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_word_is_cut(width: int, stage: str) -> None:
    line = drawn(width, stage)
    assert "…" not in line
    assert len(line) <= width
    assert "22,417 rows/s" in line
    assert ":--:--" in line or "0:0" in line
    assert stage in line


def test_figures_are_shown_as_far_as_there_is_room() -> None:
    assert "loss 0.1235  fvu 0.2345" in drawn(80, "training")
    assert "dead" not in drawn(80, "training")
    assert "loss 0.1235  fvu 0.2345  l0 32  dead 1,234" in drawn(200, "training")
