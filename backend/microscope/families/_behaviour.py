"""Replies of a model before and under patches, and what becomes of harmless text meanwhile, for `behaviour_rates`."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch

from microscope.bundled.scoring import continues_with
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.control import controls as pushes
from microscope.core.rates import Rate
from microscope.engine.model import Model
from microscope.families._effects import Arm, lost
from microscope.families._patched import in_force, scaled
from microscope.families._replies import replies, text_of
from microscope.families._requests import Fact
from microscope.families.base import Bench, Event, Progress

FACT_TOKENS = 8
"""Of an answer: two more than the longest of the bundled ones."""

BEFORE, PATCHED = "before", "patched"


class Sets(NamedTuple):
    """What is compared at one strength."""

    patched: tuple[Placed, ...]
    controls: tuple[tuple[Placed, ...], ...]
    """What is attached as it is, and pushes as long as those of the patches along random directions."""

    def named(self) -> dict[str, tuple[Placed, ...]]:
        """By who answers."""
        return {PATCHED: self.patched, **{f"control {n}": one for n, one in enumerate(self.controls, start=1)}}


def own_of(attached: Sequence[Member], members: Sequence[Member]) -> tuple[Member, ...]:
    """Those that are not attached anyway."""
    return tuple(one for one in members if one not in attached)


def sets_at(
    bench: Bench,
    model: Model,
    attached: Sequence[Member],
    members: Sequence[Member],
    factor: float,
    controls: int,
    seed: int,
) -> Sets:
    """The members of a set with their own strengths times a factor, but for those that are attached anyway.

    Args:
        members: in the order in which they act; what is attached and not among them acts first.
    """
    first = [one for one in attached if one not in members]
    acting = [(one, one in attached) for one in (*first, *members)]
    acting.sort(key=lambda pair: not pair[0].patch.edits_weights)
    parts = [
        (in_force(bench, model, [one] if kept else scaled([one], factor)), kept) for one, kept in acting if one.strength
    ]
    whole = tuple(edit for part, _ in parts for edit in part)
    varied = tuple(not kept for part, kept in parts for _ in part)
    pushed = pushes(whole, controls, seed)
    mixed = tuple(
        tuple(push if vary else edit for edit, push, vary in zip(whole, one, varied, strict=True)) for one in pushed
    )
    return Sets(whole, mixed)


def said(
    model: Model, prompts: Sequence[Sequence[int]], placed: Sequence[Placed], most: int, stage: str
) -> Generator[Event, None, list[str]]:
    """Replies as text."""
    told = yield from replies(model, prompts, placed, most, stage)
    return [text_of(model, ids) for ids in told]


def known(model: Model, facts: Sequence[Fact], placed: Sequence[Placed], stage: str) -> Generator[Event, None, Rate]:
    """Beginnings that are gone on with by one of their answers, the likeliest token each time."""
    prompts = [model.encode(fact.prompt) for fact in facts]
    told = yield from said(model, prompts, placed, FACT_TOKENS, stage)
    right = [
        any(continues_with(text, answer) for answer in fact.answers) for fact, text in zip(facts, told, strict=True)
    ]
    return Rate(sum(right), len(right))


def perplexities(
    model: Model, texts: Sequence[Sequence[int]], sets: Mapping[str, Sequence[Placed]]
) -> Generator[Event, None, dict[str, float]]:
    """exp of the mean −log p of every next token, under each set."""
    sums, tokens = dict.fromkeys(sets, 0.0), 0
    of = sum(len(ids) - 1 for ids in texts)
    for some in lost(model, texts, sets, 0):
        if some is not None:
            tokens += len(some.position)
            for name in sets:
                sums[name] += float(some.loss[Arm(name)].sum(dtype=torch.float64))
        yield Progress(tokens, of, "tokens", "predicting")
    return {name: math.exp(min(total / tokens, 700.0)) for name, total in sums.items()}


def context_of(model: Model, texts: Iterator[str], count: int, context: int) -> list[list[int]]:
    """The first documents of two tokens and more."""
    found: list[list[int]] = []
    for text in texts:
        if len(found) == count:
            break
        if len(ids := model.encode(text)[: min(context, model.n_ctx)]) > 1:
            found.append(ids)
    return found
