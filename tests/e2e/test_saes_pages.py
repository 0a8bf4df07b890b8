"""The library of SAEs in a browser: taken in by path, refused in words, compared."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from microscope.store.checkpoints import write_sae
from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, N_FEATURES, PLAIN, K, Library, sae


def test_an_sae_is_taken_in_by_its_path_and_forgotten(visit: Visit, library: Library) -> None:
    folder = library.texts / "elsewhere"
    write_sae(folder, sae(3))
    page = visit("/saes")
    page.get_by_role("textbox", name="Path or hub id").fill(str(folder))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/saes/elsewhere")
    expect(page.get_by_role("region", name="What it is")).to_contain_text("L3.resid_post")
    here = page.get_by_role("region", name="On a short text, here")
    expect(here).to_contain_text("FVU")
    expect(here).to_contain_text("loss recovered")
    page.get_by_role("button", name="Forget").click()
    page.wait_for_url("**/saes")
    expect(page.get_by_role("link", name=HARVESTED)).to_be_visible()
    expect(page.get_by_role("link", name="elsewhere")).to_have_count(0)
    assert (folder / "cfg.json").is_file()


def test_one_of_another_width_says_what_it_fits(visit: Visit, library: Library) -> None:
    folder = library.texts / "wide"
    write_sae(folder, sae(1, d_in=96, model="another"))
    page = visit("/saes")
    page.get_by_role("textbox", name="Path or hub id").fill(str(folder))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/saes/wide")
    expect(page.get_by_role("heading", name="wide")).to_be_visible()
    expect(page.get_by_text("does not fit", exact=True)).to_be_visible()
    head = page.get_by_role("banner").or_(page.locator("header")).filter(has_text="reads d_in=96")
    expect(head).to_contain_text("has d_model=64")
    expect(head).to_contain_text("Load the model that it was trained on: --model another")
    expect(page.get_by_role("region", name="On a short text, here")).to_contain_text("Nothing was measured")
    page.get_by_role("button", name="Forget").click()
    page.wait_for_url("**/saes")


@pytest.mark.usefixtures("library")
def test_two_stand_side_by_side_as_the_address_says(visit: Visit) -> None:
    page = visit(f"/saes?q=walk_layer&a={HARVESTED}")
    expect(page.get_by_text("choose another to compare it with")).to_be_visible()
    table = page.get_by_role("table", name="Sparse autoencoders")
    expect(table.get_by_role("link")).to_have_text(["walk_layer_1", "walk_layer_2", "walk_layer_4"])
    table.get_by_role("checkbox", name="Select row 3").click()
    page.wait_for_url(f"**a={HARVESTED}&b={PLAIN}")
    side = page.get_by_role("region", name="Side by side")
    for row, cells in (
        ("reads", ["L1.resid_post", "L4.resid_post", "differs"]),
        ("features", [str(N_FEATURES), str(N_FEATURES), "same"]),
        ("L0", [str(K), str(K), "0"]),
        ("FVU", ["0.1", "0.4", "+0.3"]),
    ):
        found = side.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True))
        expect(found.get_by_role("cell")).to_have_text(cells)
    theirs = visit(page.url)
    expect(theirs.get_by_role("region", name="Side by side")).to_be_visible()
    side.get_by_role("button", name="Stop comparing").click()
    expect(side).to_have_count(0)


def test_files_are_deleted_after_a_question_that_names_them(visit: Visit, library: Library) -> None:
    folder = write_sae(library.server.home / "saes" / "spare", sae(3))
    page = visit("/saes/spare")
    asks, dialog = page.get_by_role("button", name="Delete…"), page.get_by_role("dialog", name="Delete spare?")
    asks.press("Enter")
    expect(dialog).to_contain_text(str(folder))
    expect(dialog).to_contain_text("not harvested")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(asks).to_be_focused()
    assert (folder / "cfg.json").is_file()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Delete its files").click()
    page.wait_for_url("**/saes")
    expect(page.get_by_role("link", name=HARVESTED)).to_be_visible()
    assert not folder.exists()


@pytest.mark.complains("404")
def test_the_address_of_a_folder_that_was_renamed_leads_to_it(visit: Visit, library: Library) -> None:
    folder = write_sae(library.server.home / "saes" / "before", sae(3))
    page = visit("/saes/before")
    expect(page.get_by_role("region", name="What it is")).to_be_visible()  # It is known by its name now.
    folder = folder.rename(folder.parent / "after")
    page.reload()
    page.wait_for_url("**/saes/after")
    expect(page.get_by_text("The SAE “before” is called “after” now")).to_be_visible()
    expect(page.get_by_role("region", name="What it is")).to_contain_text("before")
    shutil.rmtree(folder)
