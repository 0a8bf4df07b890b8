"""A patch is made of two sets of prompts, and of a token in the lens, by clicks; a set is named and found again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.access import PHONE, in_every_look, sticks_out, violations
from tests.e2e.conftest import Visit
from tests.e2e.seen import connected, panel, token
from tests.e2e.serving import Server

TOWARD, AWAY = "The cat sat on the mat\nThe dog ran after the cat", "One, two, three\nFour, five"


def kept(page: Page, name: str) -> None:
    """The previewed patch under a name; its page stands open then."""
    expect(page.get_by_role("region", name="What it does", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Name of the patch").fill(name)
    page.get_by_role("button", name="Create patch").click()
    page.get_by_role("status").get_by_role("link", name=name).click()
    page.wait_for_url(re.compile(r"/patches/[0-9a-f]{16}"))
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_a_patch_is_made_of_two_sets_of_prompts(visit: Visit) -> None:
    page = visit("/patches")
    connected(page)
    page.get_by_role("link", name="New patch").first.click()
    page.wait_for_url("**/patches/new*")
    page.get_by_role("textbox", name="Prompts that have it").fill(TOWARD)
    page.get_by_role("textbox", name="Prompts that do not").fill(AWAY)
    page.get_by_role("button", name="Read the prompts").click()
    says = page.get_by_role("region", name="What it does", exact=True)
    expect(says).to_contain_text("Raises")
    found = in_every_look(page, says)
    page.set_viewport_size(PHONE)
    found += [*sticks_out(page), *violations(page)]
    kept(page, "Cats, not numbers")
    expect(page.get_by_role("region", name="Where it comes from")).to_contain_text("2 prompts less 2")
    page.get_by_role("link", name="2 prompts less 2").click()
    expect(page.get_by_role("textbox", name="Prompts that have it")).to_have_value(TOWARD)
    assert not found, "\n".join(found)


def test_a_patch_is_made_of_a_token_in_the_lens_and_put_away(visit: Visit, server: Server) -> None:
    trace = server.post("/api/traces", text="The capital of France is Paris")["hash"]
    page = visit(f"/lens/{trace}")
    token(page, 3).click()
    panel(page, 3).get_by_role("button", name="Make a patch").click()
    page.get_by_role("menuitem", name="its row of W_U").click()
    page.wait_for_url(re.compile(rf"/patches/new\?.*trace={trace}"))
    kept(page, "Says that token")
    expect(page.get_by_role("link", name="a text in the lens at token 3")).to_be_visible()
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_text("is on no list")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is on no list")).to_have_count(0)
    hash_ = page.url.partition("/patches/")[2][:16]
    member = {"source": {"type": "kept", "hash": hash_}, "strength": 2.0}
    set_ = server.post("/api/patch-sets", members=[member])["hash"]
    page.goto(f"/patches/sets/{set_}")
    page.get_by_role("textbox", name="Name of the set").fill("Twice that token")
    page.get_by_role("button", name="Name it").click()
    expect(page.get_by_role("heading", name="Twice that token", level=1)).to_be_visible()
    found = violations(page)
    page.goto("/patches?show=sets")
    page.get_by_role("link", name="Twice that token").click()
    page.wait_for_url(f"**/patches/sets/{set_}")
    page.set_viewport_size(PHONE)
    found += sticks_out(page)
    assert not found, "\n".join(found)
