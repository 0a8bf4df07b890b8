"""The pages of runs in both themes, on a desk and on a phone: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

from tests.e2e.access import in_every_look
from tests.e2e.conftest import Visit
from tests.e2e.runs_made import MadeRuns
from tests.e2e.serving import Server


def test_no_page_of_runs_has_a_violation_or_sticks_out(visit: Visit, stocked: Server, made_runs: MadeRuns) -> None:
    page = visit(f"{stocked.url}/runs")
    found = in_every_look(page, page.get_by_role("table", name="Runs").get_by_role("link").first)
    for path, shown in (
        (f"/runs/{made_runs.trained}", page.get_by_role("figure").nth(1)),
        (
            f"/runs/{made_runs.trained}?tab=artifacts&path=tables/compared.parquet",
            page.get_by_text("random_directions"),
        ),
        (f"/runs/{made_runs.failed}", page.get_by_role("alert")),
        ("/runs?deleted=1", page.get_by_role("button", name="Deleted")),
        ("/queue", page.get_by_role("heading", name="Ended, the last first")),
        ("/experiments/train_sae/new", page.get_by_role("button", name="Start")),
    ):
        page.goto(stocked.url + path)
        found += in_every_look(page, shown)
    page.get_by_role("button", name="Vary a field").click()
    found += in_every_look(page, page.get_by_role("combobox", name="Field 1"))
    assert not found, "\n".join(found)
