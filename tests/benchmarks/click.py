"""A click on a token: everything about one position, from residuals that are kept."""

from __future__ import annotations

import time

import torch

from microscope.core.lens import Reading, read
from microscope.engine.state import State, prefill
from tests.benchmarks.harness import Line, Rounds, Variant, exactly, on_cores, take_turns
from tests.benchmarks.shapes import S, Shape, open_shape, random_ids

UNEMBEDDINGS = 2.0
UNEMBED, CLICK, MODULE = "one unembedding of all layers", "a click", "one unembedding by the model's own module"


def measure(shape: Shape = S, rounds: int = 15, n_positions: int = 64) -> list[Line]:
    forwards, turns = on_cores(1, clicks, shape, rounds, n_positions)
    return [
        Line(f"{CLICK} against {UNEMBED} ({shape.name})", turns.ratio(CLICK, UNEMBED), UNEMBEDDINGS),
        Line(f"{CLICK} against {MODULE} ({shape.name})", turns.ratio(CLICK, MODULE)),
        Line(f"forward passes of {CLICK} ({shape.name})", exactly(forwards), 0, unit=""),
    ]


@torch.no_grad()
def clicks(shape: Shape, rounds: int, n_positions: int) -> tuple[int, Rounds]:
    """Forward passes that the clicks ran, and their times."""
    opened, ids = open_shape(shape), random_ids(shape, n_positions)
    model = opened.model
    state = State(model)
    for _ in prefill(state, ids):
        pass
    resid = state.resid[:, n_positions // 2]
    actual = ids[n_positions // 2 + 1]
    before = model.counts.forwards
    turns = take_turns(
        [
            Variant(UNEMBED, lambda: model.unembed(resid)),
            Variant(MODULE, lambda: opened.hf.lm_head(opened.hf.transformer.ln_f(resid))),
            Variant(CLICK, lambda: read(resid, model.unembed, resid[-1], actual)),
        ],
        rounds,
        time.process_time,
    )
    reading: Reading = turns.result(CLICK)
    expected = turns.result(MODULE).log_softmax(-1)
    torch.testing.assert_close(reading.logprob, expected[:, actual], atol=1e-4, rtol=0)
    assert torch.equal(reading.ids, expected.topk(10).indices), "a click shows the top of the model's own logits"
    return model.counts.forwards - before, turns
