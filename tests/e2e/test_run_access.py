"""The pages of runs in both themes, on a desk and on a phone: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e.conftest import Visit
from tests.e2e.runs_made import MadeRuns
from tests.e2e.serving import Server
from tests.e2e.test_access import DESK, PHONE, sticks_out, violations


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_page_of_runs_has_a_violation_or_sticks_out(
    visit: Visit, stocked: Server, made_runs: MadeRuns, theme: Literal["dark", "light"], viewport: ViewportSize
) -> None:
    page = visit(f"{stocked.url}/runs")
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_role("table", name="Runs").get_by_role("link").first).to_be_visible()
    found = violations(page) + sticks_out(page)
    for path, shown in (
        (f"/runs/{made_runs.trained}", page.get_by_role("figure").nth(1)),
        (
            f"/runs/{made_runs.trained}?tab=artifacts&path=tables/compared.parquet",
            page.get_by_text("random_directions"),
        ),
        (f"/runs/{made_runs.failed}", page.get_by_role("alert")),
        ("/queue", page.get_by_role("heading", name="Ended, the last first")),
        ("/experiments/train_sae/new", page.get_by_role("button", name="Start")),
    ):
        page.goto(stocked.url + path)
        expect(shown).to_be_visible()
        found += violations(page) + sticks_out(page)
    assert not found, "\n".join(found)
