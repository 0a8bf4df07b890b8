"""Models with random weights: speed does not depend on what the weights say."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from transformers import GPT2Config
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.model import Model, Source
from tests.conftest import tiny_tokenizer


class Shape(NamedTuple):
    """A GPT-2 of these sizes."""

    name: str
    n_layers: int
    d_model: int
    n_heads: int
    d_vocab: int
    n_ctx: int = 1_024


S = Shape("S", 12, 768, 12, 50_257)
"""GPT-2 small's."""

XS = Shape("XS", 4, 256, 4, 4_096)

M = Shape("M", 28, 1_024, 16, 151_936)
"""Half a billion parameters, with the depth, width and vocabulary of Qwen3-0.6B."""


class Opened(NamedTuple):
    hf: Any
    """As transformers gives it."""

    model: Model
    """The same weights, as the product holds them."""


def open_shape(shape: Shape, device: str = "cpu") -> Opened:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=shape.d_vocab,
        n_embd=shape.d_model,
        n_layer=shape.n_layers,
        n_head=shape.n_heads,
        n_positions=shape.n_ctx,
        bos_token_id=0,
        eos_token_id=4,
    )
    hf: Any = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False).to(device)
    return Opened(hf, Model(hf, tiny_tokenizer(), Source(shape.name, "", "")))


def random_ids(shape: Shape, length: int) -> tuple[int, ...]:
    return tuple(torch.randint(shape.d_vocab, (length,), generator=torch.Generator().manual_seed(1)).tolist())
