"""A dictionary of a million features, browsed: every row is the one that the obvious sort has there."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.serving import Server
from tests.e2e.stocked import LARGE, features


def table(page: Page) -> Locator:
    return page.get_by_role("table", name=f"Features of {LARGE}")


def shows(page: Page, row: int, feature: int) -> None:
    """The row, counted from 0, is the feature's."""
    there = table(page).locator(f"[role=row][aria-rowindex='{row + 2}']")
    expect(there.get_by_role("link")).to_have_text(str(feature))


def test_the_end_and_the_middle_of_a_million_rows_are_exact(visit: Visit, stocked: Server) -> None:
    columns = features()
    live = np.flatnonzero(columns["count"] > 0)
    page = visit(f"{stocked.url}/features?sae={LARGE}&sort=id&desc=0")
    expect(table(page)).to_have_attribute("aria-rowcount", str(len(live) + 1))
    shows(page, 0, live[0])
    table(page).focus()
    for key, row in (("End", len(live) - 1), ("ArrowUp", len(live) - 2), ("Home", 0)):
        page.keyboard.press(key)
        shows(page, row, live[row])
    page.goto(f"{stocked.url}/features?sae={LARGE}&sort=id&desc=0&row={len(live) // 2}")
    shows(page, len(live) // 2, live[len(live) // 2])


def test_another_order_begins_at_its_top_and_is_exact_down_to_its_end(visit: Visit, stocked: Server) -> None:
    columns = features()
    largest = columns["max"].tolist()
    order = sorted(np.flatnonzero(columns["count"] > 0).tolist(), key=lambda index: (-largest[index], index))
    page = visit(f"{stocked.url}/features?sae={LARGE}&sort=id&desc=0")
    table(page).focus()
    page.keyboard.press("End")
    table(page).get_by_role("button", name="max").click()
    page.wait_for_url("**sort=max*")
    shows(page, 0, order[0])
    table(page).focus()
    page.keyboard.press("End")
    shows(page, len(order) - 1, order[-1])
    page.goto(f"{page.url.split('&row=')[0]}&row={len(order) // 3}")
    shows(page, len(order) // 3, order[len(order) // 3])


def test_a_range_lets_through_exactly_its_features(visit: Visit, stocked: Server) -> None:
    density = features()["density"]
    inside = np.flatnonzero((density >= 0.1) & (density <= 0.2))
    page = visit(f"{stocked.url}/features?sae={LARGE}&sort=id&desc=0&density=0.1-0.2")
    expect(table(page)).to_be_visible()
    expect(table(page)).to_have_attribute("aria-rowcount", str(len(inside) + 1))
    shows(page, 0, inside[0])


def test_the_brackets_follow_the_tables_order_and_the_way_back_is_the_features_row(
    visit: Visit, stocked: Server
) -> None:
    columns = features()
    largest = columns["max"].tolist()
    order = sorted(np.flatnonzero(columns["count"] > 0).tolist(), key=lambda index: (-largest[index], index))
    row = len(order) // 2
    page = visit(f"{stocked.url}/features?sae={LARGE}&sort=max&desc=1&row={row}")
    table(page).get_by_role("link", name=str(order[row + 2]), exact=True).click()
    page.wait_for_url(f"**/features/{LARGE}/{order[row + 2]}?*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{order[row + 2]} No label yet")
    for step, at in (("]", row + 3), ("]", row + 4), ("[", row + 3)):
        page.keyboard.press(step)
        page.wait_for_url(f"**/features/{LARGE}/{order[at]}?*")
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{order[at]} No label yet")
    page.get_by_role("link", name="the strongest first").click()
    page.wait_for_url(f"**row={row + 3}")
    shows(page, row + 3, order[row + 3])
    for _ in range(5):
        page.go_back()
    page.wait_for_url(f"**row={row + 2}")
    shows(page, row + 2, order[row + 2])
