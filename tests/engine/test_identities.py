"""What must hold of every kind of patch on models of the shapes of GPT-2, Llama and Qwen, with the figures: `pytest -s`
prints them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import permutations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.test_edits import TEXT, along, direction
from torch import Tensor, nn

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Patch, Place, Placed, placed
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed, share_along, unpacked
from microscope.core.patches.edits import LowRank
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Everywhere, Generated, WhereFires, written_from
from microscope.core.patches.steer import Steer
from microscope.core.patches.weights import composed, weight_edits
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.one_feature import one_feature
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.batch import Batch
from microscope.engine.edits import Edits, always
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible

LoadTiny = Callable[..., Model]
SHAPES = ("gpt2", "llama", "llama-tied", "qwen3")
STREAMED = 3.0
"""Times as far as without patches a patched stream may be from one pass."""
SHA, LORA, SITE = "ab" * 32, "cd" * 32, "L1.resid_post"


def place(model: Model) -> Place:
    """With an SAE of features that are far from orthogonal, and a LoRA of what each block writes."""
    draw = torch.Generator().manual_seed(5)
    rows = nn.functional.normalize(torch.randn(96, model.d_model, generator=draw), dim=-1)
    spec = Spec(architecture=TopK(k=24), d_in=model.d_model, d_sae=96, d_out=model.d_model, site=SITE)
    weights = {"W_enc": rows.T, "b_enc": torch.zeros(96), "W_dec": rows, "b_dec": torch.zeros(model.d_model)}
    sae = Sae(spec, weights).to(model.device)
    added: list[LowRank] = []
    for layer in range(model.n_layers) if not model.layout.post_norm else ():
        for path in model.writers(Site(layer, "mlp_out")):
            shape = model.module(path).get_parameter("weight").shape
            wide = max(shape)
            added.append(
                LowRank(path, torch.randn(2, wide, generator=draw) / 9, torch.randn(min(shape), 2, generator=draw) / 9)
            )
    return model.place(lambda _, feature: one_feature(sae, feature), {LORA: tuple(added)}.__getitem__)


def kinds(model: Model) -> dict[str, Patch]:
    unit = packed(direction(model))
    return {
        "scale everywhere": Scale(direction=unit),
        "scale one writer": Scale(direction=unit, writers=("L1.mlp_out",)),
        "steer": Steer(site=SITE, direction=unit, scale=20.0),
        "ablate everywhere": Ablate(direction=unit),
        "ablate here": Ablate(direction=unit, site=SITE),
        "clamp": Clamp(sae=SHA, site=SITE, feature=3, value=9.0),
        "adapter": Adapter(adapter=LORA),
    }


def read(model: Model, *members: Member, chunk: int = 512, ids: Sequence[int] = (), n_prompt: int = 6) -> State:
    state = State(model, always(Edits(placed(members, place(model)), written_from(n_prompt))))
    for _ in prefill(state, ids or model.encode(TEXT), chunk):
        pass
    return state


def bits(state: State) -> tuple[Tensor, ...]:
    return state.logits(), state.resid, state.attn_out, state.mlp_out


def same(one: State, other: State) -> bool:
    return all(torch.equal(mine, theirs) for mine, theirs in zip(bits(one), bits(other), strict=True))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_strength_0_and_off_change_no_bit(tiny_model: LoadTiny, shape: str, dtype: str) -> None:
    """Alone, and beside one that is on."""
    model = tiny_model(shape, dtype)
    plain = read(model)
    on = Member(patch=Steer(site="L0.resid_post", direction=packed(direction(model, 3)), scale=4.0))
    beside = read(model, on)
    for name, patch in kinds(model).items():
        still = Member(patch=patch, strength=0)
        assert same(read(model, still), plain), name
        assert same(read(model, still, on), beside), name
        moved = float((read(model, Member(patch=patch)).logits() - plain.logits()).abs().max())
        assert moved > 1e-3, name
        print(f"off changes no bit | {shape} {dtype} {name} | 0 bits, at strength 1 logits move by {moved:.2g}")


@pytest.mark.parametrize("shape", SHAPES)
def test_minus_1_leaves_a_millionth_of_the_modules_output(tiny_model: LoadTiny, shape: str) -> None:
    """Along a direction that most of it lies on, biases included."""
    model = tiny_model(shape)
    clean = read(model)
    outputs = {"L0.resid_pre": clean.resid[0], "L1.attn_out": clean.attn_out[1], "L1.mlp_out": clean.mlp_out[1]}
    for name, output in outputs.items():
        unit = output.mean(0) / output.mean(0).norm()
        assert along(output, unit) > 0.2, "there is something to be taken out"
        state = read(model, Member(patch=Scale(direction=packed(unit), writers=(name,)), strength=-1))
        left = {"L0.resid_pre": state.resid[0], "L1.attn_out": state.attn_out[1], "L1.mlp_out": state.mlp_out[1]}[name]
        found = float((left @ unit).abs().max() / output.norm(dim=-1).max())
        assert found <= 1e-6
        print(
            f"−1 leaves nothing | {shape} {name} | {found:.1e} of the output's norm, {along(output, unit):.2f} before"
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_all_writers_leave_nothing_in_the_residual_stream(tiny_model: LoadTiny, shape: str) -> None:
    """Embeddings, attention, MLP and biases; W_U stays, tied or not, and one writer left out is seen."""
    model = tiny_model(shape)
    w_u = model.hf.get_output_embeddings().weight.detach().clone()
    clean = read(model)
    unit = clean.resid[-1].mean(0) / clean.resid[-1].mean(0).norm()
    state = read(model, Member(patch=Scale(direction=packed(unit)), strength=-1))
    left = [float(share_along(row, unit).max()) for row in state.resid]
    assert max(left) <= 3e-6
    print(f"all writers | {shape} | left by layer {', '.join(f'{one:.0e}' for one in left)}; "
          f"before {float(share_along(clean.resid[-1], unit).max()):.2f}")  # fmt: skip
    whole = [one.edit for one in placed([Member(patch=Scale(direction=packed(unit)), strength=-1)], place(model))]
    for missing in whole:
        rest = Edits(tuple(Placed(one, Everywhere()) for one in whole if one is not missing))
        partly = State(model, always(rest))
        for _ in prefill(partly, model.encode(TEXT)):
            pass
        assert max(float(share_along(row, unit).max()) for row in partly.resid) > 1e-4, missing.at
    assert torch.equal(model.hf.get_output_embeddings().weight, w_u), "W_U stays"
    assert torch.allclose(state.logits(), model.unembed.norm(state.resid[-1, -1]) @ w_u.T, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_is_the_composed_change(tiny_model: LoadTiny, shape: str) -> None:
    """Against (I + s d dᵀ) W multiplied out, a LoRA in between; in the other order it is another."""
    model = tiny_model(shape)
    (path,) = model.writers(Site(1, "mlp_out"))
    module = model.module(path)
    weight = module.get_parameter("weight").detach()
    # Conv1D keeps the transpose.
    weight = weight if weight.shape[0] == model.d_model and not shape.startswith("gpt2") else weight.T
    bias = dict(module.named_parameters()).get("bias")
    one, two = (Scale(direction=packed(direction(model, seed)), writers=("L1.mlp_out",)) for seed in (1, 2))
    (lora,) = (edit for edit in place(model).adapter(LORA) if edit.at == path and isinstance(edit, LowRank))
    members = [Member(patch=one, strength=-1.0), Member(patch=Adapter(adapter=LORA), strength=0.5),
               Member(patch=two, strength=0.7)]  # fmt: skip
    eye = torch.eye(model.d_model)
    units = [unpacked(patch.direction) for patch in (one, two)]
    first, last = (eye + s * torch.outer(unit, unit) for s, unit in zip((-1.0, 0.7), units, strict=True))
    wanted = last @ (first @ weight + 0.5 * lora.up @ lora.down) - weight
    edits = weight_edits(members, place(model))[path]
    change = composed(edits, weight, bias)  # type: ignore[arg-type]
    found = float((change.up @ change.down - wanted).norm() / wanted.norm())
    assert found <= 1e-5
    if bias is not None:
        torch.testing.assert_close(change.bias, (last @ first - eye) @ bias.detach(), atol=1e-5, rtol=1e-4)
    back = composed(weight_edits(members[::-1], place(model))[path], weight, bias)  # type: ignore[arg-type]
    other = float((back.up @ back.down - wanted).norm() / wanted.norm())
    assert other > 1e-2
    print(f"ΔW is the composed one | {shape} | off by {found:.1e} of its norm; in the other order by {other:.2f}")


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonal_members_commute_and_others_do_not(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    units = torch.linalg.qr(torch.stack([direction(model, seed) for seed in range(3)]).T)[0].T
    three = [
        Member(patch=Scale(direction=packed(unit)), strength=s) for unit, s in zip(units, (-1, 0.7, -2), strict=True)
    ]
    orders = [read(model, *order).logits() for order in permutations(three)]
    found = max(float((one - orders[0]).abs().max()) for one in orders)
    assert found <= 5e-5
    skew = [
        Member(patch=Scale(direction=packed(direction(model, seed) + 20 * units[0])), strength=-2) for seed in (4, 5)
    ]
    apart = float((read(model, *skew).logits() - read(model, *skew[::-1]).logits()).abs().max())
    assert apart > 1e-2
    print(f"orthogonal members commute | {shape} | logits differ by {found:.1e}; skew ones by {apart:.2g}")


def apart(one: State, other: State) -> float:
    """The largest difference of a residual, as a share of it."""
    return float(((one.resid - other.resid).float().norm(dim=-1) / one.resid.float().norm(dim=-1)).max())


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_streamed_is_one_pass(tiny_model: LoadTiny, shape: str, dtype: str) -> None:
    """Each kind by itself, in units of what the model without patches differs by; a twentieth more is seen."""
    model = tiny_model(shape, dtype)
    whole, streamed = (read(model, chunk=chunk) for chunk in (512, 1))
    # In 16 bits both round alike, so that they are one; a patch rounds once more.
    unit = max(apart(whole, streamed), torch.finfo(model.dtype).eps)
    found: dict[str, float] = {}
    for name, patch in kinds(model).items():
        member = Member(patch=patch, strength=0.5, scope=Generated())
        whole, streamed = (read(model, member, chunk=chunk) for chunk in (512, 1))
        found[name] = apart(whole, streamed) / unit
        more = apart(whole, read(model, member.model_copy(update={"strength": 0.525}), chunk=1)) / unit
        assert found[name] <= STREAMED, (name, found[name])
        if dtype == "float32" or name == "steer":
            assert more > STREAMED, (name, more)
    worst = max(found, key=found.__getitem__)
    print(f"streamed is one pass | {shape} {dtype} | residuals differ by {found[worst]:.1f} times what they do without "
          f"patches ({worst})")  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_clamped_features_add_up_and_keep_the_error(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    here = place(model).feature(SHA, 3).sae
    members = [Member(patch=Clamp(sae=SHA, site=SITE, feature=number, value=value)) for number, value in
               ((3, 9.0), (5, 0.0), (7, 4.0))]  # fmt: skip
    x = read(model).resid[2]
    orders = [read(model, *order).resid[2] for order in permutations(members)]
    found = max(float((one - orders[0]).abs().max()) for one in orders)
    acts = here.encode(x)
    rows = here.weights["W_dec"]
    wanted = x + sum(((value - acts[:, n, None]) * rows[n] for n, value in ((3, 9.0), (5, 0.0), (7, 4.0))),
                     torch.zeros_like(x))  # fmt: skip
    off = float((orders[0] - wanted).abs().max())
    assert max(found, off) <= 2e-5
    held = acts.clone()
    for number, value in ((3, 9.0), (5, 0.0), (7, 4.0)):
        held[:, number] = value
    error = x - here.reconstruct(x)
    kept = float((orders[0] - held @ rows - here.weights["b_dec"] - error).abs().max())
    assert kept <= 5e-5
    print(
        f"clamped features | {shape} | orders differ by {found:.1e}, the sum by {off:.1e}, the error term by {kept:.1e}"
    )


def weights_sha256(model: Model) -> str:
    """Of every tensor of the model, in order."""
    digest = hashlib.sha256()
    module: nn.Module = vars(model)["_hf"]
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


class Broken(Steer, frozen=True):
    """Fails in the middle of a pass."""

    def compile(self, strength: float, place: Place) -> tuple[LowRank, ...]:  # type: ignore[override]
        wrong = LowRank(Site(1, "resid_post"), torch.ones(1, place.d_model + 1), torch.ones(place.d_model, 1))
        return (wrong._replace(up=strength * wrong.up),)


STEPS = ("on", "off", "fail", "cancel", "batch", "switch", "skip", "refused", "huge")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 6)), min_size=4, max_size=10))
@pytest.mark.parametrize("shape", ["gpt2", "llama", "qwen3"])
def test_the_weights_keep_their_bits_whatever_happens(
    tiny_model: LoadTiny, shape: str, steps: list[tuple[str, int]]
) -> None:
    model = tiny_model(shape)
    ids = model.encode(TEXT)
    before, plain = weights_sha256(model), read(model)
    own = list(kinds(model).values())
    broken = Member(patch=Broken(site=SITE, direction=packed(direction(model)), scale=1.0))
    for step, number in steps:
        member = Member(patch=own[number], strength=0.5 + number)
        match step:
            case "on":
                read(model, member, Member(patch=own[number - 1]))
            case "off":
                assert same(read(model, member.model_copy(update={"strength": 0.0})), plain)
            case "fail":
                with pytest.raises(RuntimeError):
                    read(model, member, broken)
            case "cancel":
                state = State(model, always(Edits(placed([member], place(model)))))
                reading = prefill(state, ids, 4)
                next(reading)
                next(reading)
                del reading
            case "batch":
                rows = [read(model, ids=ids[:5]), read(model, member, ids=ids[:7])]
                Batch(rows).extend([ids[5], ids[7]])
            case "switch":
                state = read(model, member, ids=ids[:6])
                state.switch(Edits())
                state.extend(ids[6:9])
            case "skip":
                gated = member.model_copy(update={"scope": WhereFires(sae=SHA, site=SITE, feature=number)})
                late = gated.model_copy(update={"patch": own[5]})
                read(model, late)
            case "refused":
                with pytest.raises(Incompatible):
                    read(model, member, Member(patch=Ablate(direction=packed([1.0, 2.0]))))
            case _:
                read(model, member.model_copy(update={"strength": 1e9}))
        assert weights_sha256(model) == before, step
    assert same(read(model), plain)
