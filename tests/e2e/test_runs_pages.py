"""The list of ten thousand runs, the page of one, and the queue, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.serving import Server
from tests.e2e.stocked import N_RUNS, run_rows


def test_filters_of_ten_thousand_runs_are_in_the_address(visit: Visit, stocked: Server) -> None:
    failed = [row for row in run_rows() if row["status"] == "failed" and row["family"] == "harvest"]
    page = visit(f"{stocked.url}/runs?status=failed&family=harvest")
    table = page.get_by_role("table", name="Runs")
    expect(table).to_have_attribute("aria-rowcount", str(len(failed) + 1))
    expect(table.get_by_role("link").first).to_have_text(failed[0]["name"])
    page.get_by_role("button", name="Clear 2 filters").click()
    expect(page.get_by_text(re.compile(rf"^{N_RUNS // 1000}.000 runs$|^1\d.\d{{3}} runs$"))).to_be_visible()
    page.go_back()
    expect(table).to_have_attribute("aria-rowcount", str(len(failed) + 1))
    theirs = visit(page.url)
    expect(theirs.get_by_role("table", name="Runs").get_by_role("link").first).to_have_text(failed[0]["name"])


def test_a_run_is_found_and_opened_by_keyboard_alone(visit: Visit, stocked: Server) -> None:
    page = visit(f"{stocked.url}/runs")
    table = page.get_by_role("table", name="Runs")
    expect(table.get_by_role("link").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("run 07531")
    page.wait_for_url("**q=run+07531*")
    expect(table).to_have_attribute("aria-rowcount", "2")
    table.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*07531*")
    expect(page.get_by_role("heading", name="run 07531", level=1)).to_be_visible()
    expect(page.get_by_text("Its directory is gone")).to_be_visible()


def test_a_run_gets_another_name(visit: Visit, stocked: Server) -> None:
    id = run_rows()[40]["id"]
    page = visit(f"{stocked.url}/runs/{id}")
    page.get_by_role("button", name="Name, tags, priority").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("renamed")
    page.get_by_role("textbox", name="Priority").fill("7")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="renamed", level=1)).to_be_visible()
    row = stocked.get(f"/api/runs/{id}")["row"]
    assert (row["name"], row["priority"]) == ("renamed", 7)


def test_several_runs_are_tagged_at_once(visit: Visit, stocked: Server) -> None:
    page = visit(f"{stocked.url}/runs?q=0600")
    table = page.get_by_role("table", name="Runs")
    expect(table).to_have_attribute("aria-rowcount", "12")
    for row in (1, 2):
        table.get_by_role("checkbox", name=f"Select row {row}", exact=True).click()
    chosen = page.get_by_role("group", name="Selected runs")
    expect(chosen).to_contain_text("2 selected")
    expect(chosen.get_by_role("button", name="Cancel 0")).to_be_disabled()
    chosen.get_by_role("button", name="Tag…").click()
    page.get_by_role("textbox", name="Tag for the selected runs").fill("looked-at")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("2 runs tagged looked-at.")).to_be_visible()
    assert stocked.get("/api/runs?tag=looked-at")["total"] == 2


@pytest.mark.complains("404")
def test_a_run_that_is_not_there_is_said(visit: Visit, stocked: Server) -> None:
    page = visit(f"{stocked.url}/runs/nothing-00000")
    expect(page.get_by_role("alert")).to_contain_text("nothing-00000")
    expect(page.get_by_role("link", name="Runs", exact=True).last).to_be_visible()


def test_the_queue_pauses_in_two_tabs(visit: Visit, stocked: Server) -> None:
    mine, theirs = visit(f"{stocked.url}/queue"), visit(f"{stocked.url}/queue")
    expect(theirs.get_by_role("button", name="Pause the queue")).to_be_visible()
    mine.get_by_role("button", name="Pause the queue").click()
    expect(theirs.get_by_role("button", name="Resume the queue")).to_be_visible()
    theirs.get_by_role("button", name="Resume the queue").click()
    expect(mine.get_by_role("button", name="Pause the queue")).to_be_visible()
