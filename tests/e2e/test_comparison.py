"""Two texts beside each other: what is offered, and what stands on the page then."""

from playwright.sync_api import Page, expect

from tests.e2e.seen import connected, ids, layers, open_chat, panel, query
from tests.e2e.serving import Server


def test_a_trace_is_compared_with_texts_that_were_run_and_never_with_conversations(page: Page, server: Server) -> None:
    id = server.conversation("Nothing but a conversation", 4)
    mine, other = [server.post("/api/traces", text=text)["hash"] for text in ("A river runs", "A long road")]
    open_chat(page, id)
    page.get_by_role("link", name="Lens", exact=True).click()
    page.get_by_role("textbox", name="Text").fill("A river runs")
    page.get_by_role("button", name="Read the layers").click()
    page.wait_for_url(f"**/lens/{mine}*")
    page.locator("canvas[data-ready]").wait_for()
    page.keyboard.press("v")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="A long road")).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Nothing but a conversation")).to_have_count(0)
    expect(menu.get_by_role("menuitem", name="A river runs")).to_have_count(0)
    menu.get_by_role("menuitem", name="A long road").click()
    page.wait_for_url(f"**vs={other}*")

    beside = page.get_by_role("region", name="Other text")
    expect(beside.get_by_role("heading", name="A long road")).to_be_visible()
    assert ids(beside) == server.get(f"/api/traces/{other}")["ids"]
    assert ids(page.get_by_role("region", name="Text", exact=True)) == server.get(f"/api/traces/{mine}")["ids"]
    beside.locator("[role=option][data-pos='2']").click()
    expect(panel(page, 2).get_by_role("table")).to_have_count(2)


def test_a_comparison_opens_from_its_address_and_says_what_is_subtracted_from_what(page: Page, server: Server) -> None:
    mine, other = [server.post("/api/traces", text=text)["hash"] for text in ("One small step", "One giant leap")]
    page.goto(f"/lens/{mine}" + query(token=1, vs=other))
    connected(page)
    layers(panel(page, 1))
    expect(page.get_by_role("region", name="Other text").get_by_role("heading")).to_have_text("One giant leap")
    scale = page.get_by_role("region", name="Heatmap").get_by_text("Δ probability of the likeliest")
    expect(scale).to_have_text("Δ probability of the likeliest: “One small step” − “One giant leap”")
    page.goto(f"/lens/{mine}" + query(token=1, vs="lens:logit"))
    layers(panel(page, 1))
    expect(page.get_by_role("region", name="Other text")).to_have_count(0)
