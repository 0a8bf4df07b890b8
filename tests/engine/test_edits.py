"""Patches in a forward pass: what they do is what their equations say, and what they leave alone keeps its bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch, placed
from microscope.core.patches.control import controls
from microscope.core.patches.direction import packed, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Everywhere, Generated, Prompt, Scope, Span, written_from
from microscope.core.patches.steer import Steer
from microscope.core.sites import ORDER, Site
from microscope.engine.batch import Batch
from microscope.engine.edits import NONE, Edits, always
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible, Invalid, Unsupported

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."
SHAPES = ("gpt2", "llama", "llama-tied", "qwen3", "gemma2", "gpt_neox", "opt", "phi")


def direction(model: Model, seed: int = 0) -> Tensor:
    return torch.randn(model.d_model, generator=torch.Generator().manual_seed(seed))


def edits(model: Model, *members: Member, n_prompt: int = 0) -> Edits:
    return Edits(placed(members, model.place()), written_from(n_prompt))


def read(model: Model, *members: Member, ids: Sequence[int] = (), chunk: int = 512, n_prompt: int = 0) -> State:
    state = State(model, always(edits(model, *members, n_prompt=n_prompt)))
    for _ in prefill(state, ids or model.encode(TEXT), chunk):
        pass
    return state


def changed(model: Model, ids: Tensor, site: Site, edited: Edits) -> Tensor:
    """A site's values in one pass."""
    return model.trace_rows(ids, [site], edits=[edited])[0, 0]


def steer(model: Model, site: str = "L1.resid_post", scale: float = 20.0, seed: int = 0) -> Steer:
    return Steer(site=site, direction=packed(direction(model, seed)), scale=scale)


def along(value: Tensor, unit: Tensor) -> float:
    """The largest part of a row along a direction, of the largest row."""
    return float((value @ unit).abs().max() / value.norm(dim=-1).max())


def patches(model: Model) -> list[Patch]:
    """One of every kind that needs no SAE, and that this model takes."""
    unit = packed(direction(model))
    kinds: list[Patch] = [steer(model), Ablate(direction=unit), Ablate(direction=unit, site="L1.resid_pre")]
    if not model.layout.post_norm:
        kinds += [Scale(direction=unit), Scale(direction=unit, writers=("L1.mlp_out",))]
    return kinds


@pytest.mark.parametrize("shape", SHAPES)
def test_strength_0_changes_no_bit(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    plain = read(model)
    for patch in patches(model):
        still = read(model, Member(patch=patch, strength=0))
        assert still.edits == NONE
        assert torch.equal(still.logits(), plain.logits())
        moved = read(model, Member(patch=patch, strength=1))
        assert not torch.equal(moved.logits(), plain.logits()), patch.kind


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_added_is_the_difference(tiny_model: LoadTiny, shape: str) -> None:
    """At every site, resid_mid and what enters the first block included."""
    model = tiny_model(shape)
    ids = torch.tensor([model.encode(TEXT)])
    for name in ORDER:
        site = Site(1, name) if name != "resid_pre" else Site(0, name)
        if name == "resid_mid" and model.layout.parallel:
            continue
        before = model.trace_rows(ids, [site])
        member = Member(patch=steer(model, str(site), scale=2.0), strength=-1.5)
        found = changed(model, ids, site, edits(model, member))
        vector = -3.0 * unpacked(packed(direction(model)))
        assert torch.allclose(found - before[0, 0], vector.expand_as(found), atol=2e-5), site


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "gemma2"])
def test_scaling_by_minus_1_leaves_nothing_along_the_direction(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    unit = unpacked(packed(direction(model)))
    state = read(model, Member(patch=Scale(direction=packed(unit)), strength=-1))
    for written in (state.resid[:1], state.attn_out, state.mlp_out):
        assert along(written, unit) < 1e-6
    # The stream is the sum of what is written: nothing is left of the direction anywhere.
    assert along(state.resid, unit) < 3e-6
    twice = read(model, Member(patch=Scale(direction=packed(unit)), strength=1))
    assert torch.allclose(twice.resid[0] @ unit, 2 * (read(model).resid[0] @ unit), atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_ablation_leaves_nothing_at_any_layer(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    unit = unpacked(packed(direction(model)))
    state = read(model, Member(patch=Ablate(direction=packed(unit)), strength=1))
    assert along(state.resid, unit) < 1e-6
    half = read(model, Member(patch=Ablate(direction=packed(unit), site="L0.resid_pre"), strength=0.5))
    assert torch.allclose(half.resid[0] @ unit, read(model).resid[0] @ unit / 2, atol=1e-5)


def scaled_weights(folder: Path, model: Model, unit: Tensor, s: float, writers: Sequence[str]) -> Any:
    """The model with W + s d dᵀ W and b + s d dᵀ b in place of its weights: the edit as papers write it."""
    hf = AutoModelForCausalLM.from_pretrained(folder)
    head: Any = hf.get_output_embeddings()
    head.weight = nn.Parameter(head.weight.detach().clone())
    p = s * torch.outer(unit, unit)
    for writer in writers:
        for module in output_modules(hf, model, writer):
            weight = module.weight
            # (out, in) but for GPT-2's Conv1D and for embeddings, whose rows are what is written.
            rows_write = type(module).__name__ in ("Conv1D", "Embedding", "OPTLearnedPositionalEmbedding")
            weight.data = weight + (weight @ p if rows_write else p @ weight)
            if getattr(module, "bias", None) is not None:
                module.bias.data = module.bias + p @ module.bias
    return hf.eval()


def output_modules(hf: Any, model: Model, writer: str) -> list[Any]:
    base = hf.base_model
    if writer == "L0.resid_pre":
        names = ("wte", "wpe", "embed_tokens", "embed_in", "decoder.embed_tokens", "decoder.embed_positions")
        found = dict(base.named_modules())
        return [found[name] for name in names if name in found]
    layer, name = writer[1:].split(".")
    block = base.get_submodule(model.layout.blocks)[int(layer)]
    halves = {
        "attn_out": ("attn.c_proj", "self_attn.o_proj", "attention.dense", "self_attn.out_proj", "self_attn.dense"),
        "mlp_out": ("mlp.c_proj", "mlp.down_proj", "mlp.dense_4h_to_h", "fc2", "mlp.fc2"),
    }
    found = dict(block.named_modules())
    return [found[path] for path in halves[name] if path in found]


@pytest.mark.parametrize("s", [-1.0, -2.0, 0.7])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "gemma2"])
def test_scaling_is_the_edit_of_the_weights(
    tiny_model: LoadTiny, tiny_folder: Callable[[str], Path], shape: str, s: float
) -> None:
    """Tied embeddings included, whose unembedding stays."""
    model = tiny_model(shape)
    unit = unpacked(packed(direction(model)))
    ids = model.encode(TEXT)
    every = [
        "L0.resid_pre",
        *(f"L{layer}.{half}" for layer in range(model.n_layers) for half in ("attn_out", "mlp_out")),
    ]
    for writers in (("L1.mlp_out",), ("L0.attn_out", "L2.mlp_out"), ()):
        patched = read(model, Member(patch=Scale(direction=packed(unit), writers=writers), strength=s)).logits()
        with torch.no_grad():
            edited = scaled_weights(tiny_folder(shape), model, unit, s, writers or every)
            logits = edited(torch.tensor([ids])).logits[0, -1]
        assert torch.allclose(patched, logits, atol=1e-5, rtol=1e-5), writers


@pytest.mark.parametrize("shape", ["gpt2", "llama", "qwen3", "gemma2"])
def test_token_by_token_is_one_pass(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    members = [
        Member(patch=steer(model), strength=0.7, scope=Span(start=3, end=9)),
        Member(patch=Ablate(direction=packed(direction(model, 1))), scope=Generated()),
        Member(patch=steer(model, "L2.attn_out", seed=2), strength=0.3, scope=Prompt()),
    ]
    streamed, whole = (read(model, *members, chunk=chunk, n_prompt=6) for chunk in (1, 512))
    assert torch.allclose(streamed.resid, whole.resid, atol=5e-5)
    assert torch.allclose(streamed.logits(), whole.logits(), atol=5e-5)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [(Everywhere(), range(12)), (Prompt(), range(5)), (Generated(), range(5, 12)), (Span(start=2, end=4), range(2, 4))],
)
def test_a_position_outside_of_the_scope_keeps_its_bits(tiny_model: LoadTiny, scope: Scope, covered: range) -> None:
    model = tiny_model("llama")
    ids = model.encode(TEXT)[:12]
    moved = read(model, Member(patch=steer(model), scope=scope), ids=ids, n_prompt=5).resid[2]
    differs = (moved != read(model, ids=ids).resid[2]).any(-1)
    assert differs.nonzero()[:, 0].tolist() == list(covered)


def test_rows_with_sets_of_their_own_share_a_step_and_nothing_else(tiny_model: LoadTiny) -> None:
    """Of different lengths, so that the shorter ones are padded."""
    model = tiny_model("qwen3")
    ids = model.encode(TEXT)
    sets = ((), (Member(patch=steer(model)),), (Member(patch=Ablate(direction=packed(direction(model, 1)))),))
    alone = [read(model, *members, ids=ids[: 4 + index], n_prompt=2) for index, members in enumerate(sets)]
    together = [one.fork(len(one)) for one in alone]
    batch = Batch(together)
    for step in range(3):
        tokens = [ids[len(one)] for one in alone]
        batch.extend(tokens)
        for one, token in zip(alone, tokens, strict=True):
            one.extend([token])
        for one, other in zip(alone, together, strict=True):
            assert torch.allclose(one.logits(), other.logits(), atol=5e-5), step
    # A row without patches has the bits that it has in a batch in which nobody has any.
    plain = [read(model, ids=ids[: 4 + index]) for index in range(3)]
    Batch(plain).extend([ids[len(one)] for one in plain])
    again = [read(model, *members, ids=ids[: 4 + index]) for index, members in enumerate(sets)]
    Batch(again).extend([ids[len(one)] for one in again])
    assert torch.equal(again[0].logits(), plain[0].logits())


def test_members_act_in_their_order(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    unit = packed(direction(model))
    push = Member(patch=steer(model, "L1.resid_post"))
    take = Member(patch=Ablate(direction=unit, site="L1.resid_post"))
    kept, gone = (read(model, *order).resid[2] @ unpacked(unit) for order in ((take, push), (push, take)))
    assert torch.allclose(kept, torch.full_like(kept, 20.0), atol=1e-4)
    assert gone.abs().max() < 1e-4
    # Orthogonal directions do not meet.
    other = direction(model, 1)
    other = Member(
        patch=Ablate(direction=packed(other - (other @ unpacked(unit)) * unpacked(unit)), site="L1.resid_post")
    )
    one, two = (read(model, *order).logits() for order in ((take, other), (other, take)))
    assert torch.allclose(one, two, atol=1e-4)


def test_weights_are_edited_before_anything_is_pushed(tiny_model: LoadTiny) -> None:
    """The embeddings too, whose output is a site of its own: what is added there is not scaled."""
    model = tiny_model("gpt2")
    unit = packed(direction(model))
    push = Member(patch=steer(model, "L0.resid_pre"))
    take = Member(patch=Scale(direction=unit, writers=("L0.resid_pre",)), strength=-1)
    for order in ((take, push), (push, take)):
        kept = read(model, *order).resid[0] @ unpacked(unit)
        assert torch.allclose(kept, torch.full_like(kept, 20.0), atol=1e-4)


def test_what_enters_a_block_and_what_leaves_the_one_before_are_one_place(tiny_model: LoadTiny) -> None:
    """Whatever acts there acts in the order of the set."""
    model = tiny_model("gpt2")
    unit = packed(direction(model))
    names = ("L1.resid_pre", "L0.resid_post")
    for first, second in (names, names[::-1]):
        take, push = Member(patch=Ablate(direction=unit, site=first)), Member(patch=steer(model, second))
        for order, left in (((push, take), 0.0), ((take, push), 20.0)):
            kept = read(model, *order).resid[1] @ unpacked(unit)
            assert torch.allclose(kept, torch.full_like(kept, left), atol=1e-4)


def test_a_control_pushes_as_hard_and_elsewhere(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    site = Site(1, "resid_post")
    ids = torch.tensor([model.encode(TEXT)])
    clean = model.trace_rows(ids, [site])[0, 0]
    for patch in (steer(model, seed=3), Ablate(direction=packed(direction(model, 4)), site=str(site))):
        own = placed([Member(patch=patch)], model.place())
        both = [own, *controls(own, 2)]
        pushes = [changed(model, ids, site, Edits(one)) - clean for one in both]
        for control in pushes[1:]:
            assert torch.allclose(control.norm(dim=-1), pushes[0].norm(dim=-1), rtol=1e-3)
            assert torch.cosine_similarity(control[0], pushes[0][0], dim=0).abs() < 0.6
        assert torch.cosine_similarity(pushes[1][0], pushes[2][0], dim=0).abs() < 0.6


def test_what_does_not_fit_is_refused(tiny_model: LoadTiny) -> None:
    model, gemma = tiny_model("phi"), tiny_model("gemma2")
    unit = packed(direction(model))
    with pytest.raises(Incompatible, match="no resid_mid"):
        edits(model, Member(patch=Ablate(direction=unit, site="L1.resid_mid")))
    with pytest.raises(Incompatible, match=r"3 dimensions.*d_model=64"):
        edits(model, Member(patch=Ablate(direction=packed([1.0, 2.0, 3.0]))))
    with pytest.raises(Unsupported, match="norm before it is added"):
        edits(gemma, Member(patch=Scale(direction=unit)))
    with pytest.raises(Invalid, match="nothing that weights write"):
        edits(model, Member(patch=Scale(direction=unit, writers=("L1.resid_post",))))
