"""How far a model goes on as another would: one model's replies, read by the other as they stand.

1. its own reply to each prompt, the likeliest token each time, beside the reference's: the same, token by token, or not
2. the reference's replies, each behind its prompt, in one pass: −log p of every token of them

The second tells what the first cannot: whether a reply that is worded otherwise was a near thing, or nonsense.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.scope import written_from
from microscope.core.reconstruction import cross_entropy
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.splice import lay_out
from microscope.errors import Invalid
from microscope.families.base import Progress

AT_ONCE = 32
"""Texts of one pass."""


class Given(NamedTuple):
    """What is asked, and what the reference replies."""

    prompts: tuple[str, ...]
    ids: list[list[int]]
    """Of each prompt, up to where the reply begins."""

    replies: list[list[int]]
    """The reference's, without the token that ends one."""

    def part(self, numbers: Sequence[int]) -> Given:
        prompts = tuple(self.prompts[number] for number in numbers)
        return Given(prompts, [self.ids[number] for number in numbers], [self.replies[number] for number in numbers])


class Surprise(NamedTuple):
    """Of the reference's replies, one entry for each prompt."""

    nll: Float[Tensor, " prompt"]
    """Sum of −log p over the reply's tokens, in nats; float64."""

    tokens: Float[Tensor, " prompt"]
    """Of the reply; 0 of one that is empty."""


def surprise(model: Model, given: Given, placed: Sequence[Placed], stage: str) -> Generator[Progress, None, Surprise]:
    """How unlikely the reference's replies are under patches, which see where each prompt ends.

    Raises:
        Invalid: a strength at which the model computes what is no number.
    """
    n = len(given.ids)
    nll, tokens = torch.zeros(n, dtype=torch.float64), torch.tensor([len(reply) for reply in given.replies]).double()
    wanted = sorted((number for number in range(n) if given.replies[number]), key=lambda number: len(given.ids[number]))
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        nll[some] = _read(model, given.part(some), placed)
        yield Progress(start + len(some), len(wanted), "replies", f"{stage}, the reference's read")
    return Surprise(nll, tokens)


@torch.no_grad()
def _read(model: Model, given: Given, placed: Sequence[Placed]) -> Float[Tensor, " prompt"]:
    texts = [[*ids, *reply] for ids, reply in zip(given.ids, given.replies, strict=True)]
    laid = lay_out(model, texts, everywhere=True)
    edits = [Edits(tuple(placed), written_from(len(ids))) for ids in given.ids] if placed else ()
    (final,) = model.trace_rows(laid.ids, [Site(model.n_layers - 1, "resid_post")], edits=edits)
    found = torch.zeros(len(texts), dtype=torch.float64)
    for row, (ids, reply) in enumerate(zip(given.ids, given.replies, strict=True)):
        logits = model.unembed(final[row, len(ids) - 1 : len(ids) + len(reply) - 1]).float()
        if not bool(logits.isfinite().all()):
            raise Invalid("With these patches the model computes what is no number.", next="Choose smaller strengths.")
        found[row] = cross_entropy(logits, torch.tensor(reply, device=logits.device)).double().sum().cpu()
    return found
