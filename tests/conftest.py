"""Real but tiny random transformers of every shape, made here and read back from disk like any other model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, PreTrainedConfig, PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.engine.weights import BUNDLED

from .postgres import database_url, postgresql

__all__ = ["database_url", "postgresql"]

torch.set_num_threads(1)

D_MODEL, N_LAYERS, N_HEADS, N_CTX = 64, 3, 4, 256

TEXT = (
    "The capital of France is Paris. The cat sat on the mat and the dog ran after the cat. "
    "Mary and John went to the store, and John gave a drink to Mary. One, two, three, four, five.\n"
) * 4

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)

SPECIAL = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE with chat roles; every byte has a token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", bos_token="<|endoftext|>")
    fast.chat_template = CHAT_TEMPLATE
    return fast


def tiny_configs(vocab: int) -> dict[str, PreTrainedConfig]:
    """One configuration per shape; the names are what tests ask for. Large random weights keep the layers apart."""
    common: dict[str, Any] = {"vocab_size": vocab, "initializer_range": 0.15, "bos_token_id": 0, "eos_token_id": 4}
    sizes: dict[str, Any] = {
        **common,
        "hidden_size": D_MODEL,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": N_HEADS,
        "intermediate_size": 2 * D_MODEL,
        "max_position_embeddings": N_CTX,
    }
    grouped = {**sizes, "num_key_value_heads": 2}
    gemma = {**grouped, "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 8}
    gpt2 = {**common, "n_embd": D_MODEL, "n_layer": N_LAYERS, "n_head": N_HEADS, "n_positions": N_CTX}
    opt = {**sizes, "word_embed_proj_dim": D_MODEL, "ffn_dim": 2 * D_MODEL, "init_std": 0.15}
    longrope = {"rope_type": "longrope", "short_factor": [1.1] * 8, "long_factor": [4.0] * 8}
    long = {"original_max_position_embeddings": N_CTX // 2, "rope_parameters": longrope}
    mixed = {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
    sizes_of_vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 2}
    vision = {**sizes_of_vision, "image_size": 28, "patch_size": 14}
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "gpt2": ("gpt2", gpt2),
        "llama": ("llama", {**grouped, "tie_word_embeddings": False}),
        "llama-tied": ("llama", {**sizes, "tie_word_embeddings": True, "attention_bias": True, "mlp_bias": True}),
        "qwen2": ("qwen2", {**grouped, "tie_word_embeddings": True}),
        "qwen3": ("qwen3", {**grouped, "head_dim": 32, "tie_word_embeddings": True}),
        "mistral": ("mistral", {**grouped, "sliding_window": 8}),
        "gemma2": ("gemma2", {**gemma, "final_logit_softcapping": 3.0, "attn_logit_softcapping": 5.0}),
        "gemma3_text": ("gemma3_text", {**gemma, **mixed}),
        "gemma3": ("gemma3", {"text_config": {**gemma, **mixed}, "vision_config": vision, "mm_tokens_per_image": 4}),
        "gpt_neox": ("gpt_neox", {**sizes, "use_parallel_residual": True}),
        "gpt_neox-sequential": ("gpt_neox", {**sizes, "use_parallel_residual": False}),
        "opt": ("opt", opt),
        "phi": ("phi", grouped),
        "phi3": ("phi3", {**grouped, "pad_token_id": 0}),
        "phi3-longrope": ("phi3", {**grouped, **long, "pad_token_id": 0}),
    }
    return {shape: AutoConfig.for_model(kind, **settings) for shape, (kind, settings) in rows.items()}


SHAPES = tuple(tiny_configs(380))
MAIN_SHAPES = ("gpt2", "llama", "qwen3")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny_folder("llama")` is a model folder, made once per session; "specimen" is the bundled one."""
    root = tmp_path_factory.mktemp("models")
    tokenizer = tiny_tokenizer()
    configs = tiny_configs(len(tokenizer))

    @cache
    def make(shape: str) -> Path:
        if shape in BUNDLED:
            return BUNDLED[shape]
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(configs[shape])
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if (
                    parameter.ndim == 1
                ):  # Biases and norm gains start at 0 and 1, which would hide that they are forgotten.
                    parameter += 0.2 * torch.randn_like(parameter)
                assert parameter.isfinite().all(), name
        model.save_pretrained(root / shape)
        tokenizer.save_pretrained(root / shape)
        return root / shape

    return make


@pytest.fixture(scope="session")
def broken_folder(tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny gpt2, with one weight of block 1 that is not a number."""
    folder = tmp_path_factory.mktemp("models") / "broken"
    shutil.copytree(tiny_folder("gpt2"), folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.get_parameter("transformer.h.1.mlp.c_fc.bias")[0] = torch.nan
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_folder: Callable[[str], Path]) -> Callable[..., Model]:
    """`tiny_model("qwen3", "bfloat16")` is that folder loaded, shared by the whole session."""

    @cache
    def make(shape: str, dtype: str = "float32") -> Model:
        return load(str(tiny_folder(shape)), dtype=dtype, device="cpu")

    return make


@pytest.fixture(params=(*SHAPES, "specimen"))
def shape(request: pytest.FixtureRequest) -> str:
    """Every shape in turn, and the bundled model."""
    return str(request.param)


@pytest.fixture(params=(*MAIN_SHAPES, "specimen"))
def main_shape(request: pytest.FixtureRequest) -> str:
    """GPT-2, Llama, Qwen3 and the bundled model, for what does not depend on an architecture's finer points."""
    return str(request.param)
