"""Pages of features and SAEs in both themes, on a desk and on a phone: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.e2e.access import in_every_look
from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, PLAIN, Library
from tests.e2e.seen import panel
from tests.e2e.serving import Server

TOKEN = 9


def region(name: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("region", name=name)


PAGES: dict[str, Callable[[Page], Locator]] = {
    f"/saes?a={HARVESTED}&b={PLAIN}": region("Side by side"),
    f"/saes/{HARVESTED}": region("Tensors"),
    "/features": lambda page: page.get_by_role("link", name=HARVESTED),
    f"/features?sae={HARVESTED}": lambda page: page.get_by_role("figure").last,
    f"/features/{HARVESTED}/INDEX": region("Examples"),
    f"/features/{HARVESTED}/INDEX?tab=provenance": region("Where the numbers come from"),
    f"/chat/CONVERSATION?token={TOKEN}&view=features&by=feature:{HARVESTED}/INDEX": lambda page: panel(
        page, TOKEN
    ).get_by_role("region", name=f"Features of {HARVESTED}"),
}
"""With what is there when all is drawn."""


@pytest.fixture(scope="module")
def conversation(server: Server) -> str:
    return server.conversation("The dog ran after", 6)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_features_has_a_violation_or_sticks_out(
    visit: Visit, library: Library, conversation: str, path: str
) -> None:
    index = str(library.live()[0]["index"])
    page = visit(path.replace("INDEX", index).replace("CONVERSATION", conversation))
    found = in_every_look(page, PAGES[path](page))
    assert not found, "\n".join(found)
