"""Which modules the settings of a LoRA name, as PEFT reads them.

By a pattern of the whole path or by the end of it, in the layers that are listed, but for those that are excluded. What
its file holds for others PEFT leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

ALL_LINEAR = "all-linear"

# fmt: off
KNOWN = frozenset((
    "peft_type", "task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode",
    "r", "target_modules", "exclude_modules", "lora_alpha", "lora_dropout", "fan_in_fan_out", "bias", "use_rslora",
    "modules_to_save", "init_lora_weights", "layers_to_transform", "layers_pattern", "rank_pattern", "alpha_pattern",
    "megatron_config", "megatron_core", "trainable_token_indices", "loftq_config", "eva_config", "corda_config",
    "lora_ga_config", "use_dora", "velora_config", "alora_invocation_tokens", "use_qalora", "qalora_group_size",
    "monteclora_config", "layer_replication", "runtime_config", "lora_bias", "target_parameters", "use_bdlora",
    "arrow_config", "kasa_config", "ensure_weight_tying",
))
# fmt: on
"""Settings of PEFT's LoraConfig: https://huggingface.co/docs/peft/package_reference/lora."""


def is_target(config: Mapping[str, Any], module: str) -> bool:
    """Whether PEFT gives a LoRA to the module of this path. Nobody knows of settings that name none."""
    named = config.get("target_modules")
    if _is_one(config.get("exclude_modules") or (), module):
        return False
    if named is None or named == ALL_LINEAR:
        return True
    if isinstance(named, str) or module in named:
        return _is_one(named, module)
    return _is_one(named, module) and _in_layers(config, module)


def unknown_settings(config: Mapping[str, Any]) -> list[str]:
    """Names of settings that are on and that PEFT has none of."""
    return sorted(str(key) for key, value in config.items() if key not in KNOWN and value not in (None, False, [], {}))


def _is_one(named: str | Sequence[str], module: str) -> bool:
    if isinstance(named, str):
        return re.fullmatch(named, module) is not None
    return any(module == one or module.endswith(f".{one}") for one in named)


def _in_layers(config: Mapping[str, Any], module: str) -> bool:
    layers = config.get("layers_to_transform")
    if layers is None or layers == []:
        return True
    patterns = config.get("layers_pattern") or r"[^.]*"
    each = (patterns,) if isinstance(patterns, str) else patterns
    found = next((match for one in each if (match := re.match(rf"(?:^|.*?\.){one}\.(\d+)\.", module))), None)
    return found is not None and int(found[1]) in ((layers,) if isinstance(layers, int) else layers)
