"""All that is seen is in the address: a link shows a colleague the same, and Back undoes a choice."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.seen import at_least, ids, layers, open_chat, panel, token
from tests.e2e.serving import Server


@pytest.fixture(scope="module")
def conversation(server: Server) -> str:
    return server.conversation("The capital of France is", 10)


@pytest.fixture(scope="module")
def trace(server: Server) -> str:
    hash: str = server.post("/api/traces", text="The cat sat on the mat and the dog")["hash"]
    return hash


def copied_link(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link: str = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert "embed" not in link
    return link


def test_a_link_to_a_token_shows_a_colleague_the_same_numbers(page: Page, visit: Visit, conversation: str) -> None:
    open_chat(page, conversation)
    token(page, 14).click()
    page.get_by_role("radiogroup", name="Reading").get_by_text("after").click()
    page.get_by_role("button", name="Pin token").click()
    mine = panel(page, 14)
    layers(mine)
    expect(mine.get_by_text("pinned", exact=True)).to_be_visible()

    theirs = visit(copied_link(page))
    assert layers(panel(theirs, 14)) == layers(mine)
    assert ids(theirs) == ids(page)
    expect(panel(theirs, 14)).to_have_text(mine.inner_text(), use_inner_text=True)


def test_a_link_to_a_heatmap_shows_the_same_cells(visit: Visit) -> None:
    page = visit("/lens?text=The+cat+sat+on+the+mat")
    page.wait_for_url(re.compile("/lens/[0-9a-f]{16,}"))
    page.get_by_role("radiogroup", name="Colour by").last.get_by_text("entropy").click()
    page.get_by_role("textbox", name="Layers").fill("1-3")
    page.keyboard.press("Enter")
    token(page, 2).click()

    theirs = visit(copied_link(page))
    for one in (page, theirs):
        one.get_by_role("region", name="Heatmap").get_by_role("button", name="Table view").click()
    cells = [one.get_by_role("table").filter(has_text="Position").inner_text() for one in (page, theirs)]
    assert cells[0] == cells[1]
    assert re.search(r"L1\s+", cells[0])
    assert "embed" not in cells[0]
    assert layers(panel(page, 2)) == layers(panel(theirs, 2))


def test_back_undoes_a_choice_and_forward_makes_it_again(page: Page, conversation: str) -> None:
    open_chat(page, conversation)
    token(page, 5).click()
    token(page, 9).click()
    page.get_by_text("Curves", exact=True).click()
    expect(page.get_by_role("application", name="Probability for token 9")).to_be_visible()
    page.go_back()
    assert "view=" not in page.url
    expect(panel(page, 9)).to_be_visible()
    page.go_back()
    expect(panel(page, 5)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("region", name=re.compile("^Token"))).to_have_count(0)
    page.go_forward()
    expect(panel(page, 5)).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("application", name="Probability for token 9")).to_be_visible()


def test_a_view_that_cannot_be_read_falls_back_to_the_defaults(page: Page, conversation: str) -> None:
    page.goto(f"/chat/{conversation}?token=abc&view=nonsense&k=-5&read=sideways&pins=a,b&temperature=hot&mine=kept")
    at_least(page, 5)
    expect(page.get_by_role("region", name=re.compile("^Token"))).to_have_count(0)
    expect(page.get_by_role("button", name="greedy")).to_be_visible()
    for word in ("abc", "nonsense", "sideways", "hot"):
        assert word not in page.url
    notice = page.get_by_role("alert").filter(has_text="cannot be read here")
    expect(notice).to_contain_text("token=abc, view=nonsense, k=-5, read=sideways, pins=a,b, temperature=hot")
    expect(notice).not_to_contain_text("mine")


def test_a_metric_that_is_not_measured_is_named_and_the_default_shown(visit: Visit, trace: str) -> None:
    page = visit(f"/lens/{trace}?metric=logit")
    page.locator("canvas[data-ready]").wait_for()
    expect(page.get_by_role("alert").filter(has_text="metric=logit")).to_be_visible()
    expect(page.get_by_role("radio", name="prob", exact=True)).to_be_checked()
    assert "metric" not in page.url


def test_a_cell_alone_selects_its_token(page: Page, conversation: str, trace: str) -> None:
    page.goto(f"/lens/{trace}?cell=3.4")
    expect(panel(page, 4).get_by_role("button", name="L3", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(token(page, 4)).to_have_attribute("aria-selected", "true")
    panel(page, 4).get_by_role("button", name="L1", exact=True).click()
    page.wait_for_url("**cell=1.4*")
    page.go_back()
    expect(panel(page, 4).get_by_role("button", name="L3", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Close the token panel").click()
    page.wait_for_url(lambda url: "cell" not in url)
    expect(panel(page, 4)).to_have_count(0)
    page.goto(f"/chat/{conversation}?cell=embed.6")
    expect(panel(page, 6).get_by_role("button", name="embed", exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_scale_and_the_order_of_the_layers_are_in_the_address(page: Page, visit: Visit, trace: str) -> None:
    page.goto(f"/lens/{trace}")
    heatmap = page.get_by_role("region", name="Heatmap")
    page.get_by_role("textbox", name="Scale").fill("0.001 to 0.25")
    page.keyboard.press("Enter")
    expect(heatmap.get_by_text("chosen scale")).to_be_visible()
    page.get_by_role("switch", name="flip").press("Space")
    page.wait_for_url("**flip=1*")

    theirs = visit(page.url).get_by_role("region", name="Heatmap")
    expect(theirs.get_by_text("≥ 0.25")).to_be_visible()
    theirs.get_by_role("button", name="Table view").click()
    expect(theirs.locator("tbody th, thead th").filter(has_text=re.compile("^(embed|L\\d)$")).first).to_have_text(
        "embed"
    )
    page.get_by_role("radiogroup", name="Colour by").last.get_by_text("entropy").click()
    page.wait_for_url(lambda url: "lo=" not in url and "hi=" not in url)


def test_a_saved_view_opens_by_its_short_link(page: Page, visit: Visit, trace: str) -> None:
    page.goto(f"/lens/{trace}?token=5&metric=entropy&layers=1-3")
    panel(page, 5).wait_for()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("Short link copied")).to_be_visible()
    link: str = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"http://[^/]+/s/[0-9a-f]+", link)
    theirs = visit(link)
    panel(theirs, 5).wait_for()
    assert urlsplit(theirs.url).path == urlsplit(page.url).path
    assert parse_qs(urlsplit(theirs.url).query) == parse_qs(urlsplit(page.url).query)


@pytest.mark.complains("status of 404")
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/chat/zzzzzzzzzz", "zzzzzzzzzz"),
        ("/lens/" + "0" * 64, "trace"),
        ("/s/" + "0" * 64, "view"),
        ("/no/such/page", "There is no such page"),
    ],
)
def test_an_address_of_nothing_says_so(page: Page, path: str, says: str) -> None:
    page.goto(path)
    expect(
        page.locator("#page").get_by_text(re.compile(f"(no|unknown|not).*{says}|{says}", re.I)).first
    ).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Home|New conversation")).first).to_be_visible()


def test_a_position_beyond_the_text_says_so(page: Page, conversation: str) -> None:
    page.goto(f"/chat/{conversation}?token=9999")
    expect(page.get_by_text("There is no token 9999")).to_be_visible()
    at_least(page, 5)


def test_the_reference_of_the_api_asks_nobody_else(visit: Visit, server: Server) -> None:
    page = visit("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    page.get_by_text("/api/lens", exact=True).first.click()
    expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(server.url).netloc}
