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


def test_a_range_lets_through_exactly_its_features(visit: Visit, stocked: Server) -> None:
    density = features()["density"]
    inside = np.flatnonzero((density >= 0.1) & (density <= 0.2))
    page = visit(f"{stocked.url}/features?sae={LARGE}&sort=id&desc=0&density=0.1-0.2")
    expect(table(page)).to_be_visible()
    expect(table(page)).to_have_attribute("aria-rowcount", str(len(inside) + 1))
    shows(page, 0, inside[0])
