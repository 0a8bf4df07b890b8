"""Features that cannot be shown: each page says why, and what leads on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.library import DEAD, HARVESTED, N_FEATURES, PLAIN, REPLACED
from tests.e2e.seen import panel
from tests.e2e.serving import Server

pytestmark = pytest.mark.usefixtures("library")


def leads_to(page: Page, name: str, path: str) -> None:
    expect(page.get_by_role("alert").get_by_role("link", name=name, exact=True)).to_have_attribute("href", path)


def test_the_chooser_names_what_was_harvested_and_what_was_not(visit: Visit) -> None:
    page = visit("/features")
    rows = page.get_by_role("listitem")
    expect(rows.filter(has_text=HARVESTED).get_by_role("link", name=HARVESTED)).to_be_visible()
    for slug, says, does in ((PLAIN, "not harvested yet", "harvest"), (REPLACED, "trained anew", "harvest again")):
        row = rows.filter(has_text=slug)
        expect(row).to_contain_text(says)
        form = re.compile(rf"/experiments/harvest/new\?sae=.*/{slug}&name={slug}$")
        expect(row.get_by_role("link", name=does, exact=True)).to_have_attribute("href", form)


@pytest.mark.complains("404|409")
def test_what_has_no_dictionary_says_what_to_do(visit: Visit) -> None:
    page = visit(f"/features?sae={PLAIN}")
    expect(page.get_by_role("alert")).to_contain_text(f"No features of {PLAIN} were harvested here.")
    leads_to(page, "Report card", f"/saes/{PLAIN}")
    page.get_by_role("link", name="Harvest it").click()
    page.wait_for_url(re.compile("/experiments/harvest/new"))
    parameters = page.get_by_role("region", name="Parameters")
    expect(parameters.get_by_role("textbox", name="Name", exact=True)).to_have_value(PLAIN)
    page.goto("/features?sae=nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no SAE 'nobody' here.")
    leads_to(page, "All SAEs", "/features")


@pytest.mark.complains("409")
@pytest.mark.parametrize("path", [f"/features?sae={REPLACED}", f"/features/{REPLACED}/3"])
def test_features_of_an_earlier_version_are_not_shown_as_the_new_ones(visit: Visit, path: str) -> None:
    page = visit(path)
    expect(page.get_by_role("alert")).to_contain_text("harvested from an earlier version of this SAE")
    expect(page.get_by_role("alert")).to_contain_text("Harvest it again")
    expect(page.get_by_role("alert").get_by_role("link", name="Harvest it again")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.complains("404")
def test_a_feature_past_the_last_one_is_nobodys(visit: Visit) -> None:
    page = visit(f"/features/{HARVESTED}/{N_FEATURES}")
    expect(page.get_by_role("alert")).to_contain_text(f"has {N_FEATURES} features, counted from 0")
    leads_to(page, f"All features of {HARVESTED}", f"/features?sae={HARVESTED}")
    page.goto(f"/features/{HARVESTED}/many")
    expect(page.get_by_role("alert")).to_contain_text("“many” is no feature")


def test_a_feature_that_never_fires_says_so_and_can_be_tried(visit: Visit) -> None:
    page = visit(f"/features/{HARVESTED}/{DEAD}")
    expect(page.get_by_text("This feature is dead.")).to_be_visible()
    expect(page.get_by_role("region", name="Examples")).to_have_count(0)
    expect(page.get_by_role("list", name="Nearest by decoder").get_by_role("link")).to_have_count(6)
    page.get_by_role("textbox", name="Text to try the feature on").fill("The cat sat")
    expect(page.get_by_text("It fires at no token of this text.")).to_be_visible()


def test_without_an_sae_a_tokens_panel_says_how_to_come_by_one(visit: Visit, second_server: Server) -> None:
    id = second_server.conversation("The cat", 4)
    page = visit(f"{second_server.url}/chat/{id}?token=6&view=features")
    none = panel(page, 6)
    expect(none).to_contain_text("No sparse autoencoder reads")
    expect(none.get_by_role("link", name="SAE library")).to_have_attribute("href", "/saes")
