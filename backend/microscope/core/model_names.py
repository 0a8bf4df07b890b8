"""Whether two names mean the same model: hub ids, folders, and the short names that TransformerLens gave to some.

    openai-community/gpt2 · /models/gpt2 · gpt2-small        gpt2
    google/gemma-2-2b · gemma-2-2b                           gemma-2-2b
    specimen+trojan                                          specimen: an adapter is left aside

Compares words; knows no files and no weights.
"""

from __future__ import annotations

import re

_IN_HUB_CACHE = re.compile(r"models--(?:[^/]+--)?([^/]+)/snapshots/[^/]+")

_ALIASES = {
    "gpt2-small": "gpt2",
    "distillgpt2": "distilgpt2",
    "distill-gpt2": "distilgpt2",
    "distil-gpt2": "distilgpt2",
    "gpt2-xs": "distilgpt2",
    "gpt-j": "gpt-j-6b",
    "gptj": "gpt-j-6b",
    "gpt-neo-small": "gpt-neo-125m",
    "gpt-neo-medium": "gpt-neo-1.3b",
    "gpt-neo-large": "gpt-neo-2.7b",
    "gpt-neox": "gpt-neox-20b",
    "opt-small": "opt-125m",
    "opt-medium": "opt-1.3b",
    "opt-large": "opt-2.7b",
    "opt-xl": "opt-6.7b",
    "olmo-1b": "olmo-1b-hf",
    "olmo-7b": "olmo-7b-hf",
    "olmo-2-1b": "olmo-2-0425-1b",
    "olmo-2-7b": "olmo-2-1124-7b",
    "llama-7b": "llama-7b-hf",
    "llama-13b": "llama-13b-hf",
    "llama-2-7b": "llama-2-7b-hf",
    "llama-2-7b-chat": "llama-2-7b-chat-hf",
    "llama-2-13b": "llama-2-13b-hf",
    "llama-2-13b-chat": "llama-2-13b-chat-hf",
    # Meta's own ids of one and the same model have the word in front, or not.
    "meta-llama-3.1-8b": "llama-3.1-8b",
    "meta-llama-3.1-8b-instruct": "llama-3.1-8b-instruct",
    "mistral-7b": "mistral-7b-v0.1",
    "mistral-7b-instruct": "mistral-7b-instruct-v0.1",
    "qwen-1.8b": "qwen-1_8b",
    "tiny-stories-1m": "tinystories-1m",
    "tiny-stories-3m": "tinystories-3m",
    "tiny-stories-8m": "tinystories-8m",
    "tiny-stories-28m": "tinystories-28m",
    "tiny-stories-33m": "tinystories-33m",
    "tiny-stories-1l-21m": "tinystories-1layer-21m",
    "tiny-stories-2l-33m": "tinystories-2layers-33m",
    "gelu-1l": "gelu_1l512w_c4_code",
    "gelu-2l": "gelu_2l512w_c4_code",
    "gelu-3l": "gelu_3l512w_c4_code",
    "gelu-4l": "gelu_4l512w_c4_code",
    "pythia": "pythia-70m",
}
"""TransformerLens' short names whose last part is not that of the hub's id, → that part."""


def same_model(one: str, other: str) -> bool:
    """Whether two names mean one model, an adapter on it left aside; an empty name means none."""
    return bool(one) and canonical(one) == canonical(other)


def canonical(name: str) -> str:
    """The last part of a hub id or path, in small letters, without an adapter, under its usual name."""
    model = name.strip().rstrip("/").partition("+")[0].rstrip("/")
    cached = _IN_HUB_CACHE.search(model)
    last = (cached[1] if cached else model.rsplit("/", 1)[-1]).lower()
    return _ALIASES.get(last, last)
