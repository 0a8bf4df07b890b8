"""A run's page: its files as what they are, its environment, and the ways to another run of its kind."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect
from safetensors.torch import save_file

from tests.e2e.conftest import Visit
from tests.e2e.runs_made import MadeRuns, ended
from tests.e2e.serving import Server


def open_file(page: Page, path: str) -> None:
    page.get_by_role("navigation", name="Files").get_by_role("link", name=path).click()
    page.wait_for_url(f"**path={path}*")


def field(page: Page, name: str) -> Any:
    return page.get_by_role("textbox", name=name, exact=True)


def picture(width: int) -> bytes:
    """A grey PNG, one pixel high."""
    chunks = ((b"IHDR", struct.pack(">2I5B", width, 1, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(width + 1))))
    parts = [*chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


@pytest.fixture(scope="module")
def drawn(stocked: Server, made_runs: MadeRuns) -> str:
    """A run whose family has also written a picture and tensors."""
    folder = stocked.home / "runs" / made_runs.trained / "plots"
    folder.mkdir(exist_ok=True)
    (folder / "loss.png").write_bytes(picture(7))
    tensors = {"W_dec": torch.arange(6.0).reshape(2, 3)}
    save_file(tensors, folder / "directions.safetensors", {"site": "L2.resid_post"})
    return made_runs.trained


def test_files_are_shown_as_what_they_are(visit: Visit, stocked: Server, drawn: str) -> None:
    page = visit(f"{stocked.url}/runs/{drawn}?tab=artifacts")
    open_file(page, "metrics.json")
    fvu = stocked.get(f"/api/runs/{drawn}")["metrics"]["fvu"]
    expect(page.get_by_role("tree", name="metrics.json").get_by_text(f"{fvu:.7g}", exact=True)).to_be_visible()

    open_file(page, "tables/compared.parquet")
    table = page.get_by_role("table", name="tables/compared.parquet")
    expect(table).to_have_attribute("aria-rowcount", "5")
    expect(page.get_by_text("4 rows, 6 columns")).to_be_visible()
    table.get_by_role("button", name="name", exact=True).click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("autoencoder")

    open_file(page, "plots/directions.safetensors")
    expect(page.get_by_role("tree", name="metadata")).to_contain_text("L2.resid_post")
    row = page.get_by_role("table", name="plots/directions.safetensors").get_by_role("row").nth(1)
    for text in ("W_dec", "2 × 3", "2.5"):
        expect(row).to_contain_text(text)

    open_file(page, "plots/loss.png")
    image = page.get_by_role("img", name="plots/loss.png")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 7

    open_file(page, "log.jsonl")
    expect(page.get_by_text('"text": "Succeeded."')).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="log.jsonl")).to_contain_text("Succeeded.")


def test_the_environment_says_what_it_was_made_with(visit: Visit, stocked: Server, made_runs: MadeRuns) -> None:
    page = visit(f"{stocked.url}/runs/{made_runs.recorded}?tab=env")
    told = stocked.get(f"/api/runs/{made_runs.recorded}")["environment"]
    tree = page.get_by_role("tree", name="environment")
    page.get_by_role("textbox", name="Search in environment").fill("torch")
    expect(tree).to_contain_text(told["packages"]["torch"])
    page.get_by_role("textbox", name="Search in environment").fill("sha256")
    expect(tree).to_contain_text(told["models"][0]["weights_sha256"])


def test_a_run_is_run_again(visit: Visit, stocked: Server, made_runs: MadeRuns) -> None:
    page = visit(f"{stocked.url}/runs/{made_runs.recorded}")
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: "/runs/" in url and made_runs.recorded not in url)
    again = ended(stocked, page.url.rsplit("/", 1)[1])
    assert again["row"]["status"] == "succeeded"
    assert again["spec"] == stocked.get(f"/api/runs/{made_runs.recorded}")["spec"]
    expect(page.locator("header").get_by_text("succeeded", exact=True)).to_be_visible()


@pytest.mark.complains("400")
def test_a_duplicate_has_what_was_changed_and_the_rest(visit: Visit, stocked: Server, made_runs: MadeRuns) -> None:
    before = stocked.get(f"/api/runs/{made_runs.trained}")["spec"]
    page = visit(f"{stocked.url}/runs/{made_runs.trained}")
    page.get_by_role("link", name="Duplicate with changes").click()
    expect(page.get_by_text("Filled from trained")).to_be_visible()
    for name, value in (("Steps", "30"), ("d_sae", "64"), ("K", "4"), ("Out", before["out"])):
        expect(field(page, name)).to_have_value(value)
    field(page, "Steps").fill("20")
    field(page, "Out").fill(str(made_runs.folder / "fewer"))
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/[\w-]+"))
    after = ended(stocked, page.url.rsplit("/", 1)[1])
    assert after["row"]["status"] == "succeeded"
    assert after["spec"] == {**before, "steps": 20, "out": str(made_runs.folder / "fewer")}
    expect(page.get_by_role("figure", name=re.compile("^loss.*20 points"))).to_be_visible()


@pytest.mark.complains("400")
def test_a_training_into_a_place_that_is_taken_goes_beside_it_with_one_click(
    visit: Visit, stocked: Server, made_runs: MadeRuns
) -> None:
    before = stocked.get(f"/api/runs/{made_runs.trained}")["spec"]
    page = visit(f"{stocked.url}/experiments/train_sae/new?from={made_runs.trained}")
    expect(page.get_by_role("alert")).to_contain_text("There is an SAE already")
    expect(page.get_by_role("button", name="Replace what stands there")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Write to ")).click()
    expect(field(page, "Out")).to_have_value(f"{before['out']}-2")
    expect(page.get_by_text(f"Writes {before['out']}-2/")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.complains("400")
def test_a_sweep_is_queued_from_the_form_as_many_runs_as_it_says(
    visit: Visit, stocked: Server, made_runs: MadeRuns
) -> None:
    page = visit(f"{stocked.url}/experiments/train_sae/new?from={made_runs.trained}")
    for number, (name, values) in enumerate((("Seed", "1, 2, 3"), ("Architecture: k", "2, 4")), start=1):
        page.get_by_role("button", name=re.compile("^Vary a")).click()
        page.get_by_role("combobox", name=f"Field {number}").fill(name)
        page.get_by_role("option", name=name, exact=True).click()
        page.get_by_role("textbox", name=f"Values {number}").fill(values)
    field(page, "Tag of all runs").fill("six seeds")
    page.get_by_label("Hold it").check()
    page.get_by_role("button", name="Queue 6 runs").click()
    page.wait_for_url("**/runs?tag=*")
    expect(page.get_by_role("table", name="Runs")).to_have_attribute("aria-rowcount", "7")
    rows = stocked.get("/api/runs?tag=six%20seeds")["rows"]
    assert {(row["status"], row["asked"].split(" · ")[0]) for row in rows} == {
        ("paused", "architecture topk, k 2"),
        ("paused", "architecture topk, k 4"),
    }
    for row in rows:
        stocked.http.delete(f"/api/runs/{row['id']}").raise_for_status()


@pytest.mark.complains("400")
def test_a_failed_run_says_what_to_do_and_is_put_right(visit: Visit, stocked: Server, made_runs: MadeRuns) -> None:
    page = visit(f"{stocked.url}/runs/{made_runs.failed}")
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("torn.jsonl is no JSON")
    expect(trouble).to_contain_text("Write one value a line.")
    page.get_by_role("link", name="Duplicate with changes").click()
    expect(field(page, "Dataset")).to_have_value(str(made_runs.folder / "torn.jsonl"))
    field(page, "Dataset").fill(str(made_runs.texts))
    field(page, "Out").fill(str(made_runs.folder / "something.parquet"))
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/[\w-]+"))
    expect(page.locator("header").get_by_text("succeeded", exact=True)).to_be_visible()
    assert Path(made_runs.folder / "something.parquet").exists()


def test_a_new_run_is_of_the_model_at_the_top_left(visit: Visit, stocked: Server) -> None:
    chosen = stocked.get("/api/model_info")["name"]
    page = visit(f"{stocked.url}/experiments/record_activations/new")
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value(chosen)
    page.get_by_role("combobox", name="Layers").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Records L1.resid_post of {chosen} over")).to_be_visible()
