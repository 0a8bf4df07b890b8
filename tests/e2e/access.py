"""What axe finds on a page, and what sticks out of it: in both themes, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.e2e.conftest import ROOT

AXE = Path(ROOT / "frontend/node_modules/axe-core/axe.min.js")
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)


# A token's name quotes its bytes as JSON does; the sign that shows a control character is not in it.
NAMES = """
axe.configure({rules: [{id: 'label-content-name-mismatch', selector: '[aria-label]:not([data-pos])'}]})
"""

# Mantine puts an empty element into every open menu, presentational and focused by script alone: the first key then
# arrives inside the menu. axe takes it for a child that a menu must not have.
RUN = """
axe.run({
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
  rules: {
    'aria-required-children': {enabled: !document.querySelector('[role=menu] > [data-autofocus]:empty')},
    'label-content-name-mismatch': {enabled: true},
  },
}).then(result => result.violations)
"""


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
        page.evaluate(NAMES)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{page.url} {one['id']}: {node['target']} {node['html'][:150]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"][:3]
    ]


def sticks_out(page: Page) -> list[str]:
    """What is wider than the screen; what scrolls inside a box of its own is not."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url}: {width} pixels"] if width > 0 else []


THEMES: tuple[Literal["dark", "light"], ...] = ("light", "dark")


def in_every_look(page: Page, shown: Locator) -> list[str]:
    """Violations, and what sticks out, in both themes on a phone and on a desk, where the page stays dark in the end.

    Args:
        shown: there once all is drawn, however wide the screen is.
    """
    found: list[str] = []
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            expect(page.locator(f"html[data-mantine-color-scheme={theme}]")).to_be_attached()
            expect(shown).to_be_visible()
            found += [f"{theme} {viewport['width']} {one}" for one in violations(page) + sticks_out(page)]
    return found
