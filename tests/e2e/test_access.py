"""Every page in both themes, on a desk and on a phone: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e.access import DESK, PHONE, in_every_look, violations
from tests.e2e.conftest import Visit
from tests.e2e.seen import at_least, composer, layers, panel, token
from tests.e2e.serving import Server


@pytest.fixture(scope="module")
def conversation(server: Server) -> str:
    return server.conversation("The capital of France is", 10)


@pytest.fixture(scope="module")
def trace(server: Server) -> str:
    return server.post("/api/traces", text="The cat sat on the mat and the dog ran")["hash"]


def test_no_page_has_a_violation_or_sticks_out(visit: Visit, conversation: str, trace: str) -> None:
    page = visit("/")
    found = in_every_look(page, page.get_by_role("heading", name="Recent conversations"))
    for view in ("layers", "heatmap", "curves"):
        page.goto(f"/chat/{conversation}?token=12&view={view}")
        panel(page, 12).wait_for()
        at_least(page, 20)
        if view == "layers":
            layers(panel(page, 12))
        else:
            page.get_by_role("application").first.wait_for()
        found += in_every_look(page, panel(page, 12))
    page.goto(f"/lens/{trace}")
    found += in_every_look(page, page.locator("canvas[data-ready]"))
    for path, heading in (("/settings", "Settings"), ("/help", "Keys and words"), ("/chat", "New conversation")):
        page.goto(path)
        found += in_every_look(page, page.get_by_role("heading", name=heading, level=1))
    assert not found, "\n".join(found)


@pytest.mark.complains("404")
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_that_opens_over_a_page_has_a_violation(
    visit: Visit, server: Server, conversation: str, trace: str, viewport: ViewportSize
) -> None:
    other = server.conversation("Another", 8)
    page = visit("/?tour=0")
    page.set_viewport_size(viewport)
    found = []
    for _ in range(4):
        expect(page.get_by_role("dialog")).to_be_visible()
        found += violations(page)
        page.get_by_role("button", name="Next", exact=True).click()
    found += violations(page)

    page.goto(f"/chat/{conversation}?token=12")
    layers(panel(page, 12))
    if viewport == DESK:
        page.get_by_role("button", name="Edit", exact=True).first.click()
        expect(page.get_by_role("dialog", name="Edit and run again")).to_be_visible()
        found += violations(page)
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
    else:
        page.get_by_role("button", name="Close the token panel").click()
        page.get_by_role("button", name="Conversations").click()
        expect(page.get_by_role("dialog", name="Conversations")).to_be_visible()
        found += violations(page)
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="Search and commands")).to_be_focused()
    found += violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Search and commands")).to_have_count(0)
    for menu in ("Compare", "Export"):
        page.get_by_role("button", name=menu, exact=True).click()
        expect(page.get_by_role("menu")).to_be_visible()
        found += violations(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("menu")).to_have_count(0)

    page.goto(f"/chat/{conversation}?token=12&vs={other}")
    page.get_by_role("button", name="Stop comparing").wait_for()
    found += violations(page)
    for nowhere, says in (("/chat/nothere", "nothere"), ("/lens/0000000000000000", "0000000000000000")):
        page.goto(nowhere)
        expect(page.get_by_role("alert")).to_contain_text(says)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        found += violations(page)
    page.goto(f"/lens/{trace}?token=3&vs=lens:logit")
    layers(panel(page, 3))
    found += violations(page)
    assert not found, "\n".join(found)


@pytest.mark.usefixtures("conversation")
def test_on_a_phone_everything_can_be_reached(visit: Visit) -> None:
    page = visit("/", has_touch=True)
    page.set_viewport_size(PHONE)
    for name, path in (("Lens", "/lens"), ("Settings", "/settings"), ("Help", "/help"), ("Chat", "/chat")):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).tap()
        page.wait_for_url(lambda url, path=path: url.split("?")[0].endswith(path))
    page.get_by_role("button", name="Conversations").tap()
    page.get_by_role("dialog").get_by_role("link", name="The capital of France is").first.tap()
    at_least(page, 10)
    token(page, 9).tap()
    layers(panel(page, 9))
    expect(token(page, 9)).to_be_in_viewport()
    for within in (composer(page), page.get_by_role("navigation", name="Pages")):
        expect(within).to_be_in_viewport(ratio=1)
    composer(page).fill("beside the panel")
    page.get_by_role("button", name="Send", exact=True).click(trial=True)
    page.get_by_role("button", name="Export").tap()
    expect(page.get_by_role("menuitem", name="CSV")).to_be_in_viewport()
    page.get_by_role("button", name="Export").tap()
    expect(page.get_by_role("menu")).to_have_count(0)
    page.get_by_role("button", name="Close the token panel").tap()
    expect(panel(page, 9)).to_have_count(0)
    composer(page).fill("hello")
    send = page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_enabled()
    expect(send).to_be_in_viewport()
