"""A patch is switched on: from the click to new logits at the last position of a text."""

from __future__ import annotations

import time

import torch

from microscope.core.patches.base import Member, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.skipping import Entering
from tests.benchmarks.harness import Line, Rounds, Variant, on_cores, take_turns
from tests.benchmarks.shapes import S, Shape, open_shape, random_ids

MOST = 0.55
FORWARD, WHOLE, TOGGLE = "one forward, last position unembedded", "the same with a patch", "a patch switched on"


def measure(shape: Shape = S, rounds: int = 15, n_positions: int = 64) -> list[Line]:
    turns = on_cores(1, toggles, shape, rounds, n_positions)
    return [
        Line(f"{TOGGLE} in the middle layer, against {FORWARD} ({shape.name})", turns.ratio(TOGGLE, FORWARD), MOST),
        Line(f"{WHOLE}, against {FORWARD} ({shape.name})", turns.ratio(WHOLE, FORWARD)),
    ]


@torch.no_grad()
def toggles(shape: Shape, rounds: int, n_positions: int) -> Rounds:
    opened, ids = open_shape(shape), random_ids(shape, n_positions)
    model = opened.model
    direction = torch.randn(model.d_model, generator=torch.Generator().manual_seed(0))
    patch = Steer(site=f"L{model.n_layers // 2}.resid_pre", direction=packed(direction), scale=9.0)
    edits = placed([Member(patch=patch)], model.place())
    row = torch.tensor([ids])
    block, end = model.first_block(edits), Site(model.n_layers - 1, "resid_post")
    entering = Entering(block, model.trace_rows(row, [Site(block - 1, "resid_post")])[0])

    def logits(begin: Entering | None) -> torch.Tensor:
        last = model.trace_rows(row, [end], edits=[Edits(edits, len(ids))], entering=begin)[0, 0, -1]
        return model.unembed(last)

    turns = take_turns(
        [
            Variant(FORWARD, lambda: opened.hf(input_ids=row, logits_to_keep=1, use_cache=False).logits),
            Variant(WHOLE, lambda: logits(None)),
            Variant(TOGGLE, lambda: logits(entering)),
        ],
        rounds,
        time.process_time,
    )
    assert torch.equal(turns.result(TOGGLE), turns.result(WHOLE)), "what is left out changes no bit"
    assert not torch.allclose(turns.result(TOGGLE), turns.result(FORWARD)[0, -1], atol=1e-2)
    return turns
