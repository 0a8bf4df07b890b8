"""Models of other kinds: switched to in the browser, without a chat template, with thinking, with a tuned lens."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from tests.conftest import TEXT
from tests.e2e.conftest import Visit
from tests.e2e.seen import at_least, composer, connected, ended, ids, layers, panel, say, token
from tests.e2e.serving import Server, command, environment

THINKING = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% if enable_thinking %}The cat {% endif %}{% endif %}"
)


@pytest.fixture(scope="module")
def thinker(walk_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the walks' model with other weights; its template opens a thought where it is asked to."""
    folder = tmp_path_factory.mktemp("models") / "thinker"
    shutil.copytree(walk_model, folder)
    model = AutoModelForCausalLM.from_pretrained(walk_model)
    with torch.no_grad():
        model.get_parameter("transformer.wpe.weight").mul_(0.5)
    model.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(THINKING)
    return folder


@pytest.fixture(scope="module")
def writer(walk_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walks' model without a chat template: it continues texts."""
    folder = tmp_path_factory.mktemp("models") / "writer"
    shutil.copytree(walk_model, folder)
    (folder / "chat_template.jinja").unlink()
    return folder


@pytest.fixture
def others(server: Server) -> Iterator[None]:
    """The walks' model is the current one again afterwards."""
    yield
    server.post("/api/load-model", model=str(server.model))


def switch(page: Page, current: str, folder: Path) -> None:
    """Load a folder through the model panel."""
    page.get_by_role("button", name=f"Model: {current}").click()
    page.get_by_role("textbox", name="Open another model").fill(str(folder))
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_role("button", name=f"Model: {folder.name}")).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.usefixtures("others")
def test_a_model_is_switched_without_a_restart_and_a_conversation_keeps_its_own(
    visit: Visit, server: Server, writer: Path
) -> None:
    id = server.conversation("hello", 6)
    page = visit(f"/chat/{id}?max=5")
    connected(page)
    switch(page, "walk", writer)
    expect(page.get_by_text("with walk", exact=True)).to_be_visible()
    before = len(ids(page))
    say(page, "more")
    at_least(page, before + 8)
    ended(page)
    assert server.get(f"/api/conversations/{id}")["model"] == "walk"

    page.get_by_role("button", name="Model: writer").click()
    page.get_by_role("button", name=re.compile("^walk")).click()
    expect(page.get_by_role("button", name="Model: walk")).to_be_visible()
    expect(page.get_by_text("with walk", exact=True)).to_have_count(0)


@pytest.mark.usefixtures("others")
def test_a_model_without_a_chat_template_continues_the_text(visit: Visit, server: Server, writer: Path) -> None:
    server.post("/api/load-model", model=str(writer))
    page = visit("/chat?max=8")
    connected(page)
    expect(page.get_by_role("heading", name="Write with writer")).to_be_visible()
    expect(composer(page)).to_have_attribute("placeholder", "Text for the model to continue")
    say(page, "The cat sat")
    page.wait_for_url("**/chat/*")
    at_least(page, 10)
    ended(page)
    expect(page.get_by_role("listbox").first).to_contain_text("The")
    assert page.get_by_role("listbox").all_inner_texts()[0].replace("·", " ").startswith("The cat sat")
    expect(page.get_by_role("listbox", name="continuation").get_by_role("option")).to_have_count(8)
    row = page.get_by_role("complementary", name="Conversations").get_by_role("link", name="The cat sat").first
    expect(row).to_contain_text(f"{len(ids(page))} tok")
    token(page, 2).click()
    layers(panel(page, 2))


@pytest.mark.usefixtures("others")
def test_thinking_can_be_switched_off_and_the_switch_is_in_the_address(
    visit: Visit, server: Server, thinker: Path
) -> None:
    server.post("/api/load-model", model=str(thinker))
    lengths: list[int] = []
    for think in (True, False):
        page = visit("/chat?max=4")
        connected(page)
        if not think:
            page.get_by_role("button", name="greedy").click()
            page.get_by_role("switch", name="Thinking").press("Space")
            page.wait_for_url("**think=0*")
            page.keyboard.press("Escape")
        say(page, "hello")
        page.wait_for_url("**/chat/*")
        assert ("think=0" in page.url) is not think
        at_least(page, 8)
        ended(page)
        lengths.append(len(ids(page)))
    assert lengths[0] > lengths[1], "the thought is opened in the prompt"


@pytest.mark.usefixtures("others")
def test_the_tuned_lens_stands_beside_the_logit_lens(
    visit: Visit, server: Server, thinker: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("\n\n".join([TEXT] * 12))
    fit = command("fit-lens", "--text", str(tmp_path / "text"), "--steps", "4", "--model", str(thinker))
    ran = subprocess.run(
        [*fit, "--home", str(server.home)], env=environment(), capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    server.post("/api/load-model", model=str(thinker))
    hash = server.post("/api/traces", text="The cat sat on the mat")["hash"]
    page = visit(f"/lens/{hash}?token=4")
    layers(panel(page, 4))
    page.keyboard.press("v")
    page.get_by_role("menuitem", name="logit lens beside tuned lens").click()
    page.wait_for_url("**vs=lens:tuned*")
    tables = panel(page, 4).get_by_role("table")
    expect(tables).to_have_count(2)
    expect(tables.nth(0)).to_have_accessible_name("logit lens for token 4")
    expect(tables.nth(1)).to_have_accessible_name("tuned lens for token 4")
    first, second = (table.locator("tbody").all_inner_texts() for table in tables.all())
    assert first[0].split()[:2] == second[0].split()[:2], "the last layer is the model's own in both"
    assert first != second
    scale = page.get_by_role("region", name="Heatmap").get_by_text("Δ probability of the likeliest")
    expect(scale).to_have_text("Δ probability of the likeliest: logit lens − tuned lens")

    told = server.get("/api/model_info")["tuned_lens"]
    page.get_by_role("radiogroup", name="Lens", exact=True).get_by_text("tuned", exact=True).hover()
    expect(page.get_by_role("tooltip")).to_contain_text(f"{told['path']} (sha256 {told['sha256'][:12]}), fitted on")
    page.get_by_role("button", name="Model: thinker").click()
    expect(page.get_by_text(re.compile("^Tuned lens of thinker: "))).to_contain_text("in 4 steps; held-out KL")


def test_another_text_stands_beside_a_trace(visit: Visit, server: Server) -> None:
    hash = server.post("/api/traces", text="The capital of France is")["hash"]
    page = visit(f"/lens/{hash}?token=2")
    layers(panel(page, 2))
    page.keyboard.press("v")
    page.get_by_role("menuitem", name="A text, or the link of a trace").click()
    page.get_by_role("textbox", name="Other text").fill("The capital of Italy is")
    page.get_by_role("dialog").get_by_role("button", name="Compare").click()
    page.wait_for_url("**vs=*")
    expect(panel(page, 2).get_by_role("table")).to_have_count(2)
    expect(page.get_by_role("region", name="Heatmap").get_by_text("Δ probability")).to_be_visible()
    page.keyboard.press("v")
    page.get_by_role("menuitem", name="Stop comparing").click()
    expect(panel(page, 2).get_by_role("table")).to_have_count(1)
