"""The bundled model's training forward pass: transformers' GPT-2, but with kernels that suit two small cores.

Reads the parameters of an ordinary `GPT2LMHeadModel`, so what is trained is what is saved.
Weights stay in fp32 and are cast for each product; the residual stream stays in fp32.
On a CPU the attention is written out in matrix products: PyTorch's fused kernel is half as fast at a head width of 32.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2LMHeadModel
from transformers.models.gpt2.modeling_gpt2 import GPT2Block
from transformers.pytorch_utils import Conv1D

SPAN = 512
"""Queries taken at once on a CPU, in positions: longer rows skip keys that no query of a span may see."""


def loss(
    model: GPT2LMHeadModel, ids: Int[Tensor, "row position"], targets: Int[Tensor, "row position"], dtype: torch.dtype
) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats over the targets that are not -100."""
    return functional.cross_entropy(logits(model, ids, dtype).float(), targets.reshape(-1))


def logits(
    model: GPT2LMHeadModel, ids: Int[Tensor, "row position"], dtype: torch.dtype
) -> Float[Tensor, "row*position d_vocab"]:
    """What `model(ids).logits` holds, rows one after another, with matrix products in `dtype`."""
    body = model.transformer
    resid = functional.embedding(ids, body.wte.weight) + body.wpe.weight[: ids.shape[1]]
    for block in body.h:
        assert isinstance(block, GPT2Block)
        resid = resid + _attention(block, resid, dtype)
        resid = resid + _mlp(block, resid, dtype)
    return _norm(body.ln_f, resid).to(dtype).flatten(0, 1) @ model.lm_head.weight.to(dtype).T


def _attention(
    block: GPT2Block, resid: Float[Tensor, "row position d_model"], dtype: torch.dtype
) -> Float[Tensor, "row position d_model"]:
    rows, positions, d_model = resid.shape
    fused = _product(block.attn.c_attn, _norm(block.ln_1, resid).to(dtype).flatten(0, 1))
    shape = (rows, positions, 3, block.attn.num_heads, block.attn.head_dim)
    query, key, value = fused.view(shape).permute(2, 0, 3, 1, 4)
    attend = functional.scaled_dot_product_attention if resid.is_cuda else _attend_on_cpu
    heads = attend(query, key, value, is_causal=True)
    return _product(block.attn.c_proj, heads.transpose(1, 2).reshape(-1, d_model)).view(resid.shape)


def _attend_on_cpu(query: Tensor, key: Tensor, value: Tensor, is_causal: bool) -> Float[Tensor, "row head position d"]:
    """Causal attention, one span of queries after another against the keys up to its end."""
    assert is_causal
    rows, heads, positions, d_head = query.shape
    q, k, v = (tensor.reshape(rows * heads, positions, d_head) for tensor in (query * d_head**-0.5, key, value))
    spans: list[Tensor] = []
    for start in range(0, positions, SPAN):
        end = min(start + SPAN, positions)
        future = torch.full((end - start, end), float("-inf"), dtype=q.dtype).triu(start + 1)
        scores = torch.baddbmm(future.expand(rows * heads, -1, -1), q[:, start:end], k[:, :end].mT)
        spans.append(scores.softmax(-1) @ v[:, :end])
    return torch.cat(spans, 1).view(query.shape)


def _mlp(
    block: GPT2Block, resid: Float[Tensor, "row position d_model"], dtype: torch.dtype
) -> Float[Tensor, "row position d_model"]:
    hidden = _product(block.mlp.c_fc, _norm(block.ln_2, resid).to(dtype).flatten(0, 1))
    return _product(block.mlp.c_proj, functional.gelu(hidden, approximate="tanh")).view(resid.shape)


def _product(layer: Conv1D, x: Float[Tensor, "token d_in"]) -> Float[Tensor, "token d_out"]:
    """`x @ weight + bias`, weight (d_in, d_out), in the dtype of `x`."""
    return torch.addmm(layer.bias.to(x.dtype), x, layer.weight.to(x.dtype))


def _norm(layer: nn.LayerNorm, resid: Tensor) -> Tensor:
    return functional.layer_norm(resid, layer.normalized_shape, layer.weight, layer.bias, layer.eps)
