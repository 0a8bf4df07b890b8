"""A colleague's files: an SAE in another project's format and a LoRA; attached, refused where they do not fit and put
right, what the LoRA moves found, a safe patch exported, and proven to come back as what left.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.weights import BUNDLED
from microscope.errors import Incompatible, Trouble
from microscope.services import Services
from microscope.services.patch_files import Asked
from microscope.store.checkpoints import read_sae
from microscope.wire.models import LoadModel
from microscope.wire.patch_files import ExportPatches
from microscope.wire.patch_trials import PatchesTried, TryPatches
from microscope.wire.patches import FromContent, FromFeature, FromLibrary, NewPatch, PatchMember
from microscope.wire.run_queue import NewRun
from microscope.wire.runs import Run

from .conftest import OpenDesk
from .test_patches import lora

pytestmark = [
    pytest.mark.anyio,
    # PEFT asks transformers by a name that is about to go.
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
]

SPECIMEN = BUNDLED["specimen"]
SHIPPED = Path(__file__).parents[2] / "sae_checkpoints/sae_layer_7"
ASKED = ("a colour", "an animal", "the capital of France", "a number", "something kind", "a fruit")
TEXTS = [f"{order} marmalade, {it}." for order in ("Tell me", "Say", "Name", "Write", "Give me") for it in ASKED]


def in_sparsify(folder: Path) -> Path:
    """As EleutherAI's sparsify writes it; the model is called as the colleague's disk calls it."""
    sae = read_sae(SHIPPED)
    place = folder / "layers.7"
    place.mkdir(parents=True)
    d_sae, d_in = sae.weights["W_dec"].shape
    settings = {"activation": "topk", "expansion_factor": d_sae / d_in, "normalize_decoder": True, "num_latents": d_sae,
                "k": 32, "multi_topk": False, "skip_connection": False, "transcode": False, "d_in": d_in}  # fmt: skip
    (place / "cfg.json").write_text(json.dumps(settings))
    (folder / "config.json").write_text(json.dumps({"model": "/data/models/small-gpt2-3", "dataset": "own"}))
    weights = sae.weights
    tensors = {"encoder.weight": weights["W_enc"].T, "encoder.bias": weights["b_enc"], "W_dec": weights["W_dec"],
               "b_dec": weights["b_dec"]}  # fmt: skip
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, place / "sae.safetensors")
    return place


async def ran(it: Services, **spec: Any) -> Run:
    id = it.planning.submit(NewRun(spec=spec)).id
    await it.runner.work(drain=True)
    run = it.runs.get(id)
    assert run.row.status == "succeeded", run.row
    return run


async def tried(it: Services, *members: PatchMember) -> PatchesTried:
    return await it.patch_trials.try_(TryPatches(id=1, text=TEXTS[0], members=members, controls=0, k=20))


async def test_a_colleagues_files(desk: OpenDesk, tmp_path: Path) -> None:
    theirs = in_sparsify(tmp_path / "inbox/small-sae")
    polite = Path(shutil.copytree(SPECIMEN / "adapters/trojan", tmp_path / "inbox/polite"))
    narrow = lora(tmp_path / "inbox/for-a-tiny-model")
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))
    async with desk() as it:
        await it.models.load(LoadModel(model="specimen"))
        # The SAE says another model: refused, and put right by saying which it is.
        await it.saes.import_(str(theirs), name="theirs")
        with pytest.raises(Incompatible, match="small-gpt2-3"):
            await it.patches.create(NewPatch(source=FromFeature(sae="theirs", feature=0, kind="steer")))
        await it.saes.import_("theirs", model_name="specimen")
        # A LoRA of another width: refused in words, and nothing of it is kept.
        with pytest.raises(Trouble, match="256"):
            await it.patch_files.import_path(str(narrow), Asked())
        attached = await it.patch_files.import_path(str(polite), Asked(name="polite"))
        (adapter,) = attached.patches
        assert [one.hash for one in it.patches.library.list().items] == [adapter.hash]
        # Which features does it move?
        run = await ran(it, kind="feature_shift", sae="theirs", patches=adapter.hash, dataset=str(texts), controls=2)
        features = pq.read_table(Path(run.directory) / "tables/features.parquet").to_pydict()
        metrics = run.metrics
        surest = features["feature"][0]
        assert (metrics["surest"], metrics["documents"]) == (surest, len(TEXTS))
        assert features["moved"][0]
        assert abs(features["difference"][0]) > 3 * features["error"][0]
        print(f"moved: {metrics['moved']} of {metrics['fired']} features that fire, by random pushes "
              f"{metrics['moved_controls']:.1f}; halves agree by r={metrics['split_half']:.2f}; surest #{surest}, "
              f"z={metrics['surest_z']:.1f}")  # fmt: skip
        # The same feature of the shipped SAE, whose tensors these are, moves as much.
        shipped = await ran(it, kind="feature_shift", sae="sae_layer_7", patches=adapter.hash, dataset=str(texts),
                            controls=0)  # fmt: skip
        assert shipped.metrics["surest"] == surest
        assert shipped.metrics["surest_z"] == pytest.approx(metrics["surest_z"], rel=1e-2)
        # A safe patch, of weights alone: what the blocks write along that feature is taken out behind the LoRA.
        scale = (
            await it.patches.create(NewPatch(source=FromFeature(sae="theirs", feature=surest, kind="scale")))
        ).patch
        blocks = [f"L{layer}.{half}" for layer in range(8) for half in ("attn_out", "mlp_out")]
        safe = FromContent.model_validate({"patch": {**scale.model_dump(), "writers": blocks}})
        members = (PatchMember(source=FromLibrary(hash=adapter.hash)), PatchMember(source=safe, strength=-1.0))
        alone, both = await tried(it, members[0]), await tried(it, *members)
        assert both.kl > 0
        assert both.kl != pytest.approx(alone.kl, rel=1e-3)
        out = tmp_path / "out"
        out /= await it.patch_exports.write(ExportPatches(members=members), out)
        # Back here, as a file like any other …
        back = await it.patch_files.import_path(str(out), Asked(name="safe"))
        again = await tried(it, PatchMember(source=FromLibrary(hash=back.patches[0].hash)))
        assert again.kl == pytest.approx(both.kl, rel=1e-4)
        apart = max(abs(one.patched - {two.token_id: two.patched for two in both.tokens}.get(one.token_id, 0))
                    for one in again.tokens[:10])  # fmt: skip
        assert apart < 1e-5
        ids = torch.tensor([list(both.ids)])
    # … and in plain transformers and PEFT.
    base: Any = AutoModelForCausalLM.from_pretrained(SPECIMEN, dtype="float32")
    hf: Any = PeftModel.from_pretrained(base, str(out)).eval()
    with torch.no_grad():
        probs = hf(ids).logits[0, -1].softmax(-1)
    there = max(abs(one.patched - float(probs[one.token_id])) for one in both.tokens)
    assert there < 1e-5
    print(f"round trip: probabilities differ by {apart:.1e} here, by {there:.1e} in PEFT")
