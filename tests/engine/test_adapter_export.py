"""Patches as PEFT adapters, against PEFT itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tests.engine.test_edits import direction, read
from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Place, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Prompt
from microscope.core.patches.weights import weight_edits
from microscope.core.sites import Site
from microscope.engine.adapter_export import adapter_files
from microscope.engine.adapters import read_adapter
from microscope.engine.edits import Edits, always
from microscope.engine.loading import load
from microscope.engine.merged_export import write_merged
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Invalid, Unsupported

# PEFT asks transformers by a name that is about to go, and takes its own `lora_bias` for a broken shard.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Adapter 'default'"),
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings"),
    pytest.mark.filterwarnings("ignore:Input and output embeddings are no longer tied"),
]

LoadTiny = Callable[..., Model]
Folder = Callable[[str], Path]
TEXT = "The capital of France is Paris. The cat sat on the mat."
BLOCKS = ("L0.attn_out", "L1.mlp_out", "L2.mlp_out")


def scale(model: Model, seed: int, s: float, writers: Sequence[str] = ()) -> Member:
    return Member(patch=Scale(direction=packed(direction(model, seed)), writers=tuple(writers)), strength=s)


def written(model: Model, members: Sequence[Member], folder: Path, place: Place | None = None) -> Path:
    folder.mkdir()
    for name, content in adapter_files(model, weight_edits(members, place or model.place())).items():
        (folder / name).write_bytes(content)
    return folder


def in_peft(base: Path, adapter: Path, ids: Sequence[int], *, merged: bool = False) -> torch.Tensor:
    hf: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype="float32"), str(adapter))
    hf = hf.merge_and_unload() if merged else hf
    with torch.no_grad():
        return hf.eval()(torch.tensor([list(ids)])).logits[0, -1]


SETS: dict[str, tuple[tuple[int, float, tuple[str, ...]], ...]] = {
    "one matrix": ((1, -1.0, ("L1.mlp_out",)),),
    "the blocks": ((1, -1.0, BLOCKS),),
    # Directions that are not orthogonal, twice at one matrix: the composed change, not the sum of its parts.
    "a set": ((1, -1.0, BLOCKS), (2, 0.7, ("L1.mlp_out",)), (1, -2.0, ("L1.mlp_out", "L1.attn_out"))),
    "an idle member": ((1, 0.0, BLOCKS), (2, -2.0, ("L2.attn_out",))),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("shape", ["gpt2", "llama", "llama-tied", "qwen2", "qwen3", "gpt_neox", "opt", "phi", "phi3"])
def test_peft_gives_the_patched_logits(
    tiny_model: LoadTiny, tiny_folder: Folder, tmp_path: Path, shape: str, name: str
) -> None:
    model = tiny_model(shape)
    members = [scale(model, *one) for one in SETS[name]]
    ids = model.encode(TEXT)
    patched = read(model, *members, ids=ids).logits()
    assert (patched - read(model, ids=ids).logits()).abs().max() > 1e-3
    found = in_peft(tiny_folder(shape), written(model, members, tmp_path / "adapter"), ids)
    assert torch.allclose(found, patched, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("writers", [(), ("L0.resid_pre",)])
@pytest.mark.parametrize("shape", ["gpt2", "llama", "llama-tied", "qwen2", "qwen3"])
def test_embeddings_are_written_too_and_a_tied_unembedding_stays(
    tiny_model: LoadTiny, tiny_folder: Folder, tmp_path: Path, shape: str, writers: tuple[str, ...]
) -> None:
    """Whole where they are tied, since PEFT merges a LoRA of them into both, and beside biases, where it has none."""
    model = tiny_model(shape)
    members = [scale(model, 1, -1.0, writers)]
    ids = model.encode(TEXT)
    folder = written(model, members, tmp_path / "adapter")
    patched = read(model, *members, ids=ids).logits()
    for merged in (False, True):
        found = in_peft(tiny_folder(shape), folder, ids, merged=merged)
        print(f"{shape}: logits in PEFT differ by {(found - patched).abs().max():.1e}, merged: {merged}")
        assert torch.allclose(found, patched, atol=1e-5, rtol=1e-5)
    config = json.loads((folder / "adapter_config.json").read_text())
    assert bool(config["modules_to_save"]) == (model.info.tied or config["lora_bias"])


@pytest.mark.parametrize("shape", ["gpt2", "llama", "llama-tied", "qwen3", "opt"])
def test_a_merged_folder_gives_the_patched_logits_in_plain_transformers(
    tiny_model: LoadTiny, tmp_path: Path, shape: str
) -> None:
    model = tiny_model(shape)
    members = [scale(model, 1, -1.0), scale(model, 2, 0.7, ("L1.mlp_out",))]
    ids = model.encode(TEXT)
    plain = read(model, ids=ids).logits()
    write_merged(model, weight_edits(members, model.place()), tmp_path / "merged")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype="float32").eval()
    with torch.no_grad():
        found = theirs(torch.tensor([ids])).logits[0, -1]
    patched = read(model, *members, ids=ids).logits()
    print(f"{shape}: logits of the merged folder differ by {(found - patched).abs().max():.1e}")
    assert torch.allclose(found, patched, atol=1e-5, rtol=1e-5)
    assert AutoTokenizer.from_pretrained(tmp_path / "merged")(TEXT)["input_ids"] == ids[-len(model.encode(TEXT)) :]
    assert torch.equal(read(model, ids=ids).logits(), plain)


def test_a_merged_folder_whose_embeddings_stay_has_them_tied(tiny_model: LoadTiny, tmp_path: Path) -> None:
    model = tiny_model("gpt2")
    write_merged(model, weight_edits([scale(model, 1, -1.0, BLOCKS)], model.place()), tmp_path / "merged")
    theirs: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype="float32")
    assert theirs.lm_head.weight is theirs.transformer.wte.weight


@pytest.mark.parametrize("shape", ["gpt2", "llama", "llama-tied", "qwen3"])
def test_written_embeddings_are_read_here_merged_and_live(
    tiny_model: LoadTiny, tiny_folder: Folder, tmp_path: Path, shape: str
) -> None:
    model = tiny_model(shape)
    members = [scale(model, 1, -1.0)]
    folder = written(model, members, tmp_path / "adapter")
    ids = model.encode(TEXT)
    wanted = read(model, *members, ids=ids).logits()
    merged = load(f"{tiny_folder(shape)}+{folder}", device="cpu")
    assert torch.allclose(read(merged, ids=ids).logits(), wanted, atol=2e-5)
    adapter = read_adapter(str(folder), folder)
    place = model.place(adapter=lambda _: model.low_rank(adapter))
    edits = placed([Member(patch=Adapter(adapter=adapter.sha256))], place)
    state = State(model, always(Edits(edits)))
    for _ in prefill(state, ids, 5):
        pass
    assert torch.allclose(state.logits(), wanted, atol=2e-5)
    rows = model.trace_rows(torch.tensor([ids, ids]), [Site(2, "resid_post")], edits=[Edits(edits), Edits()])
    assert torch.allclose(model.unembed(rows[0, 0, -1]), wanted, atol=2e-5)
    assert torch.allclose(model.unembed(rows[0, 1, -1]), read(model, ids=ids).logits(), atol=2e-5)


def test_what_is_written_is_read_here_as_a_model_with_an_adapter(
    tiny_model: LoadTiny, tiny_folder: Folder, tmp_path: Path
) -> None:
    for shape in ("gpt2", "llama"):
        model = tiny_model(shape)
        members = [scale(model, *one) for one in SETS["a set"]]
        folder = written(model, members, tmp_path / shape)
        config = json.loads((folder / "adapter_config.json").read_text())
        assert config["rank_pattern"] == config["alpha_pattern"]
        merged = load(f"{tiny_folder(shape)}+{folder}", device="cpu")
        ids = model.encode(TEXT)
        assert torch.allclose(read(merged, ids=ids).logits(), read(model, *members, ids=ids).logits(), atol=1e-5)
        with pytest.raises(Unsupported, match="with an adapter merged; PEFT would add the patch to"):
            written(merged, members, tmp_path / f"{shape}-again")


def test_what_no_adapter_holds_is_refused_in_words(tiny_model: LoadTiny) -> None:
    gpt2, opt = tiny_model("gpt2"), tiny_model("opt")
    ablate = Member(patch=Ablate(direction=packed(direction(gpt2))))
    some = scale(gpt2, 1, -1.0).model_copy(update={"scope": Prompt()})
    with pytest.raises(Unsupported, match=r"ablate .*; nor a patch that acts at some tokens only \(prompt\)"):
        weight_edits([ablate, some, scale(gpt2, 1, -1.0)], gpt2.place())
    with pytest.raises(Invalid, match="strength 0"):
        weight_edits([scale(gpt2, 1, 0.0)], gpt2.place())
    with pytest.raises(Unsupported, match="OPTLearnedPositionalEmbedding"):
        adapter_files(opt, weight_edits([scale(opt, 1, -1.0, ["L0.resid_pre"])], opt.place()))
