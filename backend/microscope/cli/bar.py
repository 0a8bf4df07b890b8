"""What a run in the foreground shows while it goes on: lines that it says, and below them a bar."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from microscope.wire.run_files import LogLine
from microscope.wire.runs import RunProgress

WIDE = 120
"""Columns of a terminal that has room for a bar of the usual width."""

BESIDE = len("100%") + len("100:00:00") + 5
"""Columns that the share, the time left and the gaps take."""


class Bar:
    """The run's listener. The bar, with rate, time left and live metrics, is there once there is progress to show."""

    def __init__(self, console: Console | None) -> None:
        """
        Args:
            console: None is silent.
        """
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(_bar_width(console)),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[metrics]}"),
            console=console,
        )
        self._task: TaskID | None = None
        self._metrics: dict[str, float | None] = {}

    def progress(self, now: RunProgress, metrics: Mapping[str, float | None]) -> None:
        if self._console is None:
            return
        self._metrics.update(metrics)
        rate = f"{figure(now.per_s)} {now.unit}/s" if now.per_s else ""
        words = [f"{name} {figure(value)}" for name, value in list(self._metrics.items())[:4]]
        taken = len(now.stage or now.unit) + _bar_width(self._console) + len(rate) + BESIDE
        self._progress.update(
            self._begun(),
            description=escape(now.stage or now.unit),
            total=now.of,
            completed=now.done,
            rate=rate,
            metrics=escape(_fitting(words, self._console.width - taken)),
        )

    def whole(self) -> None:
        """All is done, whatever had been expected."""
        if self._task is not None:
            done = self._progress.tasks[self._task].completed or 1
            self._progress.update(self._task, total=done, completed=done)

    def say(self, line: LogLine) -> None:
        """Why it failed is told once, when it has ended."""
        if line.level != "error":
            self.say_plain(line.text)

    def say_plain(self, text: str) -> None:
        if self._console is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """As it stands."""
        if self._task is not None:
            self._progress.stop()

    def _begun(self) -> TaskID:
        if self._task is None:
            self._progress.start()
            self._task = self._progress.add_task("", total=None, rate="", metrics="")
        return self._task


@contextmanager
def shown(*, quiet: bool) -> Generator[Bar]:
    """On standard error, since results go to standard output."""
    bar = Bar(None if quiet else Console(stderr=True))
    try:
        yield bar
    finally:
        bar.stop()


def _bar_width(console: Console | None) -> int:
    return 40 if console is None or console.width >= WIDE else 10


def _fitting(words: list[str], room: int) -> str:
    """As many as have room whole, since rich would cut whatever stands beside them."""
    while words and len("  ".join(words)) > room:
        words = words[:-1]
    return "  ".join(words)


def figure(value: float | None) -> str:
    """Such as `0.1234`, `12` or `1,234`; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"
