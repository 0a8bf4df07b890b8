"""A feature is steered on its page, kept as a patch, and found again with the same numbers."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from microscope.engine.weights import BUNDLED
from tests.e2e.access import PHONE, in_every_look, sticks_out, violations
from tests.e2e.conftest import Visit
from tests.e2e.seen import connected, layers, panel, strip
from tests.e2e.serving import Server, until

SAE = "sae_layer_7"
"""One that is shipped."""

TOKENS = 1000
"""Of the bundled corpus that its features are told from."""

N_CONTROLS = 4


@pytest.fixture(scope="module")
def address(server: Server) -> Iterator[str]:
    """The feature of the bundled model's SAE that fires most, while that model is the current one."""
    if not (BUNDLED["specimen"] / "config.json").is_file():
        pytest.skip("no bundled model")
    slug = server.post("/api/load-model", model="specimen")["slug"]
    spec = {"kind": "harvest", "sae": SAE, "model": slug, "dataset": "bundled", "max_tokens": TOKENS}
    run = server.post("/api/runs", spec=spec)["id"]
    until(lambda: server.get(f"/api/runs/{run}")["row"]["status"] == "succeeded", 60, "the harvest succeeds")
    rows = server.get(f"/api/features?sae={SAE}&sort=max&desc=true&limit=1")["rows"]
    yield f"/features/{SAE}/{rows[0]['index']}"
    shutil.rmtree(server.home / "features" / SAE)
    server.post("/api/load-model", model=str(server.model))


def table(page: Page) -> Locator:
    return page.get_by_role("table", name="Next token, before and after")


def divergence(page: Page) -> Locator:
    return page.get_by_role("region", name="How much changes")


def said(page: Page) -> tuple[list[str], str]:
    """Rows of the table of next tokens, and what is said of KL, once they answer what is asked now."""
    expect(table(page)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return table(page).locator("tbody tr").all_inner_texts(), divergence(page).inner_text()


def test_a_feature_is_steered_kept_and_found_again(visit: Visit, address: str) -> None:
    page = visit(address)
    page.get_by_role("link", name="Create patch").click()
    page.wait_for_url("**tab=steer*")
    before, _ = said(page)
    expect(page.get_by_text("causal", exact=True)).to_be_visible()
    expect(divergence(page)).to_contain_text(re.compile(r"nats; random pushes as hard: .* \(mean .* ± .*\)"))
    expect(divergence(page).locator("[title^=random]")).to_have_count(N_CONTROLS)

    page.get_by_role("slider", name="Strength").press("Home")
    page.wait_for_url("**strength=-2*")
    pushed = said(page)
    assert pushed[0] != before
    page.get_by_role("button", name="Continue").click()
    for name in ("As it is", "With the patch", "Random pushes as hard"):
        expect(page.get_by_role("region", name=name)).to_be_visible()

    page.get_by_role("textbox", name="Name of the patch").fill("Away with it")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_role("link", name="Away with it").click()
    page.wait_for_url("**/patches/*")
    expect(page.get_by_role("heading", name="Away with it", level=1)).to_be_visible()
    assert said(page) == pushed
    page.reload()
    assert said(page) == pushed

    page.get_by_label("Strength, any number").fill("0")
    expect(page.get_by_text("Strength 0 changes nothing.")).to_be_visible()
    page.wait_for_url("**strength=0*")
    rows, kl = said(page)
    assert [row.split("\t")[-2] for row in rows] == ["0.0"] * len(rows)
    assert "0 nats; random pushes as hard: 0 " in kl


def test_a_patch_that_one_tab_keeps_appears_in_another(visit: Visit, address: str) -> None:
    library = visit("/patches")
    connected(library)
    maker = library.context.new_page()
    maker.goto(f"{address}?tab=steer&strength=2")
    name = maker.get_by_role("textbox", name="Name of the patch")
    name.fill("More, seen here")
    maker.get_by_role("radio", name="Ablate here").check()
    expect(name).not_to_have_value("More, seen here")
    name.fill("Gone, seen elsewhere")
    maker.keyboard.press("Enter")
    expect(maker.get_by_role("status").get_by_role("link", name="Gone, seen elsewhere")).to_be_visible()
    listed = library.get_by_role("table", name="Patches")
    expect(listed.get_by_role("link", name="Gone, seen elsewhere")).to_be_visible()


def test_the_library_finds_a_patch_by_keys_and_leads_back_to_its_feature(
    visit: Visit, server: Server, address: str
) -> None:
    sae, feature = address.split("/")[2:]
    source = {"type": "feature", "sae": sae, "feature": int(feature), "kind": "clamp", "value": 9}
    hash_ = server.post("/api/patch", source=source, name="Held")["hash"]
    page = visit("/")
    connected(page)
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/patches")
    library = page.get_by_role("table", name="Patches")
    expect(library.get_by_role("link", name="Held")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("nobody called one so")
    expect(library.get_by_role("link", name="Held")).to_have_count(0)
    page.keyboard.press("Control+a")
    page.keyboard.type("HELD")
    expect(library.get_by_role("link", name="Held")).to_be_visible()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="clamp").click()
    page.wait_for_url("**kind=clamp*")
    found = violations(page)
    library.get_by_role("link", name=address.removeprefix("/features/")).click()
    page.wait_for_url("**tab=steer*")
    expect(page.get_by_role("radio", name="Clamp")).to_be_checked()
    expect(page.get_by_role("textbox", name="Value")).to_have_value("9")
    said(page)
    found += in_every_look(page, table(page))
    page.set_viewport_size(PHONE)
    for path in ("/patches", f"/patches/{hash_}?strength=0.5"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += sticks_out(page)
    said(page)
    found += violations(page)
    assert not found, "\n".join(found)


def test_a_patched_text_is_read_in_the_lens_beside_the_model_as_it_is(
    visit: Visit, server: Server, address: str
) -> None:
    sae, feature = address.split("/")[2:]
    source = {"type": "feature", "sae": sae, "feature": int(feature), "kind": "steer"}
    hash_ = server.post("/api/patch", source=source)["hash"]
    page = visit(f"/patches/{hash_}?strength=2&text=The+capital+of+France+is")
    likeliest = table(page).locator("tbody tr").first.locator("td, th").first.inner_text()
    page.get_by_role("button", name="Read in the lens").click()
    page.wait_for_url(re.compile(r"/lens/[0-9a-f]{16}\?(?=.*token=\d)(?=.*read=after).*vs=[0-9a-f]{16}"))
    # The rail tells it where it is open.
    page.get_by_role("button", name="Close the patches").first.click()
    note = page.get_by_role("note", name="Patches in force")
    expect(note).to_have_count(1)
    expect(note).to_contain_text("L7.resid_post")
    page.locator("canvas[data-ready]").wait_for()
    last = len(strip(page.get_by_role("region", name="Text", exact=True))) - 1
    # What the patched model says next is the last layer's first.
    assert layers(panel(page, last))[0].text.split()[1].strip("·") == likeliest.strip("·")
    found = in_every_look(page, note)
    note.get_by_role("link").click()
    page.wait_for_url(f"**/patches/{hash_}?strength=2&ids=*")
    assert not found, "\n".join(found)


def test_a_patch_of_weights_leaves_as_an_adapter(visit: Visit, server: Server, address: str) -> None:
    sae, feature = address.split("/")[2:]
    whole = server.post("/api/patch", source={"type": "feature", "sae": sae, "feature": int(feature), "kind": "scale"})
    content = {**whole["patch"], "writers": ["L7.mlp_out"]}
    one = server.post("/api/patch", source={"type": "content", "patch": content})
    # All writers are the embeddings, too.
    for kept in (one, whole):
        page = visit(f"/patches/{kept['hash']}?strength=2")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Export as adapter").click()
        with zipfile.ZipFile(waiting.value.path()) as written:
            names = {name.rpartition("/")[2] for name in written.namelist()}
        assert {"adapter_config.json", "adapter_model.safetensors"} <= names


@pytest.mark.complains("404")
def test_a_patch_that_is_not_here_says_so_and_leads_to_those_that_are(visit: Visit) -> None:
    page = visit("/patches/0123456789abcdef")
    expect(page.get_by_role("alert")).to_contain_text("There is no patch")
    page.get_by_role("link", name="All patches").click()
    page.wait_for_url("**/patches")
    expect(page.get_by_role("heading", name="Patches", level=1)).to_be_visible()
