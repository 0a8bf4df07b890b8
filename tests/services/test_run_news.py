"""Who follows a run holds its series as it stands on the disk, whatever its attempts have done to it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from microscope.services import Services
from microscope.services.hub import run_topic
from microscope.services.run_news import Cursor
from microscope.services.run_points import figures
from microscope.store.run_folder import SERIES, RunFolder
from microscope.wire.run_queue import NewRun, RunChange
from microscope.wire.runs import RunNews

from .conftest import OpenDesk
from .test_runner import waiting

pytestmark = pytest.mark.anyio


class Reader:
    """A page that is open on a run: it puts news where they belong."""

    def __init__(self) -> None:
        self.points: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.next = 0

    def hear(self, news: RunNews) -> None:
        self.points = [*self.points[: news.first_point], *news.points]
        self.said = [*self.said[: news.first_line], *(line.text for line in news.log)]
        self.next = news.next


def on_disk(it: Services, id: str) -> list[dict[str, Any]]:
    return [figures(point) for point in RunFolder(it.lab.folder, id).lines(SERIES).values]


async def failed(it: Services, every: int) -> str:
    spec: dict[str, JsonValue] = {"kind": "count", "to": 12, "every": every, "fails_at": 6, "step_s": 0.005}
    id = it.planning.submit(NewRun(spec=spec)).id
    await it.runner.work(drain=True)
    assert [point["step"] for point in on_disk(it, id)] == [1, 2, 3, 4, 5, 6]
    return id


@pytest.mark.parametrize(("every", "ends"), [(4, "Succeeded."), (0, "it was to fail")])
async def test_a_page_that_stays_open_has_the_new_attempts_curve(desk: OpenDesk, every: int, ends: str) -> None:
    """Without a checkpoint it begins anew, and fails again."""
    async with desk() as it:
        id, page = await failed(it, every), Reader()
        page.hear(it.newsroom.follow(id, 0))
        heard = it.hub.subscribe(run_topic(id))
        it.newsroom.look()
        it.runs.change(id, RunChange(action="requeue"))
        await it.runner.work(drain=True)
        it.newsroom.look()
        for message in await waiting(heard):
            if isinstance(message, RunNews):
                page.hear(message)
        assert page.points == on_disk(it, id)
        assert any(ends in text for text in page.said[-2:])
        assert page.said == [line.text for line in it.run_files.log(id, 0)]


async def test_a_page_that_comes_back_after_a_new_attempt_is_told_all_of_its_series(desk: OpenDesk) -> None:
    async with desk() as it:
        id, page = await failed(it, 4), Reader()
        page.hear(it.newsroom.follow(id, 0))
        it.runs.change(id, RunChange(action="requeue"))
        await it.runner.work(drain=True)
        assert len(on_disk(it, id)) > len(page.points)
        news = it.newsroom.follow(id, page.next)
        assert news.first_point == 0
        page.hear(news)
        assert page.points == on_disk(it, id)
        again = it.newsroom.follow(id, page.next)
        assert (again.points, again.log, again.first_point) == ((), (), len(page.points))


def test_a_cursor_is_a_number_that_a_browser_can_hold() -> None:
    cursor = Cursor(points=(1 << 21) - 1, lines=(1 << 20) - 1, mark=(1 << 12) - 1)
    assert cursor.number < 1 << 53
    assert Cursor.of(cursor.number) == cursor
