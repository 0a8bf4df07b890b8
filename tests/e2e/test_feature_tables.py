"""The table of a dictionary: sorted, filtered, searched, its columns and its selection, all of it in the address."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, Library


def table(page: Page) -> Locator:
    return page.get_by_role("table", name=f"Features of {HARVESTED}")


def indices(page: Page) -> list[int]:
    """Of the rows that are drawn, from the first on."""
    return [int(text) for text in table(page).get_by_role("link").all_inner_texts()]


def rows(page: Page, count: int) -> None:
    expect(table(page)).to_have_attribute("aria-rowcount", str(count + 1))


def test_sorting_is_in_the_address(visit: Visit, library: Library) -> None:
    live = library.live()
    page = visit(f"/features?sae={HARVESTED}")
    rows(page, len(live))
    for desc in (True, False):
        table(page).get_by_role("button", name="density").click()
        page.wait_for_url("**sort=density&desc=1" if desc else "**sort=density")
        order = sorted(live, key=lambda row: ((-1 if desc else 1) * row["density"], row["index"]))
        expect(table(page).get_by_role("link").first).to_have_text(str(order[0]["index"]))
    theirs = visit(page.url)
    expect(theirs.get_by_role("columnheader", name="density")).to_have_attribute("aria-sort", "ascending")
    assert indices(theirs)[:10] == indices(page)[:10]


def test_a_range_is_brushed_over_a_histogram_and_taken_away(visit: Visit, library: Library) -> None:
    live = library.live()
    page = visit(f"/features?sae={HARVESTED}")
    figure = page.get_by_role("figure").filter(has_text="density (log)")
    box = figure.locator("svg").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=4)
    page.mouse.up()
    page.wait_for_url("**density=*")
    low, high = map(float, re.findall(r"density=([\d.e]+(?:e-\d+)?)-([\d.e]+(?:e-\d+)?)", page.url)[0])
    inside = [row["index"] for row in live if low <= row["density"] <= high]
    assert 0 < len(inside) < len(live)
    rows(page, len(inside))
    expect(table(page).get_by_role("link").first).to_have_text(str(inside[0]))
    page.reload()
    rows(page, len(inside))
    figure.get_by_role("button", name="all").click()
    page.wait_for_url(lambda url: "density" not in url)
    rows(page, len(live))


def test_words_are_found_in_tokens_labels_and_texts(visit: Visit, library: Library) -> None:
    live = library.live()
    index = live[3]["index"]
    library.server.post(f"/api/features/{HARVESTED}/{index}/labels", text="quite unheard of")
    page = visit(f"/features?sae={HARVESTED}")
    rows(page, len(live))
    page.keyboard.press("/")
    page.keyboard.type("unheard")
    page.wait_for_url("**q=unheard*")
    rows(page, 1)
    assert indices(page) == [index]
    page.goto(f"/features?sae={HARVESTED}&q=unheard&within=token")
    expect(page.get_by_text("No feature passes these filters.")).to_be_visible()
    found = library.server.get(f"/api/features?sae={HARVESTED}&q=cat&within=text")["rows"]
    page.goto(f"/features?sae={HARVESTED}&q=cat&within=text")
    rows(page, len(found))
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url(lambda url: "q=" not in url)
    expect(page.get_by_role("textbox", name="Search the features")).to_have_value("")
    rows(page, len(live))


def test_columns_are_chosen_and_a_selection_becomes_a_list(visit: Visit, library: Library) -> None:
    live = [row["index"] for row in library.live()]
    page = visit(f"/features?sae={HARVESTED}")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="firings").click()
    page.wait_for_url("**cols=*count*")
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="firings")).to_be_visible()
    table(page).focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        page.keyboard.press(" ")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Save as list…").click()
    page.get_by_role("textbox", name="Name of the list").fill("a pair")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Lists").click()
    page.get_by_role("menuitem", name="a pair").hover()
    page.get_by_role("menuitem", name="Show its features alone").click()
    page.wait_for_url("**list=*")
    rows(page, 2)
    theirs = visit(page.url)
    rows(theirs, 2)
    assert indices(theirs) == live[:2]
    expect(theirs.get_by_role("columnheader", name="firings")).to_be_visible()


def test_the_exported_rows_are_those_of_the_table(visit: Visit, library: Library, tmp_path: Path) -> None:
    how = "&sort=max&desc=1&q=cat"
    shown = library.server.get(f"/api/features?sae={HARVESTED}&limit=200{how}")["rows"]
    page = visit(f"/features?sae={HARVESTED}{how}")
    rows(page, len(shown))
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="CSV, all").click()
    waiting.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        exported = [int(row["index"]) for row in csv.DictReader(file)]
    assert exported == [row["index"] for row in shown]
