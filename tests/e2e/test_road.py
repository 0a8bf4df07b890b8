"""From a layer's activations to the page of a feature, with clicks, on the bundled model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from microscope.engine.weights import BUNDLED
from tests.e2e.conftest import Visit
from tests.e2e.serving import Server, until

RUN_S = 120
ENDED = ("succeeded", "failed", "cancelled")

At = Callable[[str], Page]


@pytest.fixture(scope="module")
def lab(stocked: Server) -> Iterator[Server]:
    """A server with the bundled model."""
    if not (BUNDLED["specimen"] / "config.json").is_file():
        pytest.skip("no bundled model")
    stocked.post("/api/load-model", model="specimen")
    yield stocked
    stocked.post("/api/load-model", model=str(stocked.model))


@pytest.fixture
def at(visit: Visit, lab: Server) -> At:
    """`at("/saes")` is a page of that server."""
    return lambda path: visit(lab.url + path)


def ran(lab: Server, **spec: Any) -> Any:
    """A run that has succeeded, made without a browser."""
    id = lab.post("/api/runs", spec=spec)["id"]
    until(lambda: lab.get(f"/api/runs/{id}")["row"]["status"] in ENDED, RUN_S, f"{spec['kind']} ends")
    run = lab.get(f"/api/runs/{id}")
    assert run["row"]["status"] == "succeeded", run["row"]["failure"]
    return run


@pytest.fixture(scope="module")
def two(lab: Server) -> tuple[str, str]:
    """Slugs of two SAEs of layers 4 and 9, of which no bundled SAE is; the second one is harvested."""
    sites = {"layers": [4, 9], "max_tokens": 3000, "context_size": 128, "model": "specimen"}
    [recording] = ran(lab, kind="record_activations", **sites)["made"]
    small = {"activations": [recording["path"]], "d_sae": 128, "steps": 40, "batch_rows": 256}
    for layer in (4, 9):
        ran(lab, kind="train_sae", site=f"L{layer}.resid_post", out=str(lab.home / "saes"), **small)
    ran(lab, kind="harvest", sae="sae_layer_9", name="sae_layer_9", activations=recording["path"], least=2)
    return "sae_layer_4", "sae_layer_9"


def fill(page: Page, fields: dict[str, object]) -> None:
    """Fields of a run's form by their titles."""
    for name, value in fields.items():
        page.get_by_role("textbox", name=name, exact=True).fill(str(value))


def start(page: Page) -> None:
    """The form's button; returns on the page of a run that has succeeded."""
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/[\w-]+"))
    expect(page.locator("header").get_by_text("succeeded", exact=True)).to_be_visible(timeout=RUN_S * 1000)


def made(page: Page) -> Locator:
    return page.get_by_role("region", name="Made and used")


@pytest.mark.complains("400")
def test_from_activations_to_a_feature_with_clicks(at: At, lab: Server) -> None:
    page = at("/runs")
    page.get_by_role("button", name="New run").click()
    page.get_by_role("menuitem", name="Record activations").click()
    page.get_by_role("combobox", name="Layers").fill("8")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Model", exact=True).fill("specimen")
    fill(page, {"Max tokens": 3000, "Context size": 128})
    expect(page.get_by_text("Records L8.resid_post of specimen")).to_be_visible()
    start(page)
    expect(page.get_by_role("treeitem", name=re.compile("^documents"))).to_be_visible()

    made(page).get_by_role("link", name="Train an SAE on it").click()
    fill(page, {"Steps": 60, "Batch rows": 256, "d_sae": 256, "K": 8, "Out": lab.home / "saes", "Name": "walked"})
    start(page)
    expect(page.get_by_role("heading", name="walked", level=1)).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^loss.*60 points"))).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^Features by density"))).to_be_visible()

    made(page).get_by_role("link", name="Evaluate it").click()
    fill(page, {"Rows": 500, "Tokens": 300})
    start(page)
    expect(page.get_by_text("loss_recovered", exact=True).first).to_be_visible()
    page.go_back()
    page.go_back()
    made(page).get_by_role("link", name="Harvest its features").click()
    fill(page, {"Max tokens": 3000, "Least": 2})
    start(page)
    made(page).get_by_role("link", name="Features of sae_layer_8").click()

    table = page.get_by_role("table", name="Features of sae_layer_8")
    expect(table).to_have_attribute("aria-rowcount", re.compile(r"^(2[0-4]\d|25[0-7])$"))
    table.get_by_role("button", name="density").click()
    page.wait_for_url("**sort=density*")
    first = table.get_by_role("link").first
    index = first.inner_text()
    first.click()
    page.wait_for_url(f"**/features/sae_layer_8/{index}*")
    tried = page.get_by_role("region", name="Try a text")
    tried.get_by_role("textbox").fill("The cat sat on the mat. Once upon a time there was a king.")
    expect(tried.get_by_text(re.compile(r"^(Fires at \d+ of \d+ tokens|It fires at no token)"))).to_be_visible()
    page.wait_for_url("**text=The+cat*")
    page.get_by_role("button", name="Next feature").click()
    page.wait_for_url(lambda url: "/features/sae_layer_8/" in url and f"/{index}?" not in url)
    page.go_back()
    page.wait_for_url(f"**/features/sae_layer_8/{index}*")
    page.go_back()
    page.wait_for_url("**/features?sae=sae_layer_8*")
    expect(table).to_be_visible()


@pytest.mark.complains("400")
@pytest.mark.usefixtures("two")
def test_curves_grow_while_it_trains_and_a_stop_is_told(at: At, lab: Server) -> None:
    trained = lab.get("/api/runs?family=train_sae&limit=1")["rows"][0]["id"]
    page = at(f"/experiments/train_sae/new?from={trained}")
    fill(page, {"Steps": 20_000, "Name": "long"})
    expect(page.get_by_text("Write into another folder (Out")).to_be_visible()
    fill(page, {"Out": lab.home / "saes" / "long"})
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/[\w-]+"))
    figure = page.get_by_role("figure", name=re.compile(r"^loss.*\d points"))
    points = lambda: int(re.findall(r"(\d+) points", figure.get_attribute("aria-label") or "")[0])  # noqa: E731
    expect(figure).to_be_visible()
    before = points()
    until(lambda: points() > before, 30, "the curve grows")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("header").get_by_text("cancelled", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Requeue")).to_be_visible()
    until(lambda: lab.get("/api/queue")["running"] == [], 10, "nobody works on it")


def test_an_export_comes_back_as_an_import(at: At, two: tuple[str, str], tmp_path: Path) -> None:
    page = at(f"/saes/{two[0]}")
    tensors = page.get_by_role("region", name="Tensors")
    expect(tensors).to_contain_text("W_dec")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="float32, zip").click()
    copy = tmp_path / "copied.zip"
    download.value.save_as(copy)
    page.get_by_role("link", name="SAEs", exact=True).click()
    page.get_by_role("textbox", name="Path or hub id").fill(str(copy))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(lambda url: "/saes/" in url and not url.endswith(two[0]))
    what = page.get_by_role("region", name="What it is")
    expect(what).to_contain_text("L4.resid_post")
    expect(what).to_contain_text("128")
    expect(page.get_by_role("region", name="On a short text, here")).to_contain_text("FVU")
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete its files").click()
    page.wait_for_url("**/saes")


@pytest.mark.complains("404")
def test_a_path_that_holds_no_sae_is_refused_in_words(at: At, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page = at("/saes")
    page.get_by_role("textbox", name="Path or hub id").fill(str(tmp_path / "empty"))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("region", name="Import").get_by_role("alert")).to_contain_text("empty")


def test_two_saes_stand_side_by_side(at: At, two: tuple[str, str]) -> None:
    page = at(f"/saes?a={two[0]}&b={two[1]}")
    pair = page.get_by_role("region", name="Side by side")
    for row, cells in (("reads", ["L4.resid_post", "L9.resid_post", "differs"]), ("features", ["128", "128", "same"])):
        found = pair.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True))
        expect(found.get_by_role("cell")).to_have_text(cells)
    expect(pair.get_by_text("better").first).to_be_visible()
    pair.get_by_role("button", name="Stop comparing").click()
    expect(pair).to_have_count(0)
    assert page.url.endswith("/saes")
