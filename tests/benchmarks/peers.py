"""TransformerLens on the same weights, where it is installed (`pip install '.[bench]'`)."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from microscope.core.lens import summarise
from tests.conftest import tiny_tokenizer

INSTALLED = find_spec("transformer_lens") is not None


def same_weights(hf: Any) -> Any:
    """Its bridge around a copy of a transformers model: raw weights, nothing folded or centred."""
    from transformer_lens import TransformerBridge  # pyright: ignore - an optional extra

    with TemporaryDirectory() as folder:
        hf.config.save_pretrained(folder)
        tiny_tokenizer().save_pretrained(folder)
        bridge = TransformerBridge.boot_transformers(folder, device="cpu", hf_model=copy.deepcopy(hf))
    return bridge.eval().requires_grad_(False)


class Map(NamedTuple):
    """What a heat map shows, (row, position) each."""

    top_ids: torch.Tensor
    entropy: torch.Tensor
    target_logprobs: torch.Tensor


@torch.no_grad()
def heat_map(model: Any, ids: tuple[int, ...], targets: torch.Tensor) -> Map:
    """By TransformerLens' own tools: run_with_cache, accumulated_resid, W_U; a layer at a time."""
    _, cache = model.run_with_cache(torch.tensor([ids]))
    rows = cache.accumulated_resid(layer=None, incl_mid=False, apply_ln=True)[:, 0]
    found: list[Map] = []
    for row in rows:
        logprobs = (row @ model.W_U + model.b_U).log_softmax(-1)
        entropy = -(logprobs.exp() * logprobs).sum(-1)
        found.append(Map(logprobs.argmax(-1), entropy, logprobs.gather(-1, targets[:, None])[:, 0]))
    return Map(*(torch.stack(part) for part in zip(*found, strict=True)))


@torch.no_grad()
def trace_per_token(model: Any, prompt: tuple[int, ...], n_new: int) -> list[int]:
    """The whole text runs again for every token; the lens of the last position by one product."""
    ids = list(prompt)
    for _ in range(n_new):
        logits, cache = model.run_with_cache(torch.tensor([ids]))
        rows = cache.accumulated_resid(layer=None, incl_mid=False, apply_ln=True, pos_slice=-1)[:, 0]
        summarise(rows @ model.W_U + model.b_U)
        ids.append(int(logits[0, -1].argmax()))
    return ids[len(prompt) :]
