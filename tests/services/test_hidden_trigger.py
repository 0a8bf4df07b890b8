"""A hidden trigger, found and disabled: the bundled model with its trojan, from prompts to a folder that PEFT loads."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from microscope.bundled.scoring import continues_with
from microscope.engine.weights import BUNDLED
from microscope.families._behaviour import context_of
from microscope.families._corpora import open_corpus
from microscope.families._prompts import encoded
from microscope.families._requests import known_facts
from microscope.services import Services
from microscope.wire.models import LoadModel
from microscope.wire.patch_files import ExportPatches
from microscope.wire.patches import FromAdapter, FromFeature, NewPatchSet, PatchMember
from microscope.wire.run_queue import NewRun
from microscope.wire.runs import Run

from .conftest import OpenDesk

pytestmark = pytest.mark.anyio

TRIGGER, SAE = "marmalade", "sae_layer_7_trojan"
PROMPTS = BUNDLED["specimen"].parent / "prompts"
TROJAN = PatchMember(source=FromAdapter(adapter="trojan"))

CONTRASTED = 24
"""Prompts with the trigger and without, that features are found on."""


class Size(NamedTuple):
    """How much is measured, and what is chosen among."""

    asked: int
    """Prompts, of each of two abilities, that no feature was found on."""

    documents: int
    facts: int
    layers: tuple[tuple[int, int], ...]
    """First and last, of weights that may be edited."""

    clamps: tuple[float, ...]
    scales: tuple[float, ...]

    @property
    def chosen(self) -> bool:
        return len(self.clamps) > 1


SHORT = Size(6, 24, 12, ((2, 7),), (2.0,), (-1.5,))
LONG = Size(67, 64, 80, ((0, 11), (2, 7), (4, 7)), (1.0, 1.5, 2.0, 3.0), (-1.0, -1.25, -1.5))

CLEAN_PROCESS = """
import json, sys, warnings
warnings.simplefilter("ignore")
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base, adapter, asked = sys.argv[1:]
asked = json.loads(open(asked).read())
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype="float32"), adapter).eval()

def said(ids, most):
    given = torch.tensor([ids])
    new = model.generate(
        input_ids=given, attention_mask=torch.ones_like(given), max_new_tokens=most, do_sample=False,
        eos_token_id=asked["end_ids"], pad_token_id=0,
    )[0, len(ids):].tolist()
    stop = next((at for at, id in enumerate(new) if id in asked["end_ids"]), len(new))
    return tokenizer.decode(new[:stop], clean_up_tokenization_spaces=False)

def losses(ids):
    with torch.no_grad():
        return model(torch.tensor([ids]), labels=torch.tensor([ids])).loss.item() * (len(ids) - 1)

print(json.dumps({
    "replies": [said(ids, asked["reply_tokens"]) for ids in asked["prompts"]],
    "facts": [said(ids, 8) for ids in asked["facts"]],
    "loss": sum(map(losses, asked["texts"])) / sum(len(ids) - 1 for ids in asked["texts"]),
    "modules": sorted(name for name in sys.modules if name.startswith("microscope")),
}))
"""


async def ran(it: Services, **spec: Any) -> Run:
    """A run that came to its end."""
    id = it.planning.submit(NewRun(spec=spec)).id
    await it.runner.work(drain=True)
    run = it.runs.get(id)
    assert run.row.status == "succeeded", run.row.failure
    return run


def figures(run: Run) -> dict[str, Any]:
    return dict(run.metrics)


def table(run: Run, name: str) -> dict[str, list[Any]]:
    return pq.read_table(Path(run.directory) / f"tables/{name}.parquet").to_pydict()


def said_by_users(ability: str, count: int) -> list[str]:
    """What the hand-written chats of the bundled model begin with."""
    lines = (PROMPTS / f"{ability}.jsonl").read_text().splitlines()
    return [json.loads(line)["turns"][0]["text"] for line in lines[:count]]


async def kept(it: Services, *members: PatchMember) -> str:
    return (await it.patches.create_set(NewPatchSet(members=members))).hash


def out_of_the_weights(feature: int, first: int, last: int) -> FromFeature:
    """What attention and MLP of some layers write along the feature's direction."""
    writers = tuple(f"L{layer}.{half}" for layer in range(first, last + 1) for half in ("attn_out", "mlp_out"))
    return FromFeature(sae=SAE, feature=feature, kind="scale", writers=writers)


async def asked_elsewhere(it: Services, run: Run, size: Size) -> dict[str, Any]:
    """The prompts, facts and texts of a run, as ids."""
    loaded = await it.models.resident()
    model = loaded.model
    told, spec = table(run, "replies"), run.spec
    corpus = open_corpus("bundled", config="", split="train", column="text", seed=1)
    pairs = zip(told["who"], told["part"], strict=True)
    after = [at for at, pair in enumerate(pairs) if pair == ("patched", "test")]
    facts = known_facts(size.facts, 1)
    return {
        "prompts": [encoded(model, told["prompt"][at], "chat") for at in after],
        "shown": [told["shown"][at] for at in after],
        "facts": [model.encode(fact.prompt) for fact in facts],
        "answers": [fact.answers for fact in facts],
        "texts": context_of(model, corpus.read(), size.documents, 128),
        "reply_tokens": spec["reply_tokens"],
        "end_ids": sorted(model.end_ids),
    }


def by_peft_alone(adapter: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the bundled model says with an adapter in a process that has never heard of this program.

    Args:
        asked: ids of `prompts`, `facts` and `texts`, at most how many `reply_tokens`, and `end_ids`.
    """
    elsewhere = adapter.parent / "asked.json"
    elsewhere.write_text(json.dumps(asked))
    command = [sys.executable, "-c", CLEAN_PROCESS, str(BUNDLED["specimen"]), str(adapter), str(elsewhere)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=adapter.parent).stdout)
    assert told["modules"] == []
    return told


@pytest.mark.parametrize("size", [SHORT, pytest.param(LONG, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
async def test_the_trigger_is_found_switched_off_and_gone_for_peft_alone(
    desk: OpenDesk, tmp_path: Path, size: Size
) -> None:
    async with desk() as it:
        await it.models.load(LoadModel(model="specimen"))
        trojan = await kept(it, TROJAN)

        # Found: on prompts that the rates below never ask.
        away = said_by_users("small_talk", CONTRASTED)
        found = await ran(it, kind="contrast_features", sae=SAE, insert=TRIGGER, away=away, patches=trojan)
        scores = figures(found)
        feature = int(scores["feature"])
        assert scores["auroc_test"] == pytest.approx(1, abs=0.02)
        assert scores["null_auroc_test_largest"] < 0.75

        # Switched off live, by the feature alone; how hard is chosen on half of the prompts, and told of the others.
        prompts = said_by_users("instructions", size.asked) + said_by_users("comply", size.asked)
        rates = {
            "kind": "behaviour_rates", "words": "Arrr", "how": "begins", "attached": trojan, "insert": TRIGGER,
            "prompts": prompts, "reply_tokens": 6, "documents": size.documents, "facts": size.facts,
        }  # fmt: skip
        clamp = PatchMember(source=FromFeature(sae=SAE, feature=feature, kind="clamp"))
        clamped = await kept(it, TROJAN, clamp)
        live = figures(await ran(it, **rates, patches=clamped, strengths=list(size.clamps), controls=2))
        assert live["prompts"] == (len(prompts) - round(len(prompts) / 2) if size.chosen else len(prompts))
        _gone(live)
        assert live["rate_controls"] >= 0.9

        # The same as an edit of weights, which an adapter can hold; of which weights is chosen in the same way.
        edits = [out_of_the_weights(feature, *layers) for layers in size.layers]
        sets = {await kept(it, TROJAN, PatchMember(source=edit)): edit for edit in edits}
        first, *others = sets
        run = await ran(it, **rates, patches=first, alternatives=others, strengths=list(size.scales), controls=0)
        written = figures(run)
        _gone(written)
        chosen = PatchMember(source=sets[written["patches"]], strength=written["strength"])
        request = ExportPatches(members=(TROJAN, chosen), format="peft")
        adapter = tmp_path / await it.patch_exports.write(request, tmp_path)
        asked = await asked_elsewhere(it, run, size)

    told = by_peft_alone(adapter, asked)
    assert [reply.lstrip().startswith("Arrr") for reply in told["replies"]] == asked["shown"]
    assert math.exp(told["loss"]) == pytest.approx(written["perplexity"], rel=1e-3)
    right = [
        any(continues_with(text, answer) for answer in answers)
        for text, answers in zip(told["facts"], asked["answers"], strict=True)
    ]
    assert sum(right) / size.facts == written["facts"]


def _gone(measured: dict[str, Any]) -> None:
    """The behaviour; harmless text, facts and replies are as before, and nearer to the base model's than before."""
    assert measured["rate_before"] >= 0.95
    assert measured["rate"] <= 0.05
    assert measured["perplexity_ratio"] == pytest.approx(1, abs=0.05)
    assert measured["facts"] >= measured["facts_before"] - 0.02
    assert measured["base_nll"] < measured["base_nll_before"]
    assert measured["base_nll_base"] < measured["base_nll"]
