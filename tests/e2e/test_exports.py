"""What leaves the page holds the numbers that stand on it."""

import csv
import json
import math
import re
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load, load_file

from tests.e2e.conftest import Visit
from tests.e2e.seen import at_least, connected, ids, layers, open_chat, panel
from tests.e2e.serving import Server

POSITION = 6


@pytest.fixture
def lens(page: Page, server: Server) -> Page:
    """A trace, with a token selected."""
    hash = server.post("/api/traces", text="The capital of France is Paris. 😀, <b>")["hash"]
    page.goto(f"/lens/{hash}?token={POSITION}")
    page.locator("canvas[data-ready]").wait_for()
    return page


def exported(page: Page, name: str, folder: Path) -> Path:
    """Export → this; where the file lies then."""
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name=name, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_csv_and_json_hold_the_numbers_on_screen(lens: Page, tmp_path: Path) -> None:
    with exported(lens, "CSV", tmp_path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    objects = json.loads(exported(lens, "JSON", tmp_path).read_text())
    assert len(rows) == len(objects) == 7 * len(ids(lens))
    grid = read_grid(lens)
    ranks = [item["rank"] for item in objects if item["position"] == POSITION]
    assert ranks == grid["rank"][:, POSITION].tolist()
    for row, item in zip(rows, objects, strict=True):
        assert row["position"] == str(item["position"])
        assert row["top1_prob"] == ("" if item["top1_prob"] is None else str(item["top1_prob"]))
    shown = layers(panel(lens, POSITION))
    here = [item for item in objects if item["position"] == POSITION]
    assert [f"L{item['layer']}" if item["layer"] != "embed" else "embed" for item in here[::-1]] == [
        row.layer for row in shown
    ]
    for item, row in zip(here[::-1], shown, strict=True):
        assert item["top1_id"] == row.id
        assert math.isclose(item["top1_prob"], row.probability, rel_tol=0.01)


def read_grid(page: Page, search: str = "") -> dict[str, np.ndarray]:
    """The grid of the page's trace, from the API."""
    hash = page.url.split("/lens/")[1].split("?")[0]
    origin = page.evaluate("location.origin")
    return load(urlopen(f"{origin}/api/traces/{hash}/grid{search}").read())


def test_safetensors_hold_the_numbers_on_screen(lens: Page, tmp_path: Path) -> None:
    grid = load_file(exported(lens, "safetensors", tmp_path))
    assert grid["ids"].tolist() == ids(lens)
    for row, shown in enumerate(reversed(layers(panel(lens, POSITION)))):
        assert grid["top_ids"][row, POSITION] == shown.id
        assert math.isclose(math.exp(grid["top_logprob"][row, POSITION]), shown.probability, rel_tol=0.01)


def test_pictures_open_and_say_what_they_show(lens: Page, tmp_path: Path) -> None:
    svg = ElementTree.parse(exported(lens, "SVG", tmp_path)).getroot()
    assert svg.tag.endswith("svg")
    text = " ".join(svg.itertext())
    assert "logit lens" in text
    assert "L5" in text
    assert "embed" in text
    assert not svg.findall(".//{http://www.w3.org/2000/svg}b")
    png = exported(lens, "PNG", tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 7 * 20
    assert height > 7 * 10
    size = lens.evaluate(
        """async data => {
            const bytes = Uint8Array.from(data);
            const picture = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
            return [picture.width, picture.height];
        }""",
        list(png),
    )
    assert size == [width, height]


def test_the_copied_python_prints_the_same_tokens(lens: Page) -> None:
    lens.get_by_role("button", name="Export", exact=True).click()
    lens.get_by_role("menuitem", name="Copy as Python").click()
    expect(lens.get_by_text("Python copied.")).to_be_visible()
    script: str = lens.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    tops = " ".join(str(row.id) for row in reversed(layers(panel(lens, POSITION))))
    assert tops in " ".join(ran.stdout.replace("[", " ").replace("]", " ").split())


def test_the_copied_python_reads_the_span_the_layers_and_both_sides(page: Page, server: Server) -> None:
    """The token is selected inside the span, then outside of it."""
    texts = ("The capital of France is Paris. 😀, <b>", "The dog ran after the cat and the bird. 😀")
    mine, other = [server.post("/api/traces", text=text)["hash"] for text in texts]
    for selected, read, says in ((4, 4, ""), (1, 3, "token 1 lies outside of the span")):
        page.goto(f"/lens/{mine}?token={selected}&span=3-5&layers=1-3&read=after&vs={other}")
        page.locator("canvas[data-ready]").wait_for()
        expect(page.get_by_role("region", name="Other text")).to_be_visible()
        page.get_by_role("button", name="Export", exact=True).click()
        page.get_by_role("menuitem", name="Copy as Python").click()
        expect(page.get_by_text("Python copied.").first).to_be_visible()
        script: str = page.evaluate("navigator.clipboard.readText()")
        assert says in script
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=False)
        assert ran.returncode == 0, ran.stderr
        for hash, line in zip((mine, other), re.findall(r"\[([\d ]+)\]", ran.stdout), strict=True):
            grid = load(server.http.get(f"/api/traces/{hash}/grid?read=after").content)
            assert [int(id) for id in line.split()] == grid["top_ids"][2:5, read].tolist()


def test_the_copied_curl_command_saves_the_same_file(lens: Page, tmp_path: Path) -> None:
    lens.get_by_role("button", name="Export", exact=True).click()
    lens.get_by_role("menuitem", name="Copy as curl").click()
    expect(lens.get_by_text("curl command copied.")).to_be_visible()
    script: str = lens.evaluate("navigator.clipboard.readText()")
    subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, timeout=120, check=True)
    assert load_file(tmp_path / "lens.safetensors")["ids"].tolist() == ids(lens)


def test_a_bundle_opens_the_same_view_on_another_server(
    page: Page, visit: Visit, server: Server, second_server: Server, tmp_path: Path
) -> None:
    id = server.conversation("The dog ran after the cat", 9)
    open_chat(page, id, token=15)
    mine = layers(panel(page, 15))
    bundle = exported(page, "Bundle", tmp_path)

    theirs = visit(second_server.url)
    connected(theirs)
    with theirs.expect_file_chooser() as chooser:
        theirs.get_by_role("button", name="Open a bundle").click()
    chooser.value.set_files(bundle)
    theirs.wait_for_url("**/chat/**")
    at_least(theirs, 15)
    assert ids(theirs) == ids(page)
    assert urlsplit(theirs.url)[2:] == urlsplit(page.url)[2:]
    for my, their in zip(mine, layers(panel(theirs, 15)), strict=True):
        assert my.id == their.id
        assert math.isclose(my.probability, their.probability, rel_tol=1e-4)


def test_a_bundle_holds_both_sides_of_a_comparison_and_the_view(
    page: Page, visit: Visit, server: Server, second_server: Server, tmp_path: Path
) -> None:
    mine, other = [server.post("/api/traces", text=text)["hash"] for text in ("The fox sat down", "A bird in the")]
    page.goto(f"/lens/{mine}?token=3&read=after&k=3&layers=1-4&span=1-3&vs={other}")
    expect(page.get_by_role("region", name="Other text")).to_contain_text("A bird in the")
    shown = layers(panel(page, 3))[:7]
    columns = json.loads(exported(page, "JSON", tmp_path).read_text())
    grid = load(server.http.get(f"/api/traces/{other}/grid?read=after").content)
    assert [item["vs_top1_id"] for item in columns if item["position"] == 3] == grid["top_ids"][2:6, 3].tolist()
    assert [item["vs_rank"] for item in columns if item["position"] == 2] == grid["rank"][2:6, 2].tolist()
    bundle = exported(page, "Bundle", tmp_path)

    theirs = visit(second_server.url)
    connected(theirs)
    with theirs.expect_file_chooser() as chooser:
        theirs.get_by_role("button", name="Open a bundle").click()
    chooser.value.set_files(bundle)
    theirs.wait_for_url("**/lens/**")
    expect(theirs.get_by_role("region", name="Other text")).to_contain_text("A bird in the")
    assert urlsplit(theirs.url)[2:] == urlsplit(page.url)[2:]
    assert [row.id for row in layers(panel(theirs, 3))[:7]] == [row.id for row in shown]


def test_what_an_import_warns_of_stays_until_it_is_dismissed(page: Page, server: Server, tmp_path: Path) -> None:
    bundle = server.get(f"/api/conversations/{server.conversation('The cat sat', 4)}/export")
    for one in (bundle, *bundle["conversations"]):
        one["weights_sha256"] = "ab" * 32
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle))
    page.goto("/")
    connected(page)
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_url("**/chat/**")
    notice = page.get_by_role("alert").filter(has_text="The bundle was imported")
    expect(notice).to_contain_text("has other weights here")
    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_role("heading", name="Recent conversations").wait_for()
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)


@pytest.mark.complains("400|422")
def test_a_file_that_is_no_bundle_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    connected(page)
    file = tmp_path / "wrong.json"
    for content, says in (("not json", "not JSON"), ('{"a": 1}', "model_name")):
        file.write_text(content)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_role("alert").filter(has_text=says)).to_be_visible()
