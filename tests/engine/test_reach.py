"""What a patch cannot change is not computed again, and what is gives the numbers of a whole pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from tests.engine.test_gates import SHA, fires, sae
from tests.engine.test_skipping import SHAPES, TEXT

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch, placed
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Everywhere, Generated, Prompt, Scope, Span, Written, written_from
from microscope.core.patches.steer import Steer
from microscope.core.saes.one_feature import one_feature
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.reach import reach
from microscope.engine.state import State, prefill

LoadTiny = Callable[..., Model]
GATE = "L0.resid_post"


def late(model: Model) -> list[Patch]:
    """Of every kind that changes no embedding."""
    direction = packed(torch.randn(model.d_model, generator=torch.Generator().manual_seed(0)))
    found: list[Patch] = [
        *(Steer(site=site, direction=direction, scale=9.0) for site in (GATE, "L1.resid_pre", "L1.resid_post")),
        Ablate(direction=direction, site="L1.attn_out"),
        Clamp(sae=SHA, site=GATE, feature=3, value=20.0),
    ]
    return found if model.layout.post_norm else [*found, Scale(direction=direction, writers=("L1.mlp_out",))]


def everywhere(model: Model) -> list[Patch]:
    direction = packed(torch.randn(model.d_model, generator=torch.Generator().manual_seed(0)))
    return [Ablate(direction=direction), *([] if model.layout.post_norm else [Scale(direction=direction)])]


def read(model: Model, chunk: int) -> State:
    state = State(model)
    for _ in prefill(state, model.encode(TEXT), chunk):
        pass
    return state


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("chunk", [512, 1], ids=["one pass", "token by token"])
def test_from_where_they_act_it_is_a_whole_pass(tiny_model: LoadTiny, shape: str, chunk: int) -> None:
    model = tiny_model(shape)
    ids = model.encode(TEXT)
    base, end, n = read(model, chunk), Site(model.n_layers - 1, "resid_post"), len(ids)
    kept = base.resid.clone(), [layer.filled()[0].clone() for layer in base.cache.blocks]
    features = sae(model, GATE)
    place = model.place(lambda _, feature: one_feature(features, feature))
    scopes: list[tuple[Scope, int]] = [
        (Everywhere(), 0),
        (Span(start=7, end=9), 7),
        (Span(start=n - 2, end=n), n - 2),
        (Generated(), n - 3),
    ]
    asked = [(patch, *scope) for patch in (*late(model), *everywhere(model)) for scope in scopes]
    for patch, scope, position in asked + [(patch, fires(GATE), 0) for patch in late(model)]:
        members = [Member(patch=patch, strength=-2.0, scope=scope)]
        edits = Edits(placed(members, place), written_from(n - 3))
        whole = model.trace_rows(torch.tensor([ids]), [end], edits=[edits])[0, 0]
        reached = reach(model, edits, n)
        assert reached is not None
        assert (reached.position, reached.block > 0) == (position, patch in late(model))
        row = torch.tensor([ids[position:]])
        before = model.counts.positions_computed
        found = model.trace_rows(row, [end], edits=[reached.edits], entering=reached.entering(base))[0, 0]
        assert model.counts.positions_computed - before == n - position
        # A base of one pass has the bits of a whole one; fewer rows at once, or one by one, round otherwise.
        atol = float(whole.abs().max()) * 64 * torch.finfo(whole.dtype).eps if chunk == 1 or position else 0.0
        torch.testing.assert_close(found, whole[position:], atol=atol, rtol=0)
        assert not torch.allclose(found, base.resid[-1, position:], atol=1e-2)
        alone = model.trace_rows(row, [end], edits=[reached.edits], entering=reached.entering(base), last_alone=True)
        atol = float(whole.abs().max()) * 64 * torch.finfo(whole.dtype).eps
        torch.testing.assert_close(alone[0, 0, -1], whole[-1], atol=atol, rtol=0)
    assert torch.equal(base.resid, kept[0]), "a base is left as it is"
    assert all(torch.equal(layer.filled()[0], keys) for layer, keys in zip(base.cache.blocks, kept[1], strict=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_last_mlp_computes_one_position_unless_an_edit_reads_others(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    ids, last = torch.tensor([model.encode(TEXT)] * 2), model.n_layers - 1
    layout, end, direction = model.layout, Site(last, "resid_post"), packed(torch.ones(model.d_model))
    computed: list[int] = []
    block = model._base.get_submodule(layout.blocks)[last]  # pyright: ignore[reportPrivateUsage]
    handle = block.get_submodule(layout.mlp or layout.mlp_out).register_forward_hook(
        lambda _module, args, _output: computed.append(args[0].shape[:-1].numel())
    )
    for site, narrow in ((GATE, True), (f"L{last}.attn_out", True), (f"L{last}.mlp_out", False), (str(end), False)):
        edits = Edits(placed([Member(patch=Steer(site=site, direction=direction, scale=9.0))], model.place()))
        whole, alone = (
            model.trace_rows(ids, [end], edits=[edits, Edits()], last_alone=alone)[0] for alone in (False, True)
        )
        assert computed[-2:] == [ids.numel(), len(ids) if narrow and layout.mlp else ids.numel()]
        torch.testing.assert_close(alone[:, -1], whole[:, -1], atol=1e-4, rtol=1e-4)
        assert not torch.allclose(whole[0, -1], whole[1, -1], atol=1e-2)
    handle.remove()


def test_what_acts_nowhere_in_the_text_begins_no_pass(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    early, *_, last = late(model)[:3]

    def edits(*members: tuple[Patch, Scope], written: Written = ()) -> Edits:
        return Edits(placed([Member(patch=patch, scope=scope) for patch, scope in members], model.place()), written)

    beyond = Span(start=90, end=99)
    assert reach(model, edits((early, beyond), (last, Generated())), 12) is None
    assert reach(model, edits((early, Prompt()), written=((0, 99),)), 12) is None
    found = reach(model, edits((early, beyond), (last, Span(start=4, end=99))), 12)
    assert found is not None
    assert (found.block, found.position, len(found.edits.placed)) == (2, 4, 1)
    prompt = reach(model, edits((early, Prompt()), written=((0, 5), (8, 99))), 12)
    assert prompt is not None
    assert prompt.position == 5
