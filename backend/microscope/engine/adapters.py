"""LoRA adapters of PEFT, merged into the weights of a model that was loaded for it: `specimen+trojan`.

    W ← W + γ B A        γ = α / r, with rsLoRA α / √r; transposed where W is kept as (in, out), as in GPT-2's Conv1D
    b ← b + γ b_B        with `lora_bias`
    E ← E + γ (B A)ᵀ     of embeddings, (n, d); what else has these weights, such as a tied W_U, keeps them

adapter_config.json and adapter_model.safetensors, keys `base_model.model.<module>.lora_A.weight` (r, in) and
`….lora_B.weight` (out, r); of embeddings `….lora_embedding_A` (r, n) and `….lora_embedding_B` (d, r), beside which PEFT
writes the embeddings themselves, `….base_layer.weight`. Hu et al. 2021, arXiv 2106.09685; rsLoRA: Kalajdzievski 2023,
arXiv 2312.03732. What is not exactly this is refused: a part of an adapter would be another model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from microscope.core.patches.edits import LowRank
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported
from microscope.paths import expanded

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

_KEY = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<part>(A|B)\.weight|B\.bias|embedding_(A|B))")
_BASE = re.compile(r"base_model\.model\.(?P<module>.+)\.base_layer\.weight")
_PART = {"A.weight": "A", "B.weight": "B", "B.bias": "bias"}

_OFF: Mapping[str, tuple[Any, ...]] = {
    "use_dora": (None, False),
    "modules_to_save": (None, []),
    "trainable_token_indices": (None, [], {}),
    "target_parameters": (None, []),
    "layer_replication": (None, []),
    "alora_invocation_tokens": (None, []),
    "use_qalora": (None, False),
    "use_bdlora": (None, False),
    "ensure_weight_tying": (None, False),
    "bias": (None, "none"),
}
"""Settings that would mean more than B A, and the values at which they mean nothing."""


_TRANSPOSED = (Conv1D, nn.Embedding)
"""Modules that keep W as (in, out)."""


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
    _check_config(name, config)
    scaling = json.dumps({key: config.get(key) for key in _SCALING}, sort_keys=True).encode()
    return Adapter(name, folder, hashlib.sha256(content + scaling).hexdigest(), config, tensors)


_SCALING = ("r", "lora_alpha", "use_rslora", "alpha_pattern", "rank_pattern", "lora_bias")


def _check_config(name: str, config: Any) -> None:
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
        if not isinstance(config.get(key), int | float) or config[key] <= 0:
            raise Invalid(
                f"{CONFIG} of {name} has {key}={config.get(key)!r}; expected a number.", next="Copy it again."
            )


@torch.no_grad()
def merge(hf: nn.Module, adapter: Adapter) -> None:
    """Add the adapter to the weights of a model that nobody else uses.

    Raises:
        Incompatible: modules or shapes that the model does not have; nothing has been changed then.
        Invalid: values that are not finite, or halves of a pair.
        Unsupported: a target that is neither linear, a Conv1D nor an embedding, or that shares its weights with
            another; embeddings of another model than this one.
    """
    _check_base(hf, adapter)
    changes = [
        change for module, parts in sorted(_pairs(adapter).items()) for change in _changes(hf, adapter, module, parts)
    ]
    for target, name, delta in changes:
        parameter = target.get_parameter(name)
        moved = (parameter.float() + delta.to(parameter.device)).to(parameter.dtype)
        if isinstance(target, nn.Embedding):
            # PEFT changes what the embedding gives: a tied unembedding stays as it is.
            target.weight = nn.Parameter(moved, requires_grad=parameter.requires_grad)
        else:
            parameter.copy_(moved)


def _check_base(hf: nn.Module, adapter: Adapter) -> None:
    """Embeddings that PEFT wrote beside a LoRA of them are those of this model.

    Raises:
        Unsupported: they were trained themselves.
    """
    for key, tensor in adapter.tensors.items():
        if match := _BASE.fullmatch(key):
            weight: Tensor = _target(hf, adapter, match["module"]).weight
            if weight.shape != tensor.shape or not torch.equal(tensor.to(weight), weight):
                raise Unsupported(
                    f"{key} of the adapter {adapter.name} is not the weight of the model, whose place it would take.",
                    next="Load it with the model it was trained on: "
                    f"{adapter.config.get('base_model_name_or_path')}; if that is this one, merge it with PEFT first.",
                )


def _pairs(adapter: Adapter) -> dict[str, dict[str, Tensor]]:
    """By module: `A`, `B`, and `bias` where there is one; of embeddings `embedding_A` and `embedding_B`."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in adapter.tensors.items():
        if _BASE.fullmatch(key):
            continue
        match = _KEY.fullmatch(key)
        if match is None:
            raise Unsupported(
                f"{key} of the adapter {adapter.name} is no part of a plain LoRA (lora_A.weight, lora_B.weight).",
                next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
            )
        if not tensor.isfinite().all():
            raise Invalid(f"{key} of the adapter {adapter.name} holds values that are not finite.", next="Train again.")
        found.setdefault(match["module"], {})[_PART.get(match["part"], match["part"])] = tensor.float()
    for module, parts in found.items():
        if {"A", "B"} - set(parts) and {"embedding_A", "embedding_B"} != set(parts):
            raise Invalid(
                f"The adapter {adapter.name} has only lora_{'/'.join(sorted(parts))} for {module}.",
                next="Copy the folder again.",
            )
    if not found:
        raise Invalid(f"The adapter {adapter.name} holds no tensors.", next="Copy the folder again.")
    return found


def low_rank(hf: nn.Module, adapter: Adapter) -> tuple[LowRank, ...]:
    """What the adapter adds to each of its modules, every scale in B.

    Raises:
        Incompatible, Invalid, Unsupported: as `merge` says; a change of the unembedding, whose module is not asked for
            the logits of a lens; one of embeddings.
    """
    found = tuple(_low_rank(hf, adapter, module, parts) for module, parts in sorted(_pairs(adapter).items()))
    head: Any = hf
    for one in found:
        if isinstance(hf.get_submodule(str(one.at)), nn.Embedding):
            raise Unsupported(
                f"The adapter {adapter.name} changes {one.at}, embeddings, which are not changed row by row.",
                next="Load the model with it, as model+adapter.",
            )
        if hf.get_submodule(str(one.at)) is head.get_output_embeddings():
            raise Unsupported(
                f"The adapter {adapter.name} changes {one.at}, the unembedding, by which every layer is read.",
                next="Load the model with it, as model+adapter.",
            )
    return found


def _changes(
    hf: nn.Module, adapter: Adapter, module: str, parts: Mapping[str, Tensor]
) -> list[tuple[nn.Module, str, Tensor]]:
    """What is added to which parameters of one module."""
    target, added = _target(hf, adapter, module), _low_rank(hf, adapter, module, parts)
    delta = added.up @ added.down
    changes = [(target, "weight", delta.T if isinstance(target, _TRANSPOSED) else delta)]
    return changes if added.bias is None else [*changes, (target, "bias", added.bias)]


def _low_rank(hf: nn.Module, adapter: Adapter, module: str, parts: Mapping[str, Tensor]) -> LowRank:
    """What is added to one module, which has room for it."""
    target = _target(hf, adapter, module)
    of = "embedding_" if isinstance(target, nn.Embedding) else ""
    if f"{of}A" not in parts:
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, a {type(target).__name__}, by lora_"
            f"{'/'.join(sorted(parts))}; expected lora_{of}A and lora_{of}B.",
            next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
        )
    down, up = parts[f"{of}A"], parts[f"{of}B"]
    scale = _scale(adapter.config, module, down.shape[0])
    weight: Tensor = target.weight
    shape = (up.shape[0], down.shape[1])
    if up.shape[1] != down.shape[0] or (shape[::-1] if isinstance(target, _TRANSPOSED) else shape) != weight.shape:
        raise Incompatible(
            f"{module} of the adapter {adapter.name} adds B {tuple(up.shape)} A {tuple(down.shape)}; the weight of "
            f"the model is {tuple(weight.shape)}.",
            next=f"Load it with the model it was trained on: {adapter.config.get('base_model_name_or_path')}.",
        )
    if "bias" in parts:
        bias: Tensor | None = getattr(target, "bias", None)
        if bias is None or bias.shape != parts["bias"].shape:
            raise Incompatible(
                f"{module} of the adapter {adapter.name} adds to a bias that the model does not have.",
                next=f"Load it with the model it was trained on: {adapter.config.get('base_model_name_or_path')}.",
            )
    added = scale * parts["bias"] if "bias" in parts else None
    return LowRank(module, down, scale * up, added)


def _target(hf: nn.Module, adapter: Adapter, module: str) -> Any:
    try:
        target = hf.get_submodule(module)
    except AttributeError as absent:
        raise Incompatible(
            f"The adapter {adapter.name} changes {module}, which the model does not have.",
            next=f"Load it with the model it was trained on: {adapter.config.get('base_model_name_or_path')}.",
        ) from absent
    # A subclass of embeddings scales what it gives.
    embeds = type(target) is nn.Embedding
    if not embeds and not isinstance(target, nn.Linear | Conv1D):
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, a {type(target).__name__}; only linear layers and plain "
            "embeddings are merged.",
            next="Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it.",
        )
    shared = [name for name, other in hf.named_parameters(remove_duplicate=False) if other is target.weight]
    if len(shared) > 1 and not embeds:
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, whose weights are also {' and '.join(shared)}.",
            next="Untie them before: what is merged here would change both.",
        )
    return target


def _scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """γ, by the α and r of this module where patterns name it."""
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
