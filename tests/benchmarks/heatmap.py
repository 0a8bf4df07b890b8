"""A whole heat map, every layer at every position, against one plain forward pass with all logits."""

from __future__ import annotations

import time

import torch

from microscope.core.lens import Grid, grid
from microscope.engine.model import Model
from tests.benchmarks import peers
from tests.benchmarks.harness import Line, Measured, Rounds, Variant, on_cores, peak_extra_bytes, take_turns
from tests.benchmarks.shapes import S, Shape, open_shape, random_ids

FORWARDS, MEGABYTES, PEER = 4.0, 150.0, 2.0

PLAIN, MAP, GRID = "plain forward", "heat map with its forward", "the grid alone"
PER_LAYER, TOOLS = "a layer at a time", "TransformerLens' tools"


def measure(shape: Shape = S, rounds: int = 7, n_positions: int = 128) -> list[Line]:
    turns = on_cores(1, maps, shape, rounds, n_positions)
    where = f"{shape.name}, {n_positions} positions"
    lines = [
        Line(f"{MAP} against {PLAIN} ({where})", turns.ratio(MAP, PLAIN), FORWARDS),
        Line(f"{GRID} against {PLAIN} ({where})", turns.ratio(GRID, PLAIN)),
        Line(f"{PER_LAYER} against {MAP} ({where})", turns.ratio(PER_LAYER, MAP)),
    ]
    if TOOLS in turns.names:
        lines.append(Line(f"{TOOLS} against {MAP} ({where})", turns.ratio(TOOLS, MAP), PEER, at_least=True))
    extra = on_cores(1, extra_bytes, shape, n_positions)
    if extra is not None:
        lines.append(Line(f"most memory of the grid ({where})", Measured(*[extra / 1e6] * 3), MEGABYTES, unit="MB"))
    return lines


def maps(shape: Shape, rounds: int, n_positions: int) -> Rounds:
    """All variants find the same tokens and numbers."""
    opened, ids = open_shape(shape), random_ids(shape, n_positions)
    targets = torch.tensor([*ids[1:], -1])
    resid = opened.model.trace(ids).resid
    followed = targets.clamp_min(0)
    variants = [
        Variant(PLAIN, lambda: opened.hf(torch.tensor([ids])).logits[0]),
        Variant(MAP, lambda: heat_map(opened.model, ids, targets)),
        Variant(GRID, lambda: grid(resid, opened.model.unembed, resid[-1], targets)),
        Variant(PER_LAYER, lambda: per_layer(opened.model, ids, followed)),
    ]
    if peers.INSTALLED:
        peer = peers.same_weights(opened.hf)
        variants.append(Variant(TOOLS, lambda: peers.heat_map(peer, ids, followed)))
    with torch.no_grad():
        turns = take_turns(variants, rounds, time.process_time)
    whole: Grid = turns.result(MAP)
    assert all(torch.equal(a, b) for a, b in zip(whole.top_ids, turns.result(GRID).top_ids, strict=True))
    for name in turns.names[3:]:
        other: peers.Map = turns.result(name)
        assert (whole.top_ids == other.top_ids).float().mean() > 0.999, f"{name} finds other tokens"
        torch.testing.assert_close(whole.entropy, other.entropy, atol=1e-3, rtol=0)
        torch.testing.assert_close(whole.target_logprobs[:, :-1], other.target_logprobs[:, :-1], atol=1e-3, rtol=0)
    return turns


def heat_map(model: Model, ids: tuple[int, ...], targets: torch.Tensor) -> Grid:
    """As a click on "heat map" computes it: a forward pass that stops before the logits, then the grid."""
    resid = model.trace(ids, capture=(*model.sites("resid_pre")[:1], *model.sites("resid_post")), logits="none").resid
    return grid(resid, model.unembed, resid[-1], targets)


def per_layer(model: Model, ids: tuple[int, ...], targets: torch.Tensor) -> peers.Map:
    """The obvious way: all logits of one layer, log-softmax, numbers, next layer."""
    found: list[peers.Map] = []
    for row in model.trace(ids, logits="none").resid:
        logprobs = model.unembed(row).log_softmax(-1)
        entropy = -(logprobs.exp() * logprobs).sum(-1)
        found.append(peers.Map(logprobs.argmax(-1), entropy, logprobs.gather(-1, targets[:, None])[:, 0]))
    return peers.Map(*(torch.stack(part) for part in zip(*found, strict=True)))


def extra_bytes(shape: Shape, n_positions: int) -> int | None:
    """Above what the model and the residuals hold."""
    opened, ids = open_shape(shape), random_ids(shape, n_positions)
    resid = opened.model.trace(ids, logits="none").resid
    targets = torch.tensor([*ids[1:], -1])
    with torch.no_grad():
        grid(resid[:, :2], opened.model.unembed, resid[-1, :2], targets[:2])  # What libraries set up once.
        return peak_extra_bytes(lambda: grid(resid, opened.model.unembed, resid[-1], targets))
