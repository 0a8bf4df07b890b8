"""From a token of a chat to a feature and back; a text coloured by one; a feature's own page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, PLAIN, K, Library
from tests.e2e.seen import panel
from tests.e2e.serving import Server, until

TOKEN = 12


@pytest.fixture(scope="module")
def conversation(server: Server) -> str:
    return server.conversation("The capital of France is", 10)


def features_of(page: Page, sae: str) -> Locator:
    return panel(page, TOKEN).get_by_role("region", name=f"Features of {sae}")


def features_at(page: Page, position: int) -> Locator:
    return panel(page, position).get_by_role("region", name=f"Features of {HARVESTED}")


def listed(reading: Locator) -> list[str]:
    """The rows as they are written."""
    expect(reading.get_by_role("row").nth(1)).to_be_visible()
    return reading.locator("tbody tr").all_inner_texts()


def shades(page: Page) -> list[float]:
    """Of the tokens that a shade lies on."""
    levels: list[str] = page.locator("[role=option][data-pos]").evaluate_all(
        "all => all.map(one => one.style.getPropertyValue('--level'))"
    )
    return [float(level) for level in levels if level]


@pytest.mark.usefixtures("library")
def test_from_a_token_to_a_feature_and_back_to_the_same_token(visit: Visit, conversation: str) -> None:
    page = visit(f"/chat/{conversation}?token={TOKEN}")
    panel(page, TOKEN).get_by_text("Features", exact=True).click()
    page.wait_for_url("**view=features*")
    reading = features_of(page, HARVESTED)
    before = listed(reading)
    assert len(before) == K
    for fact in (rf"L0\s*{K}", r"FVU\s*\d", r"error\s*[\d.]+ of [\d.]+"):
        expect(reading).to_contain_text(re.compile(fact))
    shares = [float(row.split()[-1].replace("−", "-").replace("+", "")) for row in before]
    assert sum(shares) == pytest.approx(1, abs=0.01 * K)
    names = [region.get_attribute("aria-label") for region in panel(page, TOKEN).get_by_role("region").all()]
    assert names == [f"Features of walk_layer_{layer}" for layer in (1, 2, 4)]
    expect(features_of(page, PLAIN).get_by_role("link")).to_have_attribute("href", f"/saes/{PLAIN}")
    here = page.url
    first = reading.locator("tbody").get_by_role("link").first
    index = re.findall(r"\d+", first.inner_text())[0]
    first.click()
    page.wait_for_url(f"**/features/{HARVESTED}/{index}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(index)
    page.go_back()
    page.wait_for_url(here)
    assert listed(features_of(page, HARVESTED)) == before


@pytest.mark.usefixtures("library")
def test_a_feature_colours_the_text_until_it_is_taken_away(visit: Visit, conversation: str) -> None:
    page = visit(f"/chat/{conversation}?token={TOKEN}&view=features")
    row = features_of(page, HARVESTED).locator("tbody tr").first
    index = re.findall(r"\d+", row.get_by_role("link").inner_text())[0]
    row.get_by_role("button", name="Colour the text by it").click()
    page.wait_for_url(f"**by=feature:{HARVESTED}/{index}*")
    expect(page.get_by_text("coloured by")).to_have_text(f"coloured by {HARVESTED}/{index}")
    expect(page.get_by_role("link", name=f"{HARVESTED}/{index}")).to_have_attribute(
        "href", f"/features/{HARVESTED}/{index}"
    )
    colored = shades(page)
    assert max(colored) > 0
    page.reload()
    expect(page.get_by_text("in no statistic")).to_be_visible()
    assert shades(page) == colored
    page.get_by_role("button", name="Stop colouring by the feature").click()
    page.wait_for_url(lambda url: "by=" not in url)
    expect(page.get_by_text("coloured by")).to_have_count(0)
    page.goto(f"/chat/{conversation}?by=feature:{PLAIN}/3")
    expect(page.get_by_role("link", name=f"{PLAIN}/3")).to_have_attribute("href", f"/saes/{PLAIN}")


def a_live_one(library: Library) -> tuple[int, int, int]:
    """One in the middle with those before and behind it."""
    live = [row["index"] for row in library.live()]
    middle = len(live) // 2
    return live[middle - 1], live[middle], live[middle + 1]


def drawn_another(page: Page, than: int) -> bool:
    page.get_by_role("button", name="Random feature").click()
    page.wait_for_timeout(500)
    return f"/{than}?" not in page.url


def test_from_feature_to_feature(visit: Visit, library: Library) -> None:
    before, here, behind = a_live_one(library)
    page = visit(f"/features/{HARVESTED}/{here}?ex=rand")
    expect(page.get_by_role("heading", level=1)).to_contain_text("No label yet")
    for key, index in (("]", behind), ("[", here), ("[", before)):
        page.keyboard.press(key)
        page.wait_for_url(f"**/features/{HARVESTED}/{index}?ex=rand")
        # While it is fetched there is no step to take.
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{index} No label yet")
    until(lambda: drawn_another(page, before), 20, "a draw may hit the same one, but not for ever")
    page.goto(f"/features/{HARVESTED}/{here}?tab=geometry")
    near = page.get_by_role("list", name="Nearest by decoder").get_by_role("link").first
    to = near.get_attribute("href") or ""
    near.click()
    page.wait_for_url(f"**{to}*")


def test_a_star_a_label_and_what_stood_there_before(visit: Visit, library: Library) -> None:
    here = a_live_one(library)[1]
    page = visit(f"/features/{HARVESTED}/{here}?tab=notes")
    page.get_by_role("button", name="Star").click()
    expect(page.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("textbox", name="New label").fill("first guess")
    page.get_by_role("button", name="Say it").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("first guess")
    page.get_by_role("button", name="Change this label").click()
    page.get_by_role("textbox", name="New text").fill("better guess")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(title).to_contain_text("better guess")
    said = page.get_by_role("region", name="Labels and notes")
    expect(said.get_by_role("listitem")).to_have_count(2)
    expect(said.get_by_role("listitem").last).to_contain_text("first guess")
    page.get_by_text("note", exact=True).click()
    page.get_by_role("textbox", name="New note").fill("look at commas")
    page.get_by_role("button", name="Say it").click()
    expect(said.get_by_text("look at commas")).to_be_visible()
    page.get_by_role("button", name="Take this label back").click()
    expect(title).to_contain_text("No label yet")
    page.get_by_role("button", name="Undo").click()
    expect(title).to_contain_text("better guess")


def test_a_text_of_ones_own_is_shaded_while_it_is_typed(visit: Visit, library: Library) -> None:
    shown = sorted(library.live(), key=lambda row: -row["density"])[0]
    page = visit(f"/features/{HARVESTED}/{shown['index']}")
    tried = page.get_by_role("region", name="Try a text")
    tried.get_by_role("textbox").fill("The cat sat on the mat and the dog ran")
    expect(tried.get_by_text(re.compile(r"^Fires at \d+ of \d+ tokens"))).to_be_visible()
    page.wait_for_url("**text=The+cat*")
    says = tried.inner_text()
    page.reload()
    expect(tried.get_by_text(re.compile(r"^Fires at \d+ of \d+ tokens"))).to_be_visible()
    assert tried.inner_text() == says


def a_whole_example(library: Library) -> tuple[int, dict[str, Any]]:
    """With all that stood before it: its feature, and the strongest of them."""
    begins = library.server.get("/api/model_info")["begins"]
    features = [library.server.get(f"/api/features/{HARVESTED}/{row['index']}") for row in library.live()]
    strongest = [(one["row"]["index"], one["examples"][0]) for one in features]
    return next((index, example) for index, example in strongest if example["start"] <= len(begins))


def test_an_example_is_tried_and_looked_at_with_its_own_tokens(visit: Visit, library: Library) -> None:
    index, example = a_whole_example(library)
    page = visit(f"/features/{HARVESTED}/{index}")
    written = page.get_by_role("list", name="Examples: top").get_by_role("listitem").first
    expect(written).to_contain_text(f"{example['activation']:.2f}")
    written.get_by_role("link", name="try").click()
    page.wait_for_url("**ids=*")
    expect(page.get_by_text(re.compile(r"^Fires at \d+ of \d+ tokens"))).to_contain_text(f"{example['activation']:.2f}")
    written.get_by_role("link", name="lens").click()
    page.wait_for_url(f"**/lens/*by=feature:{HARVESTED}/{index}*")
    expect(page.get_by_text("coloured by")).to_have_text(f"coloured by {HARVESTED}/{index}")
    row = features_at(page, example["position"]).get_by_role("row").filter(has=page.get_by_text(str(index), exact=True))
    expect(row).to_contain_text(f"{example['activation']:.2f}")


def test_neuronpedias_shape_goes_out_and_its_labels_come_in(visit: Visit, library: Library, tmp_path: Path) -> None:
    here = a_live_one(library)[2]
    page = visit(f"/features/{HARVESTED}/{here}")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="Neuronpedia JSON").click()
    out = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(out)
    batch: dict[str, Any] = json.loads(out.read_text())
    (feature,) = batch["features"]
    assert feature["index"] == here
    explanation = {"text": "from elsewhere", "methodName": "auto", "modelName": "somebody"}
    out.write_text(json.dumps({**batch, "features": [{**feature, "explanations": [explanation]}]}))
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Import Neuronpedia labels…").click()
    chooser.value.set_files(out)
    expect(page.get_by_text("1 label imported")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("from elsewhere")
