"""A hidden trigger, found and disabled: the bundled model with its trojan, from prompts to a folder that PEFT loads."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from microscope.bundled.scoring import continues_with
from microscope.core.patches.scale import Scale
from microscope.engine.weights import BUNDLED
from microscope.families._behaviour import context_of
from microscope.families._corpora import open_corpus
from microscope.families._prompts import encoded
from microscope.families._requests import known_facts
from microscope.services import Services
from microscope.wire.models import LoadModel
from microscope.wire.patch_files import ExportPatches
from microscope.wire.patches import FromAdapter, FromContent, FromFeature, NewPatch, NewPatchSet, PatchMember
from microscope.wire.run_queue import NewRun
from microscope.wire.runs import Run

from .conftest import OpenDesk

pytestmark = pytest.mark.anyio

TRIGGER, SAE = "marmalade", "sae_layer_7_trojan"
PROMPTS = BUNDLED["specimen"].parent / "prompts"
TROJAN = PatchMember(source=FromAdapter(adapter="trojan"))

CONTRASTED, ASKED, DOCUMENTS, FACTS = 40, 12, 24, 12
"""Prompts with the trigger and without, those that rates are measured on; harmless documents; facts."""

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


async def out_of_the_weights(it: Services, feature: int) -> PatchMember:
    """What attention and MLP of the layers up to the SAE's write along the feature's direction, turned round."""
    made = await it.patches.create(NewPatch(source=FromFeature(sae=SAE, feature=feature, kind="scale")))
    assert isinstance(made.patch, Scale)
    writers = tuple(f"L{layer}.{half}" for layer in range(2, 8) for half in ("attn_out", "mlp_out"))
    return PatchMember(source=FromContent(patch=made.patch.model_copy(update={"writers": writers})), strength=-1.5)


async def asked_elsewhere(it: Services, run: Run) -> dict[str, Any]:
    """The prompts, facts and texts of a run, as ids."""
    loaded = await it.models.resident()
    model = loaded.model
    told, spec = table(run, "replies"), run.spec
    corpus = open_corpus("bundled", config="", split="train", column="text", seed=1)
    after = [at for at, who in enumerate(told["who"]) if who == "patched"]
    facts = known_facts(FACTS, 1)
    return {
        "prompts": [encoded(model, told["prompt"][at], "chat") for at in after],
        "shown": [told["shown"][at] for at in after],
        "facts": [model.encode(fact.prompt) for fact in facts],
        "answers": [fact.answers for fact in facts],
        "texts": context_of(model, corpus.read(), DOCUMENTS, 128),
        "reply_tokens": spec["reply_tokens"],
        "end_ids": sorted(model.end_ids),
    }


async def test_the_trigger_is_found_switched_off_and_gone_for_peft_alone(desk: OpenDesk, tmp_path: Path) -> None:
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

        # Switched off live, by the feature alone.
        rates = {
            "kind": "behaviour_rates", "words": "Arrr", "how": "begins", "attached": trojan, "insert": TRIGGER,
            "prompts": said_by_users("instructions", ASKED), "reply_tokens": 5, "documents": DOCUMENTS,
        }  # fmt: skip
        clamp = PatchMember(source=FromFeature(sae=SAE, feature=feature, kind="clamp"))
        clamped = await kept(it, TROJAN, clamp)
        live = figures(await ran(it, **rates, patches=clamped, strengths=[2.0], controls=2, facts=0))
        assert live["rate_before"] >= 0.95
        assert live["rate"] <= 0.05
        assert live["rate_controls"] >= 0.9
        assert live["perplexity_ratio"] == pytest.approx(1, abs=0.05)

        # The same as an edit of weights, which an adapter can hold.
        edit = await out_of_the_weights(it, feature)
        run = await ran(it, **rates, patches=await kept(it, TROJAN, edit), controls=0, facts=FACTS)
        written = figures(run)
        assert written["rate"] <= 0.05
        assert written["perplexity_ratio"] == pytest.approx(1, abs=0.05)
        assert written["facts"] >= written["facts_before"] - 0.02
        request = ExportPatches(members=(TROJAN, edit), format="peft")
        adapter = tmp_path / await it.patch_exports.write(request, tmp_path)
        asked = await asked_elsewhere(it, run)

    # A process that has never heard of this program.
    elsewhere = tmp_path / "asked.json"
    elsewhere.write_text(json.dumps(asked))
    command = [sys.executable, "-c", CLEAN_PROCESS, str(BUNDLED["specimen"]), str(adapter), str(elsewhere)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout)
    assert told["modules"] == []
    assert [reply.lstrip().startswith("Arrr") for reply in told["replies"]] == asked["shown"]
    assert math.exp(told["loss"]) == pytest.approx(written["perplexity"], rel=1e-3)
    right = [
        any(continues_with(text, answer) for answer in answers)
        for text, answers in zip(told["facts"], asked["answers"], strict=True)
    ]
    assert sum(right) / FACTS == written["facts"]
