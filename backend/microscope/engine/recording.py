"""Residuals of many texts: cut into contexts, run side by side, given back without the padding.

    1. a document is cut into contexts, each begun anew with what the tokenizer puts in front of a text (BOS)
    2. contexts of similar length make a batch, padded on the right: no position sees what stands behind it, so that
       each context's vectors are those that it would have alone, within the dtype's tolerance
    3. the pass stops after the last layer that is asked for

How contexts are batched depends on their lengths and on the model alone: the same texts give the same bits again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.sites import Site
from microscope.engine.model import Model

CONTEXT = 1_024
"""Most tokens of a context by default."""

_CPU_STEP = 1e10
"""Parameters × tokens of a batch: a quarter of a second of one core."""

_GPU_STEP = 2e13
_GPU_TOKENS = 65_536


def front(model: Model) -> list[int]:
    """What the tokenizer itself puts in front of a text: BOS, or nothing."""
    return model.encode("")


def contexts(ids: Iterable[int], front: Sequence[int], size: int) -> Iterator[list[int]]:
    """A document's tokens, without BOS, cut into contexts of at most `size` tokens; none where there are no tokens."""
    step, coming = size - len(front), iter(ids)
    assert step > 0, f"a context of {size} has no room behind {len(front)} tokens"
    while some := list(islice(coming, step)):
        yield [*front, *some]


def batch_tokens(model: Model) -> int:
    """Tokens of a batch that takes a fraction of a second, so that others may use the device in between."""
    n_parameters = max(model.info.n_parameters, 1)
    if model.device.type == "cpu":
        return max(1, int(_CPU_STEP / n_parameters))
    return max(1, min(_GPU_TOKENS, int(_GPU_STEP / n_parameters)))


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Indices of contexts of similar length that together, padded, have at most so many tokens; at least one each."""
    made: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if made and (len(made[-1]) + 1) * lengths[index] <= tokens:
            made[-1].append(index)
        else:
            made.append([index])
    return made


def record(model: Model, batch: Sequence[Sequence[int]], sites: Sequence[Site]) -> Float[Tensor, "site token d_model"]:
    """The vectors of every token of these contexts, one context after the other, as the model computed them."""
    longest = max(map(len, batch))
    padded = torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids in batch], device=model.device)
    stacked = model.trace_rows(padded, sites)
    lengths = torch.tensor([len(ids) for ids in batch], device=stacked.device)
    real = torch.arange(longest, device=stacked.device) < lengths[:, None]
    return stacked[:, real]


class Wrong(NamedTuple):
    """A vector that cannot be kept in the dtype that was asked for."""

    site: int
    token: int
    """Of the batch."""

    magnitude: float
    """Of its largest entry; nan or infinity where the model itself computed that."""


def first_wrong(
    vectors: Float[Tensor, "site token d_model"], kept: Float[Tensor, "site token d_model"]
) -> Wrong | None:
    """The first vector of which not every entry is finite in the dtype in which it is kept."""
    if bool(kept.isfinite().all()):
        return None
    site, token = (int(index) for index in (~kept.isfinite().all(-1)).nonzero()[0])
    return Wrong(site, token, vectors[site, token].float().abs().max().item())
