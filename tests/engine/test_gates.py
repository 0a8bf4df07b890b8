"""Patches that act where a feature fires: read in the pass itself, before any patch at the feature's site."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch.nn.functional import normalize

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch, Place, placed
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.control import Watched, controls
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Scope, Span, WhereFires
from microscope.core.patches.steer import Steer
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.one_feature import one_feature
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.sites import Site, parse_site
from microscope.engine.batch import Batch
from microscope.engine.edits import Edits, always
from microscope.engine.model import Model
from microscope.engine.skipping import Entering
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible, NotFound, Unsupported

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."
SHAPES = ("gpt2", "llama", "llama-tied", "qwen3", "gemma2", "gpt_neox", "opt", "phi")
SHA, F = "ab" * 32, 8


def sae(model: Model, site: str) -> Sae:
    """Features that fire at every second token of the text."""
    rows = normalize(torch.randn(F, model.d_model, generator=torch.Generator().manual_seed(1)), dim=-1)
    zeros = torch.zeros(model.d_model)
    spec = Spec(architecture=Relu(), d_in=model.d_model, d_sae=F, d_out=model.d_model, site=site)
    x = model.trace(model.encode(TEXT), [parse_site(site)], logits="none").stacked[0]
    read = (x @ rows.T).sort(0).values
    # Between two tokens: at the very threshold, rounding decides.
    b_enc = -(read[len(x) // 2 - 1] + read[len(x) // 2]) / 2
    return Sae(spec, {"W_enc": rows.T.contiguous(), "b_enc": b_enc, "W_dec": rows, "b_dec": zeros})


def place(model: Model, site: str) -> Place:
    return model.place(lambda _, feature: one_feature(sae(model, site), feature))


def fires(site: str, feature: int = 2, above: float = 0.0) -> WhereFires:
    return WhereFires(sae=SHA, site=site, feature=feature, above=above)


def steer(model: Model, site: str) -> Steer:
    direction = torch.randn(model.d_model, generator=torch.Generator().manual_seed(0))
    return Steer(site=site, direction=packed(direction), scale=20.0)


def edits(model: Model, gate: str, *members: tuple[Patch, Scope]) -> Edits:
    return Edits(placed([Member(patch=patch, scope=scope) for patch, scope in members], place(model, gate)))


def read(model: Model, given: Edits, ids: Sequence[int] = (), chunk: int = 512) -> State:
    state = State(model, always(given))
    for _ in prefill(state, ids or model.encode(TEXT), chunk):
        pass
    return state


def open_at(model: Model, site: str, above: float = 0.0, feature: int = 2) -> list[bool]:
    """In the model as it is, written out."""
    rows = model.trace(model.encode(TEXT), [parse_site(site)], logits="none").stacked[0]
    return (sae(model, site).encode(rows)[:, feature] > above).tolist()


def moved(model: Model, given: Edits, row: int) -> list[bool]:
    """Positions at which a residual is another, in a bit, than in the model as it is."""
    return (read(model, given).resid[row] != read(model, Edits()).resid[row]).any(-1).tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_it_acts_at_the_tokens_where_the_feature_fires_and_at_no_other(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    gates = ["L0.resid_pre", "L0.attn_out", "L0.mlp_out", "L0.resid_post", "L1.resid_pre", "L1.resid_post"]
    gates += [] if model.layout.parallel else ["L0.resid_mid", "L1.resid_mid"]
    patch = steer(model, "L1.resid_post")
    for gate in gates:
        expected = open_at(model, gate)
        assert sum(expected) == (len(expected) + 1) // 2, gate
        assert moved(model, edits(model, gate, (patch, fires(gate))), 2) == expected, gate
    weights = Scale(direction=patch.direction, writers=("L1.mlp_out",))
    if not model.layout.post_norm:
        for gate in ("L1.attn_out", "L0.resid_post"):
            assert moved(model, edits(model, gate, (weights, fires(gate))), 2) == open_at(model, gate), gate


def test_the_threshold_is_in_the_saes_unit(tiny_model: LoadTiny) -> None:
    model, gate = tiny_model("llama"), "L0.resid_post"
    rows = model.trace(model.encode(TEXT), [Site(0, "resid_post")], logits="none").stacked[0]
    middle = float(sae(model, gate).encode(rows)[:, 2].sort().values[-4])
    given = edits(model, gate, (steer(model, gate), fires(gate, above=middle)))
    assert sum(moved(model, given, 1)) == 3
    never = edits(model, gate, (steer(model, gate), fires(gate, above=1e9)))
    assert torch.equal(read(model, never).logits(), read(model, Edits()).logits()), "closed, it changes no bit"


def test_the_feature_is_read_before_any_patch_at_its_site_and_behind_those_below(tiny_model: LoadTiny) -> None:
    model, gate = tiny_model("gpt2"), "L1.resid_post"
    expected = open_at(model, gate)
    everywhere = Span(start=0, end=999)
    gone = Ablate(direction=packed(sae(model, gate).weights["W_dec"][2]), site=gate)
    late = (steer(model, "L2.mlp_out"), fires(gate))
    for order in (((gone, everywhere), late), (late, (gone, everywhere))):
        state, other = (read(model, edits(model, gate, *some)) for some in (order, [(gone, everywhere)]))
        assert (state.mlp_out[2] != other.mlp_out[2]).any(-1).tolist() == expected
    below = gone.model_copy(update={"site": "L0.resid_post"})
    state, other = (
        read(model, edits(model, gate, *some)) for some in ([(below, everywhere), late], [(below, everywhere)])
    )
    seen = (sae(model, gate).encode(other.resid[2])[:, 2] > 0).tolist()
    assert (state.mlp_out[2] != other.mlp_out[2]).any(-1).tolist() == seen != expected


def test_two_gates_and_a_clamp_of_the_same_sae_read_what_came(tiny_model: LoadTiny) -> None:
    model, gate = tiny_model("qwen3"), "L1.resid_post"
    clamp = Clamp(sae=SHA, site=gate, feature=2, value=50.0)
    members = [(clamp, fires(gate)), (clamp.model_copy(update={"feature": 3}), fires(gate, 3))]
    one, two = (read(model, edits(model, gate, *order)).resid[2] for order in (members, members[::-1]))
    assert torch.allclose(one, two, atol=1e-4)
    here = sae(model, gate)
    x = read(model, Edits()).resid[2]
    acts = here.encode(x)
    wanted = x.clone()
    for feature in (2, 3):
        add = (50.0 - acts[:, feature, None]) * here.weights["W_dec"][feature]
        wanted += torch.where(acts[:, feature, None] > 0, add, 0)
    assert torch.allclose(one, wanted, atol=1e-4)


@pytest.mark.parametrize("shape", ["gpt2", "llama", "qwen3", "gemma2"])
def test_token_by_token_in_company_and_from_a_block_on_it_is_one_pass(tiny_model: LoadTiny, shape: str) -> None:
    model, gate = tiny_model(shape), "L0.resid_post"
    given = edits(model, gate, (steer(model, "L1.resid_post"), fires(gate)))
    whole, streamed = (read(model, given, chunk=chunk) for chunk in (512, 1))
    assert torch.allclose(whole.resid, streamed.resid, atol=5e-5)
    ids = model.encode(TEXT)
    rows = [read(model, mine, ids[: 4 + index]) for index, mine in enumerate((given, Edits(), given))]
    batch = Batch(rows)
    for _ in range(4):
        batch.extend([ids[len(one)] for one in rows])
    for row, mine in zip(rows, (given, Edits(), given), strict=True):
        assert torch.allclose(row.logits(), read(model, mine, ids[: len(row)]).logits(), atol=5e-5)
    row, end = torch.tensor([ids]), Site(model.n_layers - 1, "resid_post")
    assert model.first_block(given.placed) == 1
    entered = model.trace_rows(row, [Site(0, "resid_post")])[0]
    begun = model.trace_rows(row, [end], edits=[given], entering=Entering(1, entered))
    assert torch.equal(begun, model.trace_rows(row, [end], edits=[given]))


def test_a_pass_begins_no_later_than_where_the_feature_is_read(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    for gate, block in (("L0.attn_out", 0), ("L0.resid_post", 1), ("L1.mlp_out", 1), ("L2.resid_pre", 2)):
        assert model.first_block(edits(model, gate, (steer(model, "L2.resid_post"), fires(gate))).placed) == block


def test_controls_push_where_the_patch_acted(tiny_model: LoadTiny) -> None:
    """Also where the pushes themselves would open or close the gate."""
    model, gate = tiny_model("llama"), "L1.resid_post"
    below = (steer(model, "L0.resid_post"), Span(start=0, end=999))
    gated = (steer(model, gate), fires(gate))
    own = edits(model, gate, below, gated)
    watched = Watched(own.placed)
    state = read(model, Edits(watched.placed))
    assert torch.equal(state.resid, read(model, own).resid)
    opened = (sae(model, gate).encode(read(model, edits(model, gate, below)).resid[2])[:, 2] > 0).tolist()
    members = [Member(patch=patch, scope=scope) for patch, scope in (below, gated)]
    spans = [watched.acts(member, len(opened), ()) for member in members]
    assert spans[0] == ((0, len(opened)),)
    assert [any(start <= one < end for start, end in spans[1]) for one in range(len(opened))] == opened
    assert watched.acts(members[1].model_copy(update={"strength": 0.0}), len(opened), ()) == ()
    for control in watched.controls(2):
        again = Watched(control)
        read(model, Edits(again.placed))
        assert again.acts(members[1], len(opened), ()) == spans[1]
    (streamed,) = controls(own.placed, 1)
    assert [one.gate is not None for one in streamed] == [False, True]


def test_what_cannot_be_is_refused_in_words(tiny_model: LoadTiny) -> None:
    model, gate = tiny_model("gpt2"), "L1.mlp_out"
    unit = packed(torch.ones(model.d_model))
    for patch, first in (
        (steer(model, "L1.attn_out"), "L1.attn_out"),
        (Ablate(direction=unit), "L0.resid_pre"),
        (Scale(direction=unit, writers=("L1.mlp_out",)), "transformer.h.1.mlp.c_proj"),
    ):
        with pytest.raises(Incompatible, match=f"read at {gate}; it changes {first} before"):
            edits(model, gate, (patch, fires(gate)))
    with pytest.raises(NotFound, match="8 features"):
        edits(model, gate, (steer(model, gate), fires(gate, F)))
    with pytest.raises(Incompatible, match=r"reads a feature at L2\.mlp_out; its SAE reads L1\.mlp_out"):
        edits(model, gate, (steer(model, "L2.mlp_out"), fires("L2.mlp_out")))
    one = sae(model, gate)
    sequential = Sae(
        one.spec.model_copy(update={"architecture": Temporal(n_heads=1, bottleneck_factor=2)}), one.weights
    )
    with pytest.raises(Unsupported, match="depends on the text before it"):
        placed(
            [Member(patch=steer(model, gate), scope=fires(gate))],
            model.place(lambda _, feature: one_feature(sequential, feature)),
        )
