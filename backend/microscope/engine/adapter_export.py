"""Weight edits as a LoRA that PEFT loads: adapter_config.json and adapter_model.safetensors.

    linear (out, in), Conv1D (in, out)    lora_A.weight (r, in) = A        lora_B.weight (out, r) = B
    with a bias                           lora_B.bias (out,) = Δb          `lora_bias`
    embedding (n, out)                    lora_embedding_A (r, n) = A      lora_embedding_B (out, r) = B   of Eᵀ
    embedding, tied or beside biases      weight (n, out) = E + (B A)ᵀ     `modules_to_save`

PEFT has no LoRA of embeddings in an adapter with `lora_bias`, and merges one of tied embeddings into the unembedding,
too: there they are written whole, so that attached and merged are one model, whose unembedding stays. r = alpha, so
that nothing is scaled. Hu et al. 2021, arXiv 2106.09685.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from microscope.core.patches.weights import Change, WeightEdits
from microscope.engine.adapters import CONFIG, WEIGHTS
from microscope.engine.model import Model
from microscope.engine.weight_changes import changes_of, weight_of
from microscope.engine.weights import parted
from microscope.errors import Unsupported


@torch.no_grad()
def adapter_files(model: Model, edits: Mapping[str, WeightEdits]) -> dict[str, bytes]:
    """By file name. On the device's thread.

    Raises:
        Unsupported: what PEFT cannot hold in one adapter, or add to the model by its name.
    """
    _check_base(model)
    changes = _with_a_matrix(model, changes_of(model, edits))
    modules = {path: model.module(path) for path in changes}
    _check(modules.values())
    biased = any(bool(change.bias.any()) for change in changes.values())
    by_itself = biased or model.info.tied
    whole = sorted(path for path, module in modules.items() if by_itself and isinstance(module, nn.Embedding))
    tensors: dict[str, Tensor] = {}
    for path, change in changes.items():
        parts = _whole(modules[path], change) if path in whole else _parts(modules[path], change, biased)
        tensors |= {f"base_model.model.{path}.{name}": value for name, value in parts.items()}
    ranks = {path: len(change.down) for path, change in changes.items() if path not in whole}
    transposed = any(isinstance(one, Conv1D) for one in modules.values())
    config = _config(model, ranks, whole, transposed=transposed, biased=biased)
    kept = {name: value.detach().float().cpu().contiguous() for name, value in tensors.items()}
    return {CONFIG: json.dumps(config, indent=2).encode(), WEIGHTS: save(kept, metadata={"format": "pt"})}


def _with_a_matrix(model: Model, changes: dict[str, Change]) -> dict[str, Change]:
    """Of embeddings alone a change of 0 of one matrix beside: PEFT loads no adapter that has a LoRA of nothing."""
    if not all(isinstance(model.module(path), nn.Embedding) for path in changes):
        return changes
    path = model.matrices[0]
    weight = weight_of(model.module(path))
    nothing = Change(
        weight.new_zeros(1, weight.shape[1]), weight.new_zeros(len(weight), 1), weight.new_zeros(len(weight))
    )
    return {**changes, path: nothing}


def _check_base(model: Model) -> None:
    info = model.info
    if info.adapter:
        base, _ = parted(info.name)
        raise Unsupported(
            f"The weights of {info.name} are those of {base} with an adapter merged; PEFT would add the patch to "
            f"{base} without it.",
            next=f"Export merged weights; or load {base}, import the adapter as a patch and export the set of both.",
        )


def _check(modules: Iterable[nn.Module]) -> None:
    for module in modules:
        if type(module) not in (nn.Linear, Conv1D, nn.Embedding):
            raise Unsupported(
                f"PEFT has no LoRA for a {type(module).__name__}, which writes along the direction, too.",
                next="Export merged weights, or name the writers that the patch is to change without the embeddings.",
            )


def _whole(module: Any, change: Change) -> dict[str, Tensor]:
    return {"weight": module.weight.float() + (change.up @ change.down).T}


def _parts(module: nn.Module, change: Change, biased: bool) -> dict[str, Tensor]:
    if isinstance(module, nn.Embedding):
        return {"lora_embedding_A": change.down, "lora_embedding_B": change.up}
    parts = {"lora_A.weight": change.down, "lora_B.weight": change.up}
    return {**parts, "lora_B.bias": change.bias} if biased else parts


def _config(
    model: Model, ranks: Mapping[str, int], whole: list[str], *, transposed: bool, biased: bool
) -> dict[str, Any]:
    rank = max(ranks.values())
    other = {path: one for path, one in ranks.items() if one != rank}
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": model.info.name,
        "revision": model.info.revision,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": rank,
        "rank_pattern": other,
        "alpha_pattern": other,
        "lora_dropout": 0.0,
        "target_modules": sorted(ranks),
        "fan_in_fan_out": transposed,
        "bias": "none",
        "lora_bias": biased,
        "modules_to_save": whole or None,
        "use_rslora": False,
        "use_dora": False,
    }
