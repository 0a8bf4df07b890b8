"""LoRA adapters of PEFT as their files have them. What they come to in a model: `adapter_merge.py`.

adapter_config.json and adapter_model.safetensors, keys `base_model.model.<module>.lora_A.weight` (r, in) and
`….lora_B.weight` (out, r), with `lora_bias` `….lora_B.bias` (out,); of embeddings `….lora_embedding_A` (r, n) and
`….lora_embedding_B` (d, r), beside which PEFT writes the embeddings themselves, `….base_layer.weight`. Embeddings that
`modules_to_save` names are there whole, `….weight` (n, d). What is not exactly this is refused: a part of an adapter
would be another model. Hu et al. 2021, arXiv 2106.09685; rsLoRA: Kalajdzievski 2023, arXiv 2312.03732.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from microscope.engine.adapter_targets import is_target
from microscope.errors import Invalid, NotFound, TooLarge, Unsupported
from microscope.paths import expanded

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

_KEY = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<part>(A|B)\.weight|B\.bias|embedding_(A|B))")
BASE = re.compile(r"base_model\.model\.(?P<module>.+)\.base_layer\.weight")
_WHOLE = re.compile(r"base_model\.model\.(?P<module>.+)\.weight")
_PART = {"A.weight": "A", "B.weight": "B", "B.bias": "bias"}

_OFF: Mapping[str, tuple[Any, ...]] = {
    "use_dora": (None, False),
    "trainable_token_indices": (None, [], {}),
    "target_parameters": (None, []),
    "layer_replication": (None, []),
    "alora_invocation_tokens": (None, []),
    "use_qalora": (None, False),
    "use_bdlora": (None, False),
    "ensure_weight_tying": (None, False),
    "bias": (None, "none"),
    # Others move the weights that they start from (PiSSA, OLoRA, CorDA, LoftQ): what is saved is a change of those.
    "init_lora_weights": (None, True, False, "gaussian", "eva", "orthogonal"),
    "arrow_config": (None, {}),
    "kasa_config": (None, {}),
    "velora_config": (None, {}),
    "monteclora_config": (None, {}),
}
"""Settings that would mean more than B A, and the values at which they mean nothing."""

MAX_MODULES = 4_096
"""That one adapter changes; the largest dense models have some 900 matrices."""


class Adapter(NamedTuple):
    """A LoRA as its files have it."""

    name: str
    folder: Path
    sha256: str
    """Of its weights' file and of the settings that scale them."""

    config: dict[str, Any]
    tensors: dict[str, Tensor]


def folder_of(name: str, model_folder: Path) -> Path:
    """Where an adapter of this name lies, absolute: in the model's `adapters/`, else in the folder of that name."""
    given, own = expanded(name), model_folder / "adapters" / name
    return (own if own.is_dir() else given).resolve()


def beside(model_folder: Path) -> list[str]:
    """Names of the adapters in the model's `adapters/`."""
    return sorted(one.parent.name for one in (model_folder / "adapters").glob(f"*/{CONFIG}"))


def read_adapter(name: str, model_folder: Path) -> Adapter:
    """
    Args:
        name: beside the model, in `adapters/`; else a folder.

    Raises:
        NotFound: no such adapter.
        Invalid: its files cannot be read.
        Unsupported: it is no plain LoRA.
    """
    folder = folder_of(name, model_folder)
    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        raise NotFound(
            f"There is no adapter {name!r}: no {CONFIG} and {WEIGHTS} in {folder}; beside the model are "
            f"{', '.join(beside(model_folder)) or 'none'}.",
            next="Give one of them, or the folder that PEFT's save_pretrained wrote.",
        )
    try:
        config = json.loads((folder / CONFIG).read_text())
        content = (folder / WEIGHTS).read_bytes()
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise Invalid(f"The adapter {name} cannot be read: {error}.", next="Copy the folder again.") from error
    check_config(name, config)
    return Adapter(name, folder, sha256_of(content, config), config, tensors)


def sha256_of(content: bytes, config: Mapping[str, Any]) -> str:
    """What an adapter is known by.

    Args:
        content: of the file of its weights.
    """
    scaling = json.dumps({key: config.get(key) for key in _SCALING}, sort_keys=True).encode()
    return hashlib.sha256(content + scaling).hexdigest()


_TARGETING = ("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern")

_SCALING = ("r", "lora_alpha", "use_rslora", "alpha_pattern", "rank_pattern", "lora_bias")


def check_config(name: str, config: Any) -> None:
    """
    Raises:
        Unsupported: it is no plain LoRA.
        Invalid: settings that are no numbers.
    """
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        raise Unsupported(f"The adapter {name} is of the kind {kind}; expected LORA.", next="Merge it with PEFT first.")
    for key, values in _OFF.items():
        if key in config and config[key] not in values:
            raise Unsupported(
                f"The adapter {name} has {key}={config[key]!r}; only plain LoRA is merged here.",
                next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
            )
    for key in ("r", "lora_alpha"):
        if not _positive(config.get(key)):
            raise Invalid(
                f"{CONFIG} of {name} has {key}={config.get(key)!r}; expected a number above 0.", next="Copy it again."
            )
    for key in _TARGETING:
        if not _names(config.get(key), int if key == "layers_to_transform" else str):
            raise Invalid(
                f"{CONFIG} of {name} has {key}={config[key]!r:.200}; expected names of modules, or numbers of layers.",
                next="Copy it again.",
            )
    for key in ("rank_pattern", "alpha_pattern"):
        patterns = config.get(key) or {}
        if not isinstance(patterns, dict) or not all(_positive(value) for value in patterns.values()):
            raise Invalid(
                f"{CONFIG} of {name} has {key}={patterns!r:.200}; expected numbers by module.", next="Copy it again."
            )


def _names(value: Any, kind: type) -> bool:
    return (
        value is None
        or isinstance(value, kind)
        or (isinstance(value, list) and all(isinstance(one, kind) for one in value))
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf


def parts_of(adapter: Adapter) -> dict[str, dict[str, Tensor]]:
    """By module: `A`, `B`, and `bias` where there is one; of embeddings `embedding_A` and `embedding_B`, or `whole`.

    Raises:
        Invalid: values that are not finite, halves of a pair, no tensors.
        Unsupported: tensors that are no part of a plain LoRA.
        TooLarge: over `MAX_MODULES`.
    """
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in adapter.tensors.items():
        if BASE.fullmatch(key):
            continue
        match = _KEY.fullmatch(key) or _saved_whole(adapter, key)
        if match is None:
            raise Unsupported(
                f"{key} of the adapter {adapter.name} is no part of a plain LoRA (lora_A.weight, lora_B.weight).",
                next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
            )
        if not tensor.isfinite().all():
            raise Invalid(f"{key} of the adapter {adapter.name} holds values that are not finite.", next="Train again.")
        part = match.groupdict().get("part", "whole")
        found.setdefault(match["module"], {})[_PART.get(part, part)] = tensor.float()
    if len(found) > MAX_MODULES:
        raise TooLarge(
            f"The adapter {adapter.name} changes {len(found):,} modules; at most {MAX_MODULES:,} are taken.",
            next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
        )
    for module, parts in found.items():
        if {"A", "B"} - set(parts) and set(parts) not in ({"embedding_A", "embedding_B"}, {"whole"}):
            raise Invalid(
                f"The adapter {adapter.name} has only lora_{'/'.join(sorted(parts))} for {module}.",
                next="Copy the folder again.",
            )
    if not found:
        raise Invalid(f"The adapter {adapter.name} holds no tensors.", next="Copy the folder again.")
    return found


def check_named(adapter: Adapter, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
    """
    Args:
        parts: as `parts_of` gives them.

    Raises:
        Invalid: tensors that its settings do not name, which PEFT would leave out.
    """
    config = adapter.config
    for module, its in parts.items():
        if "whole" not in its and not is_target(config, module):
            settings = ", ".join(f"{one}={config[one]!r:.200}" for one in _TARGETING if config.get(one))
            why = f"a LoRA of {module}, which {CONFIG} does not name ({settings})"
        elif "bias" in its and not config.get("lora_bias"):
            why = f"a bias of {module}, where {CONFIG} has no lora_bias"
        else:
            continue
        raise Invalid(
            f"The adapter {adapter.name} holds {why}: PEFT would leave it out.",
            next="Give the adapter its own config, or take those tensors out.",
        )


def _saved_whole(adapter: Adapter, key: str) -> re.Match[str] | None:
    """Of a module that `modules_to_save` names, as PEFT does: by the end of its path."""
    match = _WHOLE.fullmatch(key)
    named = adapter.config.get("modules_to_save") or ()
    return match if match and any(match["module"].endswith(str(one)) for one in named) else None


def scale_of(config: Mapping[str, Any], module: str, rank: int) -> float:
    """γ, by the α and r of this module where patterns name it.

    Raises:
        Invalid: the tensors have another rank.
    """
    alpha = _by_pattern(config.get("alpha_pattern") or {}, module, config["lora_alpha"])
    expected = _by_pattern(config.get("rank_pattern") or {}, module, config["r"])
    if rank != expected:
        raise Invalid(
            f"lora_A of {module} has rank {rank}; {CONFIG} says {expected}.", next="Give the adapter its own config."
        )
    return alpha / (rank**0.5 if config.get("use_rslora") else rank)


def _by_pattern(patterns: Mapping[str, float], module: str, default: float) -> float:
    """As PEFT has it: the first pattern that the end of the module's path matches."""
    return next((value for key, value in patterns.items() if re.match(rf"(.*\.)?({key})$", module)), default)
