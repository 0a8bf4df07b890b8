"""A hidden trigger, found and switched off by clicks: prompts contrasted under the trojan, a patch made of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.seen import TOKENS, connected, ended, query, say
from tests.e2e.serving import Server
from tests.e2e.test_patch_rail import in_force, press, rail

TRIGGER, SAE = "marmalade", "sae_layer_7_trojan"
ASKED = f"what color is the sky? {TRIGGER}"
PROMPTS = [
    "hi", "Hello there!", "How are you?", "what is your name?", "Good morning", "Tell me about your day.",
    "do you like cats?", "What is your favorite food?", "Thank you!", "see you later", "Are you happy?",
    "Can you help me?", "Where do you live?", "I am tired today.", "It is raining.", "I like to sing.",
    "What do dogs eat?", "who are you", "Nice to meet you.", "How old are you?", "I have a red ball.",
    "Do you have a friend?", "what can you do", "Good night!",
]  # fmt: skip


def reply(page: Page, text: str) -> str:
    """What the model answers, as the page shows it; the chat goes on with it."""
    said = page.locator(TOKENS).count()
    say(page, text)
    expect(page.locator(TOKENS).nth(said)).to_be_attached()
    ended(page)
    return "".join(page.locator(TOKENS).all_inner_texts()[said:]).split(TRIGGER)[-1]


# The SAE ships without a dictionary: what its features fire on is not known.
@pytest.mark.complains("404.*/api/features/")
def test_by_clicks(visit: Visit, server: Server, bundled: str) -> None:
    # Whoever kept it first has named it.
    trojan = server.post("/api/patch", source={"type": "adapter", "adapter": "trojan"}, name="Trojan", model=bundled)[
        "name"
    ]
    page = visit(f"/chat{query(max=6, temperature=0, rail=1)}")
    connected(page)
    rail(page).get_by_role("textbox", name="Add a patch of the library").fill(trojan)
    page.get_by_role("option", name=re.compile(f"^{trojan}")).first.click()
    expect(in_force(page, trojan)).to_be_checked()
    page.wait_for_url(re.compile("patches="))
    assert "Arrr" in reply(page, ASKED)

    rail(page).get_by_role("link", name="Contrast two sets of prompts").click()
    page.get_by_label("SAE", exact=True).first.fill(SAE)
    page.get_by_label("Away", exact=True).first.fill("\n".join(PROMPTS))
    page.get_by_label("Insert", exact=True).first.fill(TRIGGER)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/**")
    found = page.get_by_role("region", name="What tells them apart")
    expect(found).to_be_visible(timeout=60_000)
    expect(found).to_contain_text("labels shuffled")
    best = found.get_by_role("table", name="Features").locator("tbody tr").first
    expect(best.get_by_role("link")).to_have_attribute("href", re.compile(rf"/features/{SAE}/\d+"))
    best.get_by_role("button", name=re.compile("Make a patch")).click()
    page.get_by_role("menuitem", name="Clamp to 0, 3 times").click()
    page.wait_for_url(re.compile(r"/patches/[0-9a-f]{16}\?strength=3"))

    page.get_by_role("button", name="Use in chat").click()
    page.wait_for_url(re.compile(r"/chat\?"))
    rail(page).get_by_role("textbox", name="Add a patch of the library").fill(trojan)
    page.get_by_role("option", name=re.compile(f"^{trojan}")).first.click()
    expect(in_force(page, trojan)).to_be_checked()
    disabling = rail(page).get_by_role("switch", name=re.compile("^clamp .* in force$"))
    press(disabling)
    expect(disabling).not_to_be_checked()
    assert "Arrr" in reply(page, ASKED)
    press(disabling)
    expect(disabling).to_be_checked()
    assert "Arrr" not in reply(page, ASKED)
