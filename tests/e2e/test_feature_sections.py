"""The Features panel's sections: one for each SAE, open or a line; and the heatmap's own choices beside it."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, PLAIN, Library
from tests.e2e.seen import panel
from tests.e2e.serving import Server

TOKEN = 3


@pytest.fixture(scope="module")
def trace(server: Server) -> str:
    return server.post("/api/traces", text="The capital of France is Paris.")["hash"]


def features_of(page: Page, sae: str) -> Locator:
    return panel(page, TOKEN).get_by_role("region", name=f"Features of {sae}")


@pytest.mark.usefixtures("library")
def test_an_sae_that_was_not_harvested_is_a_line_that_opens_and_leads_to_its_harvest(visit: Visit, trace: str) -> None:
    page = visit(f"/lens/{trace}?token={TOKEN}&view=features")
    expect(features_of(page, HARVESTED).get_by_role("table")).to_be_visible()
    plain = features_of(page, PLAIN)
    expect(plain).to_contain_text("not harvested")
    expect(plain.get_by_role("table")).to_have_count(0)
    plain.get_by_role("button", name=f"Open {PLAIN}").click()
    expect(plain.get_by_role("table")).to_be_visible()
    expect(plain.locator("tbody").get_by_role("link")).to_have_count(0)
    page.reload()
    expect(plain.get_by_role("table")).to_be_visible()
    page.get_by_role("button", name="2 of 3 SAEs open").click()
    page.get_by_role("menuitem", name="Close all").click()
    expect(features_of(page, HARVESTED).get_by_role("table")).to_have_count(0)
    page.get_by_role("menuitem", name=f"Open {PLAIN}").click()
    page.keyboard.press("Escape")
    plain.get_by_role("link", name="Harvest its features").click()
    page.wait_for_url(re.compile(rf"/experiments/harvest/new\?.*name={PLAIN}"))


@pytest.mark.usefixtures("library")
def test_a_link_to_a_colour_shows_its_section_however_it_was_left(visit: Visit, trace: str) -> None:
    page = visit(f"/lens/{trace}?token={TOKEN}&view=features&by=feature:{PLAIN}/3")
    expect(features_of(page, PLAIN).get_by_role("table")).to_be_visible()


def test_a_closed_line_has_every_name_of_the_same_weights(visit: Visit, trace: str, library: Library) -> None:
    saes = library.server.home / "saes"
    shutil.copytree(saes / PLAIN, saes / "z_copy")
    page = visit(f"/lens/{trace}?token={TOKEN}&view=features")
    line = features_of(page, PLAIN)
    expect(line).to_contain_text("also z_copy")
    expect(line.get_by_role("table")).to_have_count(0)
    page.get_by_role("button", name="1 of 3 SAEs open").click()
    expect(page.get_by_role("menuitem", name=f"Open {PLAIN}")).to_contain_text("also z_copy")
    shutil.rmtree(saes / "z_copy")


@pytest.mark.usefixtures("library")
def test_the_lens_is_chosen_beside_its_heatmap_while_features_are_shown(visit: Visit, trace: str) -> None:
    page = visit(f"/lens/{trace}?token={TOKEN}&view=features")
    for name in ("Reading", "Lens"):
        expect(page.get_by_role("radiogroup", name=name)).to_have_count(1)
    bar = page.get_by_role("toolbar", name="Heatmap")
    bar.get_by_role("radiogroup", name="Reading").get_by_text("after", exact=True).click()
    page.wait_for_url("**read=after*")
    panel(page, TOKEN).get_by_text("Layers", exact=True).click()
    expect(page.get_by_role("radiogroup", name="Reading")).to_have_count(1)
    expect(bar.get_by_role("radiogroup", name="Reading")).to_have_count(0)
