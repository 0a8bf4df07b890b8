"""What a page shows, read from its DOM, and what a person does on it again and again."""

from __future__ import annotations

import re
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

TOKENS = "[role=option][data-pos]"

DRAWN = {"temperature": 1, "top_k": 20}
"""Sampling by which the walks' model writes something else every time, and never an end token."""


class Shown(NamedTuple):
    """A token in a strip."""

    position: int
    id: int


class Row(NamedTuple):
    """A layer of the token panel."""

    layer: str
    id: int
    """Of the likeliest token."""

    probability: float
    text: str
    """All that the row shows."""


def strip(page: Page | Locator) -> list[Shown]:
    """The tokens in the order in which they stand."""
    titles: list[str] = page.locator(TOKENS).evaluate_all("all => all.map(token => token.title)")
    found = [re.match(r"position (\d+) · id (\d+)", title) for title in titles]
    return [Shown(int(one.group(1)), int(one.group(2))) for one in found if one]


def ids(page: Page | Locator) -> list[int]:
    """The token ids, which must stand at the positions 0, 1, 2 …"""
    tokens = strip(page)
    assert [token.position for token in tokens] == list(range(len(tokens)))
    return [token.id for token in tokens]


def token(page: Page, position: int) -> Locator:
    return page.locator(f"{TOKENS}[data-pos='{position}']")


def panel(page: Page, position: int) -> Locator:
    return page.get_by_role("region", name=f"Token {position}", exact=True)


def layers(panel: Locator) -> list[Row]:
    """The rows of a token panel, the last layer first, when they are exact."""
    expect(panel.get_by_text(re.compile("^(kept|step|rebuilt)$"))).to_be_visible()
    rows: list[list[str]] = panel.locator("tbody > tr:first-child").evaluate_all(
        """all => all.map(row => [
            row.querySelector("th").innerText,
            row.querySelector("[data-token]").dataset.token,
            row.querySelector("[data-token]").title,
            row.innerText,
        ])"""
    )
    return [
        Row(layer, int(id), float(re.findall(r"· p (\S+) ·", title)[-1].replace("−", "-")), text)
        for layer, id, title, text in rows
    ]


def open_chat(page: Page, conversation: str, **search: object) -> None:
    """A conversation on the page's own server, or from an empty tab on that of all walks.

    `max=5` and the like are search parameters.
    """
    origin = "" if page.url == "about:blank" else page.evaluate("location.origin")
    page.goto(origin + f"/chat/{conversation}" + query(**search))
    expect(composer(page)).to_be_visible()
    connected(page)


def query(**search: object) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in search.items()) if search else ""


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def connected(page: Page) -> None:
    expect(page.get_by_role("contentinfo").get_by_role("button", name="connected", exact=True)).to_be_visible()


def say(page: Page, text: str) -> None:
    """Type and send; returns when the box is empty again: the server has the text."""
    composer(page).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(composer(page)).to_have_value("")


def ended(page: Page) -> None:
    """Nothing is being generated any more."""
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)


def at_least(page: Page | Locator, n_tokens: int) -> None:
    """Wait until so many tokens are shown."""
    expect(page.locator(TOKENS).nth(n_tokens - 1)).to_be_attached()
