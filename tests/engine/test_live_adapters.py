"""A LoRA in force row by row: what a model with the adapter merged into it computes, and off without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.engine.test_adapter_export import in_peft, scale, written
from tests.engine.test_adapters import MAKES, make, pytestmark
from tests.engine.test_edits import TEXT

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, placed
from microscope.core.patches.control import controls
from microscope.core.patches.edits import LowRank, Project, Rows
from microscope.core.patches.scope import Generated, written_from
from microscope.engine.adapters import CONFIG, WEIGHTS, read_adapter
from microscope.engine.batch import Batch
from microscope.engine.edits import Edits, always
from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible, NotFound, Unsupported

__all__ = ["make", "pytestmark"]

LoadTiny = Callable[..., Model]
Folder = Callable[[str], Path]
Make = Callable[..., Path]


class Attached:
    """A model and one adapter for it."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        adapter = read_adapter(str(folder), folder)
        self.sha256, self.added = adapter.sha256, model.low_rank(adapter)
        self.place = model.place(adapter=self.find)

    def find(self, sha256: str) -> tuple[LowRank | Rows, ...]:
        assert sha256 == self.sha256
        return self.added

    def member(self, strength: float = 1.0) -> Member:
        return Member(patch=Adapter(adapter=self.sha256), strength=strength)

    def read(self, *members: Member, ids: Sequence[int] = (), n_prompt: int = 0, chunk: int = 512) -> State:
        state = State(self.model, always(Edits(placed(members, self.place), written_from(n_prompt))))
        for _ in prefill(state, ids or self.model.encode(TEXT), chunk):
            pass
        return state


@pytest.mark.parametrize("name", MAKES)
def test_live_is_merged(name: str, make: Make, tiny_model: LoadTiny, tiny_folder: Folder) -> None:
    shape, settings = MAKES[name]
    folder = make(shape, **settings)
    it = Attached(tiny_model(shape), folder)
    merged = load(f"{tiny_folder(shape)}+{folder}", device="cpu")
    ids = merged.encode(TEXT)
    wanted = merged.trace(ids)
    assert wanted.logits is not None
    whole, streamed = (it.read(it.member(), ids=ids, chunk=chunk) for chunk in (512, 1))
    for state in (whole, streamed):
        assert torch.allclose(state.logits(), wanted.logits[-1], atol=5e-5)
        assert torch.allclose(state.mlp_out, wanted.mlp_out, atol=5e-5)
        assert torch.allclose(state.attn_out, wanted.attn_out, atol=5e-5)
    assert not torch.allclose(it.read(ids=ids).logits(), wanted.logits[-1], atol=1e-2)


@pytest.mark.parametrize("name", MAKES)
def test_off_changes_no_bit(name: str, make: Make, tiny_model: LoadTiny) -> None:
    shape, settings = MAKES[name]
    plain = State(tiny_model(shape))
    for _ in prefill(plain, tiny_model(shape).encode(TEXT)):
        pass
    it = Attached(tiny_model(shape), make(shape, **settings))
    it.read(it.member())
    assert torch.equal(it.read(it.member(0.0)).logits(), plain.logits())
    assert torch.equal(it.read().logits(), plain.logits())


def test_strength_is_the_share_of_the_change(make: Make, tiny_model: LoadTiny) -> None:
    """At the first module that it changes, where nothing else has been changed yet."""
    it = Attached(tiny_model("llama"), make("llama", target_modules=["layers.0.self_attn.o_proj"]))
    base, half, whole = (it.read(*members).attn_out[0] for members in ((), (it.member(0.5),), (it.member(),)))
    assert torch.allclose(half - base, (whole - base) / 2, atol=1e-5)


@pytest.mark.parametrize("shape", ["gpt2", "llama-tied"])
def test_weights_are_edited_in_the_order_of_the_set(
    shape: str, make: Make, tiny_model: LoadTiny, tiny_folder: Folder, tmp_path: Path
) -> None:
    """Scaled behind the adapter, what the adapter writes is scaled, too; before it, it is not. PEFT agrees."""
    gpt2: dict[str, object] = {"target_modules": ["c_proj"], "fan_in_fan_out": True}
    llama: dict[str, object] = {"target_modules": ["down_proj", "o_proj"], "lora_bias": True}
    settings = gpt2 if shape == "gpt2" else llama
    it = Attached(tiny_model(shape), make(shape, **settings))
    take = scale(it.model, 1, -1.0, ("L1.mlp_out", "L2.attn_out"))
    edit = placed([take], it.place)[0].edit
    assert isinstance(edit, Project)
    ids = it.model.encode(TEXT)
    found: list[torch.Tensor] = []
    for number, members in enumerate(((it.member(), take), (take, it.member()))):
        state = it.read(*members, ids=ids)
        found.append(state.logits())
        left = (state.mlp_out[1] @ edit.unit).abs().max() / state.mlp_out[1].norm(dim=-1).max()
        assert (left < 1e-6) == (number == 0)
        folder = written(it.model, members, tmp_path / str(number), it.place)
        assert torch.allclose(in_peft(tiny_folder(shape), folder, ids), state.logits(), atol=2e-5, rtol=1e-5)
    assert not torch.allclose(found[0], found[1], atol=1e-3)


def test_a_row_with_an_adapter_shares_a_step_with_rows_without(make: Make, tiny_model: LoadTiny) -> None:
    it = Attached(tiny_model("gpt2"), make("gpt2", **MAKES["gpt2"][1]))
    ids = it.model.encode(TEXT)
    sets: tuple[tuple[Member, ...], ...] = ((), (it.member(),), (it.member(-0.5),))
    alone = [it.read(*members, ids=ids[: 5 + index]) for index, members in enumerate(sets)]
    together = [one.fork(len(one)) for one in alone]
    batch = Batch(together)
    for _ in range(2):
        tokens = [ids[len(one)] for one in alone]
        batch.extend(tokens)
        for one, token in zip(alone, tokens, strict=True):
            one.extend([token])
    for one, other in zip(alone, together, strict=True):
        assert torch.allclose(one.logits(), other.logits(), atol=5e-5)


def test_on_generated_tokens_alone_the_prompt_keeps_its_bits(make: Make, tiny_model: LoadTiny) -> None:
    it = Attached(tiny_model("llama"), make("llama", target_modules=["q_proj", "down_proj"]))
    member = it.member().model_copy(update={"scope": Generated()})
    found, plain = it.read(member, n_prompt=6).resid[-1], it.read().resid[-1]
    assert torch.equal(found[:6], plain[:6])
    assert (found[6:] != plain[6:]).any(-1).all()


def test_a_control_pushes_each_module_as_hard(make: Make, tiny_model: LoadTiny) -> None:
    """Whatever its width."""
    it = Attached(tiny_model("llama"), make("llama", target_modules=["q_proj", "v_proj", "down_proj"]))
    own = placed([it.member()], it.place)
    assert len({one.edit.width for one in own}) > 1
    draw = torch.Generator().manual_seed(9)
    for one, control in zip(own, controls(own, 1)[0], strict=True):
        assert isinstance(one.edit, LowRank)
        x = torch.randn(7, one.edit.width, generator=draw)
        given = torch.randn(7, one.edit.down.shape[1], generator=draw)
        pushes = [(edit.apply(x, given) - x).norm(dim=-1) for edit in (one.edit, control.edit)]
        assert torch.allclose(pushes[0], pushes[1], rtol=1e-3)


def test_what_does_not_fit_is_refused_before_anything_runs(make: Make, tiny_model: LoadTiny) -> None:
    folder = make("llama", target_modules=["q_proj"])
    with pytest.raises(Incompatible, match="does not have"):
        Attached(tiny_model("gpt2"), folder)
    llama = tiny_model("llama")
    head = {"lora_A.weight": torch.ones(4, llama.d_model), "lora_B.weight": torch.ones(llama.d_vocab, 4)}
    save_file({f"base_model.model.lm_head.{name}": value for name, value in head.items()}, folder / WEIGHTS)
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, "target_modules": ["lm_head"]}))
    with pytest.raises(Unsupported, match="the unembedding"):
        Attached(llama, folder)
    with pytest.raises(NotFound, match="no adapter"):
        placed([Member(patch=Adapter(adapter="0" * 64))], llama.place())
