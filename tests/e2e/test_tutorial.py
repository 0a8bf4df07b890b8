"""Step 4 of the tutorial, as it is written there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, Visit
from tests.e2e.seen import connected, ended, ids, layers, panel, say, token
from tests.e2e.serving import Server

STEP = Path(ROOT / "docs/tutorial.md").read_text().split("## 4.")[1].split("## 5.")[0]


def written(*words: str) -> None:
    """The tutorial names what is used here."""
    for word in words:
        assert word in STEP, f"{word!r} is not in step 4 of the tutorial"


def table_is_there(page: Page, position: int) -> list[str]:
    return [row.layer for row in layers(panel(page, position))]


@pytest.mark.usefixtures("bundled")
def test_the_same_in_the_browser(visit: Visit, server: Server) -> None:
    page = visit("/")
    connected(page)

    written("**Read a text**", "`The capital of France is Paris`", "Ctrl Enter", "`/lens/`")
    page.get_by_role("link", name="Read a text").click()
    page.get_by_role("textbox", name="Text").fill("The capital of France is Paris")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/lens/[0-9a-f]{16}$"))

    written("Click the last token", "its probability, rank and entropy", "The arrow keys walk", "`p` pins")
    page.get_by_role("option").last.wait_for()
    last = len(ids(page)) - 1
    token(page, last).click()
    assert table_is_there(page, last)[0] == "L11"
    for name in ("Probability", "Rank", "Entropy"):
        expect(page.get_by_role("application", name=f"{name} for token {last}")).to_be_attached()
    page.keyboard.press("ArrowLeft")
    expect(panel(page, last - 1)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(panel(page, last)).to_be_visible()
    page.keyboard.press("p")
    layers(panel(page, last))
    expect(panel(page, last).get_by_label("pinned", exact=True).first).to_be_visible()

    written("Above the heat map choose **entropy**")
    page.get_by_role("toolbar", name="Heatmap").get_by_text("entropy", exact=True).click()
    page.wait_for_url("**metric=entropy*")

    written("Press `c` to copy the link", "the same token, the same metric")
    page.keyboard.press("c")
    expect(page.get_by_text("Link copied")).to_be_visible()
    theirs = visit(page.evaluate("navigator.clipboard.readText()"))
    assert layers(panel(theirs, last)) == layers(panel(page, last))
    expect(theirs.get_by_role("toolbar", name="Heatmap").get_by_role("radio", name="entropy")).to_be_checked()

    written(
        "Go to **Chat** and say hello", "carries the shading", "`2` shows the heat map, `3` the curves, `1` the layers"
    )
    page.get_by_role("link", name="Chat", exact=True).click()
    say(page, "hello")
    page.wait_for_url("**/chat/*")
    ended(page)
    answer = page.get_by_role("listbox", name="assistant").get_by_role("option")
    shades: list[str] = answer.evaluate_all("all => all.map(one => one.style.getPropertyValue('--level'))")
    assert len(shades) > 2
    assert all(float(shade) >= 0 for shade in shades[1:])  # The first is the template's.
    answer.nth(2).click()
    at = int(answer.nth(2).get_attribute("data-pos") or -1)
    table_is_there(page, at)
    page.keyboard.press("2")
    page.locator("canvas[data-ready]").wait_for()
    page.keyboard.press("3")
    expect(page.get_by_role("application", name=f"Probability for token {at}")).to_be_visible()
    page.keyboard.press("1")
    table_is_there(page, at)

    written("**Branch here**", "shares everything before this token", "**Replace…**")
    first = page.url.split("/chat/")[1].split("?")[0]
    before = server.ids(first)
    page.get_by_role("button", name="Branch here").click()
    second = gone_on(page, first)
    assert server.ids(second)[:at] == before[:at]
    token(page, at).click()
    page.get_by_role("button", name="Replace…").click()
    page.get_by_role("textbox", name="Another token").click()
    page.locator("[data-combobox-option]:visible").first.click()
    third = server.ids(gone_on(page, second))
    assert third[:at] == before[:at]
    assert third[at] != before[at]


def gone_on(page: Page, than: str) -> str:
    """The conversation after this one, when it has ended."""
    page.wait_for_url(lambda url: "/chat/" in url and than not in url)
    ended(page)
    return page.url.split("/chat/")[1].split("?")[0]
