"""Every filter of the list of runs, carried by its address; lists that have nothing in them yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.serving import Server
from tests.e2e.stocked import run_rows

FROM, TO = "2026-08-03", "2026-08-30"


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def choose(page: Page, name: str, option: str) -> None:
    """An option of a box by the beginning of its label: behind it stands how many there are."""
    page.get_by_role("combobox", name=name, exact=True).click()
    page.get_by_role("option").filter(has_text=option).first.click()


def test_each_filter_is_in_the_address_and_works_from_there(visit: Visit, stocked: Server) -> None:
    rows = [(row, index % 2 == 1) for index, row in enumerate(run_rows())]
    within = [(row, odd) for row, odd in rows if FROM <= day(row["created"]) <= TO]
    page = visit(f"{stocked.url}/runs")
    table = page.get_by_role("table", name="Runs")

    def shows(expected: list[str]) -> None:
        expect(table).to_have_attribute("aria-rowcount", str(len(expected) + 1))
        expect(table.get_by_role("link").first).to_have_text(expected[0])

    page.get_by_label("Made on or after").fill(FROM)
    page.wait_for_url(f"**since={FROM}*")
    page.get_by_label("Made on or before").fill(TO)
    page.wait_for_url(f"**until={TO}*")
    shows([row["name"] for row, _ in within])
    choose(page, "Tag", "odd")
    page.wait_for_url("**tag=odd*")
    shows([row["name"] for row, odd in within if odd])
    choose(page, "Status", "failed")
    page.wait_for_url("**status=failed*")
    choose(page, "Family", "Train a sparse autoencoder")
    page.wait_for_url("**family=train_sae*")
    found = [row for row, odd in within if odd and row["status"] == "failed" and row["family"] == "train_sae"]
    shows([row["name"] for row in found])
    page.get_by_role("textbox", name="Search runs").fill("sae_layer_1")
    page.wait_for_url("**q=sae_layer_1*")
    last = [row["name"] for row in found if "sae_layer_1" in row["words"]]
    assert 0 < len(last) < len(found)
    shows(last)

    page.reload()
    shows(last)
    expect(page.get_by_role("textbox", name="Search runs")).to_have_value("sae_layer_1")
    expect(page.get_by_label("Made on or after")).to_have_value(FROM)
    expect(page.get_by_role("button", name="Clear 6 filters")).to_be_visible()
    page.get_by_role("textbox", name="Search runs").fill("no run is called so")
    page.get_by_role("button", name="Show all runs").click()
    page.wait_for_url(f"{stocked.url}/runs")
    expect(page.get_by_role("textbox", name="Search runs")).to_have_value("")


def test_a_run_that_was_put_away_comes_back_from_its_own_list(visit: Visit, stocked: Server) -> None:
    newest = run_rows()[7]
    stocked.http.delete(f"/api/runs/{newest['id']}").raise_for_status()
    page = visit(f"{stocked.url}/runs")
    expect(page.get_by_role("link", name=newest["name"])).to_have_count(0)
    page.get_by_role("button", name="Deleted").click()
    page.wait_for_url("**/runs?deleted=1")
    page.get_by_role("button", name=f"Restore {newest['name']}").click()
    expect(page.get_by_role("button", name=f"Restore {newest['name']}")).to_have_count(0)
    page.get_by_role("button", name="Clear 1 filter").click()
    expect(page.get_by_role("link", name=newest["name"])).to_be_visible()


@pytest.fixture
def nothing_run(server: Server) -> Iterator[Server]:
    """Whatever other walks have run is off the list meanwhile."""
    ids = [row["id"] for row in server.get("/api/runs?limit=200")["rows"]]
    for id in ids:
        server.http.delete(f"/api/runs/{id}").raise_for_status()
    yield server
    for id in ids:
        server.post(f"/api/runs/{id}/restore")


@pytest.mark.usefixtures("nothing_run")
def test_empty_lists_say_what_would_stand_there_and_lead_on(visit: Visit, server: Server) -> None:
    page = visit("/runs")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_role("heading", name="Nothing was run yet")).to_be_visible()
    expect(page.get_by_role("link", name="New run: Train a sparse autoencoder")).to_be_in_viewport()
    page.get_by_role("link", name="New run: Record activations").click()
    expect(page.get_by_role("heading", name="Record activations", level=1)).to_be_visible()
    page.goto(f"{server.url}/queue")
    expect(page.get_by_role("heading", name="Nothing is queued")).to_be_visible()
    expect(page.get_by_role("link", name="New run: Train a sparse autoencoder")).to_be_in_viewport()
    page.get_by_role("link", name="all runs").click()
    page.wait_for_url("**/runs")
