"""Controls of one pass: what a patch did in it, done again along random directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Placed, placed
from microscope.core.patches.control import Watched
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits, always
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.errors import Busy

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."


def run(model: Model, edits: Sequence[Placed]) -> Tensor:
    """The last resid_post."""
    ids = torch.tensor([model.encode(TEXT)])
    return model.trace_rows(ids, [Site(model.n_layers - 1, "resid_post")], edits=[Edits(tuple(edits))])[0, 0]


def of_kind(model: Model, kind: str) -> tuple[Placed, ...]:
    unit = packed(torch.randn(model.d_model, generator=torch.Generator().manual_seed(1)))
    patch = {
        "everywhere": Ablate(direction=unit),
        "here": Ablate(direction=unit, site="L1.resid_pre"),
        "weights": Scale(direction=unit),
        "steer": Steer(site="L1.resid_post", direction=unit, scale=5.0),
    }[kind]
    return placed([Member(patch=patch, strength=0.8)], model.place())


KINDS = ("everywhere", "here", "weights", "steer")


@pytest.mark.parametrize("kind", KINDS)
def test_a_control_pushes_at_every_place_as_hard_as_the_patch_did(tiny_model: LoadTiny, kind: str) -> None:
    model = tiny_model("llama")
    own = of_kind(model, kind)
    watched = Watched(own)
    assert torch.equal(run(model, watched.placed), run(model, own))
    for control in watched.controls(2):
        again = Watched(control)
        run(model, again.placed)
        for (mine,), (theirs,) in zip(watched.lengths, again.lengths, strict=True):
            assert torch.allclose(mine.abs(), theirs.abs(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cancels_between_places_cancels_in_the_control(tiny_model: LoadTiny, kind: str) -> None:
    model = tiny_model("llama")
    watched = Watched(of_kind(model, kind))
    run(model, watched.placed)
    again = Watched(watched.controls(1)[0])
    run(model, again.placed)
    mine, theirs = (torch.stack([lengths for (lengths,) in one.lengths]).sum(0).abs() for one in (watched, again))
    assert torch.allclose(mine, theirs, rtol=1e-3, atol=1e-4)


def test_nothing_has_controls_that_are_nothing() -> None:
    assert Watched(()).controls(3) == ((), (), ())


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_goes_on_is_pushed_place_by_place_as_hard_as_the_patch_pushed_its_own(
    tiny_model: LoadTiny, kind: str
) -> None:
    """In several passes, of other tokens from some place on."""
    model = tiny_model("llama")
    ids = model.encode(TEXT)
    n, split = len(ids), len(ids) - 3

    def go_on(edits: Sequence[Placed], ids: Sequence[int]) -> Tensor:
        state = State(model, always(Edits(tuple(edits))))
        for start, stop in ((0, split), (split, n - 1), (n - 1, n)):
            state.extend(ids[start:stop])
        return state.logits()

    watched = Watched(of_kind(model, kind))
    go_on(watched.placed, ids)
    with pytest.raises(Busy):
        watched.going_on(2, n + 1)
    first, second = watched.going_on(2, n)
    again = Watched(first)
    logits = go_on(again.placed, [*ids[:split], *reversed(ids[split:])])
    for mine, theirs in zip(watched.lengths, again.lengths, strict=True):
        assert len(mine) == len(theirs) == 3
        assert torch.allclose(torch.cat(mine).abs(), torch.cat(theirs).abs(), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(logits, go_on(second, [*ids[:split], *reversed(ids[split:])]))
