"""Turns: stopped, drawn again, branched, edited; in two tabs, and two at once."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.seen import DRAWN, at_least, composer, connected, ended, ids, open_chat, panel, query, say, token
from tests.e2e.serving import Server, until

LONG = {"max": 1500, **DRAWN, "seed": 3}


def other_conversation(page: Page, than: str) -> str:
    """The id of the one that the page has gone on to, when it has ended."""
    page.wait_for_url(lambda url: "/chat/" in url and than not in url)
    ended(page)
    return page.url.split("/chat/")[1].split("?")[0]


def test_stop_ends_the_turn_and_keeps_what_came(page: Page, server: Server) -> None:
    id = server.conversation()
    open_chat(page, id, **LONG)
    say(page, "Tell me a long story")
    at_least(page, 40)
    page.get_by_role("button", name="Stop", exact=True).click()
    ended(page)
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    assert ids(page) == server.ids(id)
    assert 40 <= len(ids(page)) < 1000
    assert server.get("/api/status")["streams"] == 0


def test_a_stopped_turn_says_so_while_the_next_is_written(page: Page, server: Server) -> None:
    id = server.conversation()
    open_chat(page, id, **LONG)
    say(page, "Tell me a long story")
    at_least(page, 40)
    page.keyboard.press("Escape")
    ended(page)
    say(page, "And another")
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Regenerate")).to_have_count(0)
    page.keyboard.press("Escape")
    ended(page)
    expect(page.get_by_text("stopped", exact=True)).to_have_count(2)


def test_regenerating_draws_another_answer_in_a_branch(page: Page, server: Server) -> None:
    id = server.conversation("hello", 8)
    before = server.ids(id)
    open_chat(page, id, max=8)
    page.get_by_role("button", name="Regenerate").click()
    branch = other_conversation(page, id)
    start = next(t["start"] for t in server.get(f"/api/conversations/{id}")["turns"] if t["sampling"])
    assert server.ids(branch)[:start] == before[:start]
    assert server.ids(branch)[start:] != before[start:]
    assert server.ids(id) == before
    assert ids(page) == server.ids(branch)


def test_a_branch_shares_what_is_before_its_token(page: Page, server: Server) -> None:
    id = server.conversation("hello", 12)
    before = server.ids(id)
    at = len(before) - 5
    open_chat(page, id, max=5, token=at)
    page.get_by_role("button", name="Branch here").click()
    branch = other_conversation(page, id)
    until(lambda: server.ids(branch) == before, 30, "the same five come again: greedy")
    expect(page.get_by_role("link", name=f"branch at {at}")).to_be_visible()


def test_another_token_in_its_place_is_gone_on_from(page: Page, server: Server) -> None:
    id = server.conversation("hello", 12)
    before = server.ids(id)
    at = len(before) - 5
    open_chat(page, id, max=5, token=at)
    page.get_by_role("button", name="Replace…").click()
    page.get_by_role("textbox", name="Another token").click()
    page.locator("[data-combobox-option]:visible").first.click()
    branch = other_conversation(page, id)
    after = server.ids(branch)
    assert after[:at] == before[:at]
    assert after[at] != before[at]
    assert len(after) > at + 1


def test_an_edited_turn_runs_again_in_a_branch(page: Page, server: Server) -> None:
    id = server.conversation("hello", 6)
    open_chat(page, id, max=6)
    page.get_by_role("button", name="Edit", exact=True).click()
    box = page.get_by_role("textbox", name="New text of the turn")
    expect(box).to_have_value("hello")
    box.fill("goodbye")
    page.get_by_role("button", name="Run", exact=True).click()
    branch = server.get(f"/api/conversations/{other_conversation(page, id)}")
    expect(page.get_by_role("listbox", name="user")).to_contain_text("goodbye")
    assert [turn["role"] for turn in branch["turns"] if turn["role"] != "template"] == ["user", "assistant"]


def test_two_tabs_on_one_conversation_show_the_same(page: Page, visit: Visit, server: Server) -> None:
    id = server.conversation()
    open_chat(page, id, max=40)
    other = visit(f"/chat/{id}?max=40")
    expect(composer(other)).to_be_visible()
    say(page, "hello to both")
    for tab in (page, other):
        at_least(tab, 40)
        ended(tab)
    say(other, "and back")
    for tab in (other, page):
        at_least(tab, 90)
        ended(tab)
    assert ids(page) == ids(other) == server.ids(id)


def test_two_conversations_stream_at_once(page: Page, visit: Visit, server: Server) -> None:
    one, two = server.conversation(), server.conversation()
    open_chat(page, one, max=1900, **DRAWN, seed=3)
    other = visit(f"/chat/{two}{query(max=1900, **DRAWN, seed=4)}")
    connected(other)
    say(page, "the first")
    say(other, "the second")
    until(lambda: server.get("/api/status")["streams"] == 2, 60, "two turns at once")
    for tab, id in ((page, one), (other, two)):
        at_least(tab, 40)
        tab.keyboard.press("Escape")
        ended(tab)
        assert ids(tab) == server.ids(id)


def test_two_conversations_stand_side_by_side(page: Page, server: Server) -> None:
    one, two = server.conversation("The cat sat", 5), server.conversation("The dog sat", 5)
    open_chat(page, one, vs=two, token=8)
    expect(page.get_by_role("button", name="Stop comparing")).to_be_visible()
    expect(page.get_by_role("group").locator("[data-pos='0']")).to_have_count(2)
    expect(panel(page, 8).get_by_role("table")).to_have_count(2)
    token(page, 9).first.click()
    expect(panel(page, 9).get_by_role("table")).to_have_count(2)
