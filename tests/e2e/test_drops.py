"""The line is cut, the server is killed: nothing that was shown is lost, and nothing comes twice."""

import signal
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.e2e.cable import Cable
from tests.e2e.conftest import Visit
from tests.e2e.seen import DRAWN, at_least, composer, connected, ended, ids, open_chat, say
from tests.e2e.serving import Server, until

pytestmark = pytest.mark.complains("WebSocket|ERR_|Failed to fetch|Failed to load")

TALK = {"max": 300, **DRAWN, "seed": 5}


def test_cut_in_the_middle_of_a_frame_the_turn_goes_on_where_it_was(visit: Visit, server: Server) -> None:
    id = server.conversation()
    with Cable(server.port) as cable:
        page = visit(cable.url)
        open_chat(page, id, **TALK)
        say(page, "Tell me a long story")
        at_least(page, 30)
        cable.cut_after(10_007)
        until(lambda: not cable.is_whole, 30, "the line is cut")
        cut_at = len(ids(page))
        until(lambda: len(server.ids(id)) > cut_at + 20, 30, "the server goes on meanwhile")
        cable.mend()
        at_least(page, 300)
        ended(page)
        assert ids(page) == server.ids(id)


def test_while_the_server_is_away_the_page_says_so_and_stays_readable(visit: Visit, server: Server) -> None:
    id = server.conversation("hello", 6)
    with Cable(server.port) as cable:
        page = visit(cable.url)
        open_chat(page, id)
        shown = ids(page)
        cable.cut()
        expect(page.get_by_text("What is on the page stays readable")).to_be_visible()
        composer(page).fill("typed while away")
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        assert ids(page) == shown
        cable.mend()
        with suppress(TimeoutError):  # It tries by itself, too, and may have been faster.
            page.get_by_role("button", name="Retry").click(timeout=2_000)
        expect(page.get_by_text("What is on the page stays readable")).to_have_count(0)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
        expect(composer(page)).to_have_value("typed while away")


def test_home_says_once_that_the_server_is_away_and_fills_itself_when_it_is_back(visit: Visit, server: Server) -> None:
    id = server.conversation("hello", 6)
    with Cable(server.port) as cable:
        page = visit(cable.url + "/settings")
        connected(page)
        page.wait_for_function("performance.getEntriesByName('pages fetched').length > 0")
        cable.cut()
        expect(page.get_by_text("What is on the page stays readable")).to_have_count(1)
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading", name="Recent conversations")).to_be_visible()
        page.wait_for_timeout(1_000)
        expect(page.get_by_role("alert")).to_have_count(0)
        cable.mend()
        # By itself: it tries again every few seconds.
        expect(page.locator(f"main a[href='/chat/{id}']")).to_be_visible(timeout=30_000)


def test_a_killed_server_has_the_conversation_up_to_the_last_token_shown(visit: Visit, second_server: Server) -> None:
    server = second_server
    id = server.conversation()
    page = visit(server.url)
    open_chat(page, id, max=1900, **DRAWN, seed=6)
    say(page, "Tell me a long story")
    at_least(page, 60)
    server.end(signal.SIGKILL)
    page.wait_for_timeout(300)
    shown = ids(page)
    server.start()
    expect(page.get_by_text("interrupted: the server ended")).to_be_visible(timeout=60_000)
    stored = server.ids(id)
    assert stored[: len(shown)] == shown
    assert len(stored) < 1900
    assert ids(page) == stored

    page.get_by_role("button", name="Continue").click()
    at_least(page, len(stored) + 20)
    page.get_by_role("button", name="Stop", exact=True).click()
    ended(page)
    assert ids(page) == server.ids(id)
    assert server.ids(id)[: len(stored)] == stored
