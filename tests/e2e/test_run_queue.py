"""The queue in two tabs: what one does, the other sees without being touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import Locator, Page, expect

from microscope.services.run_changes import ENDED
from tests.e2e.conftest import Visit
from tests.e2e.runs_made import MadeRuns, submit
from tests.e2e.serving import Server


@pytest.fixture(autouse=True)
def tidy(stocked: Server) -> Iterator[None]:
    """Whatever a walk leaves in the queue is cancelled, and it goes on."""
    yield
    now = stocked.get("/api/queue")
    for row in (*now["running"], *now["planned"], *now["held"]):
        told = stocked.http.patch(f"/api/runs/{row['id']}", json={"action": "cancel"})
        if told.status_code == HTTPStatus.CONFLICT:  # It has come to its end meanwhile.
            assert stocked.get(f"/api/runs/{row['id']}")["row"]["status"] in ENDED
        else:
            told.raise_for_status()
    stocked.http.patch("/api/queue", json={"paused": False}).raise_for_status()


@pytest.fixture
def tabs(visit: Visit, stocked: Server) -> tuple[Page, Page]:
    mine, theirs = visit(f"{stocked.url}/queue"), visit(f"{stocked.url}/queue")
    for page in (mine, theirs):
        expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    return mine, theirs


def section(page: Page, title: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=title))


def planned(page: Page) -> Locator:
    return section(page, "Planned").get_by_role("listitem").get_by_role("link")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_planned_runs_are_moved_held_cancelled_and_queued_again(
    tabs: tuple[Page, Page], stocked: Server, made_runs: MadeRuns
) -> None:
    mine, theirs = tabs
    press(mine, "Pause the queue")
    expect(theirs.get_by_role("button", name="Resume the queue")).to_be_visible()
    for name in ("first", "second", "third"):
        submit(stocked, made_runs.training(name), name=name)
    for page in tabs:
        expect(planned(page)).to_have_text(["first", "second", "third"])

    press(mine, "Move third up")
    expect(planned(theirs)).to_have_text(["first", "third", "second"])
    section(theirs, "Planned").get_by_role("listitem").first.focus()
    theirs.keyboard.press("Alt+ArrowDown")
    expect(planned(mine)).to_have_text(["third", "first", "second"])

    press(mine, "Pause first")
    expect(section(theirs, "Held").get_by_role("link")).to_have_text(["first"])
    press(theirs, "Resume first")
    expect(planned(mine)).to_have_count(3)
    press(mine, "Cancel second")
    gone = section(theirs, "Ended").get_by_role("listitem").filter(has_text="second")
    expect(gone).to_contain_text("cancelled")
    press(theirs, "Requeue second")
    expect(planned(mine).filter(has_text="second")).to_be_visible()
    assert stocked.get("/api/queue")["running"] == []


def test_a_run_that_is_worked_on_is_held_goes_on_and_is_cancelled(
    tabs: tuple[Page, Page], stocked: Server, made_runs: MadeRuns
) -> None:
    mine, theirs = tabs
    id = submit(stocked, made_runs.training("long", steps=200_000), name="long")
    bar = theirs.get_by_role("progressbar", name="Progress of long")
    expect(bar).to_have_attribute("aria-valuetext", re.compile("^training"))
    press(mine, "Pause long")
    expect(section(theirs, "Held").get_by_role("link")).to_have_text(["long"])
    kept = stocked.get(f"/api/runs/{id}")["row"]["progress"]["done"]
    assert kept > 0
    press(theirs, "Resume long")
    expect(section(mine, "Running").get_by_role("link")).to_have_text(["long"])
    expect(bar).to_be_visible()
    press(mine, "Cancel long")
    gone = section(theirs, "Ended").get_by_role("listitem").filter(has=theirs.locator(f"a[href$='/{id}']"))
    expect(gone).to_contain_text("cancelled")
    assert stocked.get(f"/api/runs/{id}")["row"]["attempts"] == 2


@pytest.mark.complains("409")
def test_several_runs_of_which_another_tab_has_cancelled_one(
    visit: Visit, stocked: Server, made_runs: MadeRuns
) -> None:
    stocked.http.patch("/api/queue", json={"paused": True}).raise_for_status()
    ids = [submit(stocked, made_runs.training(name), name=name) for name in ("one", "two", "three")]
    mine = visit(f"{stocked.url}/runs?status=planned")
    table = mine.get_by_role("table", name="Runs")
    expect(table).to_have_attribute("aria-rowcount", "4")
    for row in (1, 2, 3):
        table.get_by_role("checkbox", name=f"Select row {row}", exact=True).click()
    for tag in ("from-a", "two"):
        press(mine, "Tag…")
        mine.get_by_role("textbox", name="Tag for the selected runs").fill(tag)
        press(mine, "Add")
        expect(mine.get_by_text(f"3 runs tagged {tag}.")).to_be_visible()
    assert all(stocked.get(f"/api/runs/{id}")["row"]["tags"] == ["from-a", "two"] for id in ids)

    stocked.http.patch(f"/api/runs/{ids[0]}", json={"action": "cancel"}).raise_for_status()
    expect(table).to_have_attribute("aria-rowcount", "3")
    press(mine, "Cancel 3")
    expect(mine.get_by_text("2 runs cancelled, 1 was already.")).to_be_visible()
    expect(mine.get_by_role("group", name="Selected runs")).to_be_hidden()
    assert {stocked.get(f"/api/runs/{id}")["row"]["status"] for id in ids} == {"cancelled"}
