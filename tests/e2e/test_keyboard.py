"""Without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.seen import DRAWN, at_least, composer, connected, ended, ids, layers, panel, query, token
from tests.e2e.serving import Server


def tab_until(page: Page, css: str, key: str = "Tab", most: int = 40) -> None:
    """Press Tab until something that matches has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"{most} × {key} never reached {css}")


def test_a_conversation_and_its_layers_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    connected(page)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/chat*")
    expect(composer(page)).to_be_focused()
    page.goto("/chat?max=10")
    expect(composer(page)).to_be_focused()
    connected(page)
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    at_least(page, 12)
    ended(page)
    expect(composer(page)).to_be_focused()
    tab_until(page, "[role=option]", "Shift+Tab")
    page.keyboard.press("End")
    last = len(ids(page)) - 1
    expect(panel(page, last)).to_be_visible()
    expect(token(page, last)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(panel(page, last - 1)).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    expect(panel(page, 10)).to_be_visible()

    tab_until(page, "tbody th button")
    expect(page.locator("tbody th button").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody th button").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    expect(panel(page, 10).get_by_text("pinned", exact=True)).to_be_visible()
    page.keyboard.press("2")
    page.locator("canvas[data-ready]").wait_for()
    tab_until(page, "[aria-roledescription=heatmap]", most=1)
    page.keyboard.press("3")
    expect(page.get_by_role("application", name="Probability for token 10")).to_be_visible()
    tab_until(page, "[role=application]", most=3)
    page.keyboard.press("2")
    tab_until(page, "[aria-roledescription=heatmap]", most=1)
    page.keyboard.press("ArrowRight")
    expect(panel(page, 11)).to_be_visible()
    assert re.search(r"cell=\w+\.11", page.url)
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name=re.compile("^Token"))).to_have_count(0)
    page.keyboard.press("/")
    expect(composer(page)).to_be_focused()


def test_escape_stops_a_turn(page: Page) -> None:
    page.goto("/chat" + query(max=1500, **DRAWN))
    connected(page)
    composer(page).focus()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    at_least(page, 30)
    page.keyboard.press("Escape")
    ended(page)
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()


def test_the_keyboard_stays_in_the_text_box(page: Page) -> None:
    page.goto("/chat" + query(max=1500, **DRAWN))
    connected(page)
    composer(page).fill("hello")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    at_least(page, 20)
    expect(composer(page)).to_be_focused()
    page.get_by_role("button", name="Stop", exact=True).press("Enter")
    ended(page)
    expect(composer(page)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="Search and commands")).to_be_focused()


def test_the_palette_finds_pages_and_takes_a_text(page: Page) -> None:
    page.goto("/")
    connected(page)
    page.keyboard.press("Control+k")
    box = page.get_by_role("textbox", name="Search and commands")
    expect(box).to_be_focused()
    page.keyboard.type("settings")
    expect(page.get_by_role("dialog").get_by_text("Settings", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings")
    expect(box).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(box).to_be_focused()
    page.keyboard.type("One two three")
    expect(page.get_by_role("dialog").get_by_text("Lens: One two three")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/lens/[0-9a-f]{16,}"))


@pytest.mark.parametrize(
    ("path", "name", "label"), [("/lens", "Lens on a text", "Text"), ("/chat", "New conversation", "Message")]
)
def test_a_page_that_the_palette_opens_takes_the_keyboard(page: Page, path: str, name: str, label: str) -> None:
    """Also one that was fetched before: it is there while the palette still fades out."""
    box = page.get_by_role("textbox", name=label, exact=True)
    page.goto(path)
    expect(box).to_be_focused()
    for before in ("Home", "Settings"):
        page.get_by_role("link", name="Home", exact=True).click()
        expect(page.get_by_role("heading", name="Recent conversations")).to_be_visible()
        page.get_by_role("link", name=before, exact=True).focus()
        page.keyboard.press("Control+k")
        expect(page.get_by_role("textbox", name="Search and commands")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}*")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.type("One two")
        expect(box).to_have_value("One two")
        box.clear()


def command(page: Page, name: str) -> None:
    """Run a command of the palette."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="Search and commands")).to_be_focused()
    page.keyboard.type(name)
    # What was typed is also offered as a question and as a text, with a word before it.
    page.get_by_role("dialog").locator("button").filter(has_text=re.compile(f"^{re.escape(name)}")).click()
    expect(page.get_by_role("textbox", name="Search and commands")).to_have_count(0)


def test_the_palette_does_what_the_page_can(page: Page, server: Server) -> None:
    conversation = server.conversation("hello", 8)
    server.conversation()
    page.goto(f"/chat/{conversation}?token=4&max=8")
    layers(panel(page, 4))
    command(page, "Pin the selected token")
    expect(panel(page, 4).get_by_text("pinned", exact=True)).to_be_visible()
    command(page, "Read what comes after the token")
    page.wait_for_url("**read=after*")
    command(page, "View: heatmap")
    page.locator("canvas[data-ready]").wait_for()
    command(page, "Export…")
    expect(page.get_by_role("menuitem", name="CSV")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_text("Untitled").first).to_be_visible()
    page.keyboard.press("Escape")
    command(page, "Regenerate the last answer")
    page.wait_for_url(lambda url: "/chat/" in url and conversation not in url)
    ended(page)
    command(page, "Two-minute tour")
    expect(page.get_by_role("dialog", name="Two-minute tour")).to_be_visible()


def test_a_step_of_the_tour_opens_the_real_thing_and_back_leads_to_it(page: Page) -> None:
    page.goto("/?tour=1")
    connected(page)
    page.get_by_role("link", name="Open the layers of a token").click()
    page.wait_for_url(re.compile("/lens/[0-9a-f]{16}"))
    layers(page.get_by_role("region", name=re.compile("^Token")))
    page.go_back()
    expect(page.get_by_text("The logit lens stops after a layer")).to_be_visible()


def test_any_number_of_predictions_per_layer(page: Page, server: Server) -> None:
    page.goto(f"/chat/{server.conversation('hello', 4)}?token=4")
    layers(panel(page, 4))
    panel(page, 4).get_by_role("textbox", name="Predictions per layer").fill("17")
    page.wait_for_url("**k=17*")
    layers(panel(page, 4))
    panel(page, 4).get_by_role("button", name="Open L5").click()
    expect(panel(page, 4).locator("ol > li")).to_have_count(17)


def test_the_chats_heatmap_has_the_lens_pages_controls(page: Page, server: Server) -> None:
    page.goto(f"/chat/{server.conversation('hello', 4)}?token=4&view=heatmap")
    page.locator("canvas[data-ready]").wait_for()
    bar = page.get_by_role("toolbar", name="Heatmap")
    bar.get_by_role("textbox", name="Layers").fill("1-3")
    page.keyboard.press("Enter")
    page.wait_for_url("**layers=1-3*")
    expect(page.get_by_role("application", name=re.compile("3 layers"))).to_be_visible()
    bar.get_by_text("target", exact=True).click()
    page.wait_for_url("**of=target*")


def test_the_list_of_keys_is_a_key_away_and_letters_can_be_turned_off(page: Page) -> None:
    page.goto("/")
    connected(page)
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("heading", name="Keys and words")).to_be_visible()
    page.goto("/settings")
    page.get_by_role("switch", name="Single-letter shortcuts").press("Space")
    page.locator("body").click(position={"x": 700, "y": 880})
    page.keyboard.press("Shift+?")
    page.wait_for_timeout(300)
    assert page.url.split("?")[0].endswith("/settings")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("heading", name="Keys and words")).to_be_visible()
