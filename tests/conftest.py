"""Real but tiny random transformers of every shape, made here and read back from disk like any other model."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    OPTConfig,
    Phi3Config,
    PhiConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.loading import load
from microscope.engine.model import Model

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


def _sizes(kv_heads: int = N_HEADS) -> dict[str, int]:
    return {
        "hidden_size": D_MODEL,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": N_HEADS,
        "num_key_value_heads": kv_heads,
        "intermediate_size": 2 * D_MODEL,
        "max_position_embeddings": N_CTX,
    }


def tiny_configs(vocab: int) -> dict[str, PreTrainedConfig]:
    """One configuration per shape; the names are what tests ask for. Large random weights keep the layers apart."""
    common = {
        "vocab_size": vocab,
        "initializer_range": 0.15,
        "bos_token_id": 0,
        "eos_token_id": 4,
        "pad_token_id": None,
    }
    gemma = {**common, **_sizes(2), "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 8}
    neox = {key: value for key, value in _sizes().items() if key != "num_key_value_heads"}
    opt = {
        "hidden_size": D_MODEL,
        "word_embed_proj_dim": D_MODEL,
        "ffn_dim": 2 * D_MODEL,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": N_HEADS,
        "max_position_embeddings": N_CTX,
        "init_std": 0.15,
    }
    return {
        "gpt2": GPT2Config(**common, n_embd=D_MODEL, n_layer=N_LAYERS, n_head=N_HEADS, n_positions=N_CTX),
        "llama": LlamaConfig(**common, **_sizes(2), tie_word_embeddings=False),
        "llama-tied": LlamaConfig(**common, **_sizes(), tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
        "qwen2": Qwen2Config(**common, **_sizes(2), tie_word_embeddings=True),
        "qwen3": Qwen3Config(**common, **_sizes(2), head_dim=32, tie_word_embeddings=True),
        "mistral": MistralConfig(**common, **_sizes(2), sliding_window=8),
        "gemma2": Gemma2Config(**gemma, final_logit_softcapping=3.0, attn_logit_softcapping=5.0),
        "gemma3_text": Gemma3TextConfig(
            **gemma, layer_types=["sliding_attention", "full_attention", "sliding_attention"]
        ),
        "gpt_neox": GPTNeoXConfig(**common, **neox, use_parallel_residual=True),
        "gpt_neox-sequential": GPTNeoXConfig(**common, **neox, use_parallel_residual=False),
        "opt": OPTConfig(**{**common, **opt}),
        "phi": PhiConfig(**common, **_sizes(2)),
        "phi3": Phi3Config(**{**common, **_sizes(2), "pad_token_id": 0}),
    }


SHAPES = tuple(tiny_configs(380))
MAIN_SHAPES = ("gpt2", "llama", "qwen3")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny_folder("llama")` is a folder with config, safetensors and tokenizer, made once per session."""
    root = tmp_path_factory.mktemp("models")
    tokenizer = tiny_tokenizer()
    configs = tiny_configs(len(tokenizer))

    @cache
    def make(shape: str) -> Path:
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
def tiny_model(tiny_folder: Callable[[str], Path]) -> Callable[..., Model]:
    """`tiny_model("qwen3", "bfloat16")` is that folder loaded, shared by the whole session."""

    @cache
    def make(shape: str, dtype: str = "float32") -> Model:
        return load(str(tiny_folder(shape)), dtype=dtype, device="cpu")

    return make
