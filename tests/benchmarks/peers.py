"""Other tools on the same weights: nnsight, and TransformerLens where it is installed (`pip install '.[bench]'`)."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from microscope.core.lens import Summary, summarise
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


class Written(NamedTuple):
    """A text that was written a trace at a time."""

    ids: list[int]

    lenses: list[Summary]
    """One per new token, read for it."""


@torch.no_grad()
def trace_per_token(model: Any, prompt: tuple[int, ...], n_new: int) -> Written:
    """Lean: the residuals of the last position alone, unembedded by one product."""
    ids = list(prompt)
    lenses: list[Summary] = []
    for _ in range(n_new):
        logits, cache = model.run_with_cache(torch.tensor([ids]))
        rows = cache.accumulated_resid(layer=None, incl_mid=False, apply_ln=True, pos_slice=-1)[:, 0]
        lenses.append(summarise(rows @ model.W_U + model.b_U))
        ids.append(int(logits[0, -1].argmax()))
    return Written(ids[len(prompt) :], lenses)


@torch.no_grad()
def lens_per_token(model: Any, prompt: tuple[int, ...], n_new: int) -> Written:
    """As `accumulated_resid` documents it: everything is cached, all positions are normed, the last is unembedded."""
    ids = list(prompt)
    lenses: list[Summary] = []
    for _ in range(n_new):
        logits, cache = model.run_with_cache(torch.tensor([ids]))
        stack, _ = cache.accumulated_resid(return_labels=True, apply_ln=True)
        lenses.append(_shown((stack[:, 0, -1, :] @ model.W_U + model.b_U).softmax(-1)))
        ids.append(int(logits[0, -1].argmax()))
    return Written(ids[len(prompt) :], lenses)


def wrapped(hf: Any) -> Any:
    """nnsight around a transformers model."""
    import nnsight  # a second to import, and only here

    return nnsight.NNsight(hf)


@torch.no_grad()
def nnsight_per_token(model: Any, prompt: tuple[int, ...], n_new: int) -> Written:
    """Its logit lens tutorial for every new token: each block's output normed, unembedded and softmaxed in turn.

    As there, the whole text is unembedded at every layer; top 10 and entropy are taken at the last position only.
    """
    ids = list(prompt)
    lenses: list[Summary] = []
    for _ in range(n_new):
        saved: list[Any] = []
        with model.trace(torch.tensor([ids])):
            for block in model.transformer.h:
                logits = model.lm_head(model.transformer.ln_f(block.output))
                # Within a trace nnsight's proxies stand for tensors; only they can be saved.
                probabilities: Any = torch.nn.functional.softmax(logits, dim=-1)
                saved.append(probabilities.save())
        layers = torch.cat(saved)
        lenses.append(_shown(layers[:, -1]))
        ids.append(int(layers[-1, -1].argmax()))
    return Written(ids[len(prompt) :], lenses)


def _shown(probabilities: torch.Tensor) -> Summary:
    """Top 10 and entropy of each row."""
    top = probabilities.topk(10)
    chosen = probabilities[:, int(probabilities[-1].argmax())]
    return Summary(top.indices, top.values, torch.special.entr(probabilities).sum(-1), chosen)
