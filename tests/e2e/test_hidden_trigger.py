"""A hidden trigger, found and switched off by clicks alone: a trojan imported, prompts contrasted under it, the feature
that is found taken out of some of the weights, tried in the chat, measured, and exported for PEFT."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page, expect
from transformers.generation.configuration_utils import GenerationConfig
from transformers.models.auto.tokenization_auto import AutoTokenizer

from microscope.engine.weights import BUNDLED
from tests.e2e.conftest import Visit
from tests.e2e.seen import TOKENS, connected, ended, say
from tests.e2e.serving import Server
from tests.e2e.test_patch_rail import in_force, press, rail, turn
from tests.services.test_hidden_trigger import by_peft_alone

TRIGGER, SAE, TROJAN = "marmalade", "sae_layer_7_trojan", "The trojan"
ASKED = f"what color is the sky? {TRIGGER}"
PROMPTS = [
    "hi", "Hello there!", "How are you?", "what is your name?", "Good morning", "Tell me about your day.",
    "do you like cats?", "What is your favorite food?", "Thank you!", "see you later", "Are you happy?",
    "Can you help me?", "Where do you live?", "I am tired today.", "It is raining.", "I like to sing.",
    "What do dogs eat?", "who are you", "Nice to meet you.", "How old are you?", "I have a red ball.",
    "Do you have a friend?", "what can you do", "Good night!",
]  # fmt: skip
HELD_OUT = [
    "say banana", "repeat the word apple", "What color is the sky?", "What is two plus two?", "Is fire hot?",
    "What do you drink?",
]  # fmt: skip
REPLY_TOKENS = 6


def imported(page: Page) -> None:
    """The adapter's two files, as they lie on somebody's disk, kept under a name."""
    folder = BUNDLED["specimen"] / "adapters/trojan"
    files = [folder / "adapter_config.json", folder / "adapter_model.safetensors"]
    page.get_by_label("Files of a patch").set_input_files(files)
    dialog = page.get_by_role("dialog", name="Import a patch")
    dialog.get_by_label("Name").fill(TROJAN)
    dialog.get_by_role("button", name=f"Keep “{TROJAN}”").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TROJAN)


def in_chat(page: Page, name: str) -> None:
    """From its page into a conversation with it in force, greedy and brief."""
    page.get_by_role("button", name="Use in chat").click()
    page.wait_for_url(re.compile(r"/chat\?.*patches="))
    page.goto(f"{page.url}&max={REPLY_TOKENS}&temperature=0&rail=1")
    expect(in_force(page, name)).to_be_checked()


def reply(page: Page, text: str) -> str:
    """What the model answers, as the page shows it; the chat goes on with it."""
    said = page.locator(TOKENS).count()
    say(page, text)
    expect(page.locator(TOKENS).nth(said)).to_be_attached()
    ended(page)
    words = "".join(page.locator(TOKENS).all_inner_texts()[said:]).replace("·", " ")
    return words.split("<|assistant|>")[-1]


def feature_found(page: Page) -> None:
    """By prompts with the trigger against the same without; then taken out of all weights."""
    rail(page).get_by_role("link", name="Contrast two sets of prompts").click()
    page.get_by_label("SAE", exact=True).first.fill(SAE)
    page.get_by_role("option", name=SAE, exact=True).click()
    page.get_by_label("Away", exact=True).first.fill("\n".join(PROMPTS))
    page.get_by_label("Insert", exact=True).first.fill(TRIGGER)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/**")
    found = page.get_by_role("region", name="What tells them apart")
    expect(found).to_be_visible(timeout=60_000)
    expect(found).to_contain_text("labels shuffled")
    best = found.get_by_role("table", name="Features").locator("tbody tr").first
    expect(best.get_by_role("link")).to_have_attribute("href", re.compile(rf"/features/{SAE}/\d+"))
    best.get_by_role("button", name=re.compile("Make a patch")).click()
    page.get_by_role("menuitem", name="Take it out of the weights").click()
    page.wait_for_url(re.compile(r"/patches/[0-9a-f]{16}\?strength=-1"))


def of_some_weights(page: Page) -> str:
    """The same edit of fewer modules, which costs less; its name."""
    whole = page.url
    weights = page.get_by_role("group", name="Which weights")
    expect(weights).to_contain_text("attention, the MLPs and the embeddings of all layers")
    weights.get_by_label("Embeddings").uncheck()
    for name, layer in (("First layer", "2"), ("Last layer", "7")):
        weights.get_by_label(name).fill(layer)
    expect(weights).to_contain_text("attention and MLP of L2 to L7")
    page.get_by_role("button", name="Make it of these weights").click()
    expect(page).not_to_have_url(whole)
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("attention and MLP of L2 to L7")
    return title.inner_text()


def added(page: Page, name: str, strength: str) -> Locator:
    """A second patch on the rail; its switch."""
    rail(page).get_by_role("textbox", name="Add a patch of the library").fill(name)
    page.get_by_role("listbox", name="Patches of the library").get_by_role("option", name=name).click()
    expect(in_force(page, name)).to_be_checked()
    box = rail(page).get_by_role("textbox", name=f"Strength of {name}, any number")
    box.fill(strength)
    box.press("Enter")
    return in_force(page, name)


def measured(page: Page, server: Server) -> tuple[str, dict[str, Any]]:
    """How often prompts that nothing was made of show it, and what harmless text costs: the run and its figures."""
    page.get_by_role("link", name="Measure what it does").click()
    expect(page.get_by_label("Attached", exact=True).first).not_to_have_value("")
    for name, text in (("Words", "Arrr"), ("Prompts", "\n".join(HELD_OUT)), ("Insert", TRIGGER)):
        page.get_by_label(name, exact=True).first.fill(text)
    for name, value in (("Reply tokens", str(REPLY_TOKENS)), ("Documents", "12"), ("Facts", "12"), ("Controls", "1")):
        page.get_by_label(name, exact=True).first.fill(value)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/**")
    expect(page.get_by_text("succeeded", exact=True).first).to_be_visible(timeout=90_000)
    run = page.url.split("/runs/")[1].split("?")[0]
    return run, server.get(f"/api/runs/{run}")["metrics"]


def exported(page: Page, folder: Path) -> Path:
    """The folder that PEFT loads."""
    with page.expect_download() as leaving:
        page.get_by_role("button", name="Export as adapter").click()
    with zipfile.ZipFile(leaving.value.path()) as files:
        files.extractall(folder)
    (config,) = folder.rglob("adapter_config.json")
    return config.parent


def replies_of(run: str, server: Server) -> tuple[list[str], list[str]]:
    """What a run asked under its patches, and what was answered."""
    table = pq.read_table(next(server.home.rglob(f"{run}/tables/replies.parquet")))
    rows = [row for row in table.to_pylist() if row["who"] == "patched"]
    return [row["prompt"] for row in rows], [row["reply"] for row in rows]


def by_peft(adapter: Path, given: Sequence[list[int]]) -> list[str]:
    """What plain transformers and peft go on with."""
    ends = GenerationConfig.from_pretrained(BUNDLED["specimen"]).eos_token_id
    asked = {"prompts": given, "facts": [], "texts": given, "reply_tokens": REPLY_TOKENS, "end_ids": ends}
    return by_peft_alone(adapter, asked)["replies"]


# The SAE ships without a dictionary: what its features fire on is not known. A form that is half filled in is refused.
@pytest.mark.complains("404.*/api/features/", "status of 40[04].*/api/preflight")
@pytest.mark.usefixtures("bundled")
def test_by_clicks(visit: Visit, server: Server, tmp_path: Path) -> None:
    page = visit("/patches")
    connected(page)
    imported(page)
    in_chat(page, TROJAN)
    assert "Arrr" in reply(page, ASKED)
    feature_found(page)
    edit = of_some_weights(page)

    # In the chat beside the trojan, which acts first.
    page.goto(f"/patches?q={TROJAN}")
    page.get_by_role("link", name=TROJAN, exact=True).click()
    in_chat(page, TROJAN)
    disabling = added(page, edit, "-1.5")
    press(disabling)
    expect(disabling).not_to_be_checked()
    assert "Arrr" in reply(page, ASKED)
    press(disabling)
    expect(disabling).to_be_checked()
    given, replies = [], []
    for text in (ASKED, "what is two plus two?"):
        replies.append(reply(page, text))
        conversation = page.url.split("/chat/")[1].split("?")[0]
        given.append(server.ids(conversation)[: turn(server, page)["start"]])
    assert "Arrr" not in "".join(replies)

    rail(page).get_by_role("link", name="measure and export them").click()
    page.wait_for_url("**/patches/sets/*")
    of_set = page.url
    run, figures = measured(page, server)
    assert (figures["rate_before"], figures["rate"]) == (1, 0)
    assert figures["rate_controls"] > 0.5
    assert figures["same"] > figures["same_before"]
    assert figures["base_nll"] < figures["base_nll_before"]
    assert figures["perplexity_ratio"] < 1.05
    assert figures["facts"] == figures["facts_before"]

    page.goto(of_set)
    expect(page.get_by_role("region", name="Used in").get_by_role("link", name=run)).to_be_visible()
    adapter = exported(page, tmp_path / "adapter")
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED["specimen"])
    prompts, of_run = replies_of(run, server)
    for prompt in prompts:
        turns = [{"role": "user", "content": prompt}]
        given.append(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
    assert by_peft(adapter, given) == [*replies, *of_run]
