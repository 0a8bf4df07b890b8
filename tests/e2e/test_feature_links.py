"""From a feature to what made it fire and what it sets off: traced, tested, and kept by the address."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from microscope.store.checkpoints import write_sae
from tests.e2e.access import in_every_look
from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, PLAIN, Library, sae

UPSTREAM = "walk_layer_0"
ROUNDING = 0.03
"""Of five numbers with two digits."""

SILENT = "[title*='activation 0 ·']"
"""A token at which it does not fire."""


@pytest.fixture(scope="module")
def address(library: Library) -> Iterator[str]:
    """A feature's provenance, while an SAE lies upstream of its own."""
    folder = library.server.home / "saes" / UPSTREAM
    write_sae(folder, sae(0))
    yield f"/features/{HARVESTED}/{library.live()[0]['index']}?tab=provenance"
    shutil.rmtree(folder)


def links(page: Page) -> Locator:
    return page.get_by_role("region", name="Links between features")


def rows(page: Page, direction: str) -> Locator:
    return links(page).get_by_role("table", name=f"Links {direction}").locator("tbody tr")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def parts(page: Page) -> dict[str, float]:
    """By name, as they are written."""
    expect(rows(page, "upstream").first).to_be_visible()
    drawn = links(page).locator("dl > div")
    return {name: number(value) for name, value in (one.split() for one in drawn.all_inner_texts())}


def choose(page: Page, slug: str) -> None:
    links(page).get_by_role("combobox", name="Other SAE").click()
    page.get_by_role("option", name=slug).click()


def test_parts_add_up_and_a_test_says_what_the_feature_loses(visit: Visit, address: str) -> None:
    page = visit(address)
    shown = parts(page)
    activation = shown.pop("activation")
    assert activation > 0
    assert list(shown) == ["features", "error", "bias", "rest"]
    assert sum(shown.values()) == pytest.approx(activation, abs=ROUNDING)
    expect(links(page).get_by_text("attribution approximation", exact=True)).to_be_visible()
    rows(page, "upstream").first.get_by_role("button").press("Enter")
    said = rows(page, "upstream").first.locator("td").last
    expect(said).to_contain_text("→")
    before, after, loss = (number(found) for found in re.findall(r"[+−]?\d+\.\d+", said.inner_text()))
    assert before == pytest.approx(activation, abs=0.01)
    assert before - after == pytest.approx(loss, abs=ROUNDING)
    links(page).get_by_role("button", name="Test all shown").click()
    count = rows(page, "upstream").count()
    expect(links(page).get_by_text(f"{count} of {count} tested")).to_be_visible()
    assert rows(page, "upstream").filter(has_text="→").count() == count


def test_the_address_keeps_the_other_sae_and_the_token(visit: Visit, address: str) -> None:
    page = visit(address)
    assert parts(page)["activation"] > 0
    choose(page, PLAIN)
    page.wait_for_url(f"**with={PLAIN}*")
    expect(rows(page, "downstream").first).to_be_visible()
    expect(links(page).get_by_text("causal", exact=True)).to_be_visible()
    fires = links(page).locator(f"[role=option][aria-selected=false]:not({SILENT})").first
    position = int(fires.get_attribute("data-pos") or "-1")
    fires.click()
    page.wait_for_url(f"**at={position}*")
    expect(links(page).get_by_text(f"At position {position},")).to_be_visible()
    page.reload()
    expect(links(page).get_by_text(f"At position {position},")).to_be_visible()
    expect(links(page).get_by_role("combobox", name="Other SAE")).to_have_value(re.compile(f"{PLAIN}.*downstream"))
    page.go_back()
    page.go_back()
    expect(rows(page, "upstream").first).to_be_visible()


def test_a_position_beyond_the_text_is_told(visit: Visit, address: str) -> None:
    page = visit(f"{address}&at=9999")
    expect(links(page).get_by_text("The address names position 9999; this text ends with position")).to_be_visible()
    expect(rows(page, "upstream")).to_have_count(0)
    links(page).get_by_role("button", name="Go where it fires most").click()
    page.wait_for_url(re.compile(r"/features/[^?]*\?(?!.*at=)"))
    assert parts(page)["activation"] > 0


def test_tests_against_an_sae_that_is_gone_end_with_the_first(visit: Visit, address: str, library: Library) -> None:
    page = visit(f"{address}&with={UPSTREAM}")
    expect(rows(page, "upstream").first).to_be_visible()
    count = rows(page, "upstream").count()
    folder = library.server.home / "saes" / UPSTREAM
    away = folder.rename(library.server.home / UPSTREAM)
    links(page).get_by_role("button", name="Test all shown").click()
    expect(links(page).get_by_text(f"0 of {count} tested, 1 failed")).to_be_visible()
    expect(links(page).get_by_role("button", name="Test all shown")).to_be_visible()
    expect(links(page).get_by_role("alert")).to_have_count(1)
    away.rename(folder)
    links(page).get_by_role("button", name="Test all shown").click()
    expect(links(page).get_by_text(f"{count} of {count} tested", exact=True)).to_be_visible()


@pytest.mark.usefixtures("library")
def test_a_token_at_which_it_does_not_fire_leads_to_one_at_which_it_does(visit: Visit, address: str) -> None:
    page = visit(address)
    before = parts(page)
    silent = links(page).locator(f"[role=option]{SILENT}").last
    position = silent.get_attribute("data-pos")
    silent.click()
    expect(links(page).get_by_text(f"does not fire at position {position}")).to_be_visible()
    links(page).get_by_role("button", name="Go where it fires most").click()
    assert parts(page) == before


def test_the_links_have_no_violation_and_nothing_sticks_out(visit: Visit, address: str) -> None:
    found: list[str] = []
    for slug, direction in ((UPSTREAM, "upstream"), (PLAIN, "downstream")):
        page = visit(f"{address}&with={slug}")
        found += in_every_look(page, rows(page, direction).first)
    assert not found, "\n".join(found)
