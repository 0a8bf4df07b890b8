"""What harvests are measured on: random autoencoders, and random texts whose words are as frequent as words are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from microscope.core.gathering import Contexts
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK

TEXT = 128
"""Tokens of a document."""


class Size(NamedTuple):
    """Of a TopK autoencoder with random weights, and of what it reads."""

    d_model: int = 768
    d_sae: int = 16_384
    k: int = 32
    d_vocab: int = 50_257
    batch_rows: int = 4_096


def sae_of(size: Size) -> Sae:
    """Features fire with very different frequencies, as those of language do: biases spread over a wide range."""
    draw = torch.Generator().manual_seed(0)
    w_dec = torch.nn.functional.normalize(torch.randn(size.d_sae, size.d_model, generator=draw), dim=-1)
    bias = -1.5 * torch.rand(size.d_sae, generator=draw)
    weights = {"W_enc": w_dec.T.contiguous(), "b_enc": bias, "W_dec": w_dec, "b_dec": torch.zeros(size.d_model)}
    return Sae(Spec(architecture=TopK(k=size.k), d_in=size.d_model, d_sae=size.d_sae, d_out=size.d_model), weights)


def texts(size: Size, batches: int) -> Iterator[tuple[Contexts, torch.Tensor]]:
    """Random tokens, each with a vector of its own and some noise; frequent ones as frequent as words are."""
    draw = torch.Generator().manual_seed(1)
    kinds = torch.randn(2_000, size.d_model, generator=draw)
    odds = 1 / torch.arange(1.0, 2_001.0)
    for batch in range(batches):
        first = batch * size.batch_rows
        ids = torch.multinomial(odds, size.batch_rows, replacement=True, generator=draw)
        x = kinds[ids] + 0.7 * torch.randn(size.batch_rows, size.d_model, generator=draw)
        rows = torch.arange(first, first + size.batch_rows)
        counted = rows % TEXT > 0
        yield Contexts(ids, rows // TEXT, rows // TEXT % 10 == 0, counted, first), x
