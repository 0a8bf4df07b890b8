"""One next token from logits: greedy, or drawn with temperature, top-k and top-p from a seeded generator."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.errors import Invalid


class Sampling(NamedTuple):
    """How the next token is drawn. The same seed gives the same text, alone or in company."""

    temperature: float = 0.0
    """0 is greedy."""

    top_p: float = 1.0
    top_k: int = 0
    """0 is off."""

    seed: int = 0

    def check(self) -> None:
        """Raises Invalid with what was expected."""
        if not 0 <= self.temperature <= 100:
            raise Invalid(f"temperature is {self.temperature}; expected 0 (greedy) to 100.", next="Usual is 0 to 1.")
        if not 0 < self.top_p <= 1:
            raise Invalid(f"top_p is {self.top_p}; expected more than 0, at most 1 (off).", next="Usual is 0.8 to 1.")
        if self.top_k < 0:
            raise Invalid(
                f"top_k is {self.top_k}; expected 0 (off) or more.", next="Leave it out to consider every token."
            )


def sample(logits: Float[Tensor, " d_vocab"], sampling: Sampling, generator: torch.Generator) -> int:
    """One token id, by inverting the cumulative distribution at one uniform number in float64.

    Drawing a single number per token keeps streams reproducible: a row that rounds differently in company draws the
    same token but at the edges of an interval.
    """
    if sampling.temperature == 0:
        return int(logits.argmax())
    exact = logits.cpu().double()
    # Below the likeliest: divided by a tiny temperature, logits themselves would all be infinite.
    weights, ids = _truncated(((exact - exact.max()) / sampling.temperature).softmax(-1), sampling)
    cumulative = weights.cumsum(-1)
    drawn = torch.rand((), generator=generator, dtype=torch.float64) * cumulative[-1]
    index = min(int(torch.searchsorted(cumulative, drawn, right=True)), len(cumulative) - 1)
    return index if ids is None else int(ids[index])


def _truncated(
    probabilities: Float[Tensor, " d_vocab"], sampling: Sampling
) -> tuple[Float[Tensor, " kept"], Int[Tensor, " kept"] | None]:
    """What top-k and then top-p leave, likeliest first, with its ids; all, in order, without ids if both are off."""
    if sampling.top_k == 0 and sampling.top_p >= 1:
        return probabilities, None
    if sampling.top_k:
        kept, ids = probabilities.topk(min(sampling.top_k, len(probabilities)))
    else:
        kept, ids = probabilities.sort(descending=True, stable=True)
    # A token stays while those before it have not reached top_p of what top-k left: at least one always stays.
    share = kept.cumsum(-1) / kept.sum()
    stays = int((share - kept / kept.sum() < sampling.top_p).sum())
    return kept[:stays], ids[:stays]
