"""What a LoRA comes to in a model: merged into weights that nobody else uses, or as edits that are never merged.

    W ← W + γ B A        γ = α / r, with rsLoRA α / √r; transposed where W is kept as (in, out), as in GPT-2's Conv1D
    b ← b + γ b_B        with `lora_bias`
    E ← E + γ (B A)ᵀ     of embeddings, (n, d); what else has these weights, such as a tied W_U, keeps them
    E ← E′               of embeddings that are saved whole

Hu et al. 2021, arXiv 2106.09685; rsLoRA: Kalajdzievski 2023, arXiv 2312.03732.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from microscope.core.patches.edits import LowRank, Rows
from microscope.engine.adapters import BASE, Adapter, check_named, parts_of, scale_of
from microscope.errors import Incompatible, Unsupported

TRANSPOSED = (Conv1D, nn.Embedding)
"""Modules that keep W as (in, out)."""

_MERGE = "Merge it with PEFT (merge_and_unload, save_pretrained) and load the folder that comes of it."


@torch.no_grad()
def merge(hf: nn.Module, adapter: Adapter) -> None:
    """Add the adapter to the weights of a model that nobody else uses.

    Raises:
        Incompatible: modules or shapes that the model does not have; nothing has been changed then.
        Invalid, TooLarge: as `parts_of` and `check_named` say.
        Unsupported: a target that is neither linear, a Conv1D nor an embedding, or that shares its weights with
            another; embeddings of another model than this one.
    """
    changes = [change for edit in edits_of(hf, adapter) for change in _changes(hf, edit)]
    for target, name, delta in changes:
        parameter = target.get_parameter(name)
        moved = (parameter.float() + delta.to(parameter.device)).to(parameter.dtype)
        if isinstance(target, nn.Embedding):
            # PEFT changes what the embedding gives: a tied unembedding stays as it is.
            target.weight = nn.Parameter(moved, requires_grad=parameter.requires_grad)
        else:
            parameter.copy_(moved)


def low_rank(hf: nn.Module, adapter: Adapter) -> tuple[LowRank | Rows, ...]:
    """What the adapter adds to each of its modules, as edits of a pass.

    Raises:
        As `merge` says; Unsupported also a change of the unembedding, whose module is not asked for the logits of a
        lens.
    """
    found = edits_of(hf, adapter)
    head: Any = hf
    for one in found:
        if hf.get_submodule(str(one.at)) is head.get_output_embeddings():
            raise Unsupported(
                f"The adapter {adapter.name} changes {one.at}, the unembedding, by which every layer is read.",
                next="Load the model with it, as model+adapter.",
            )
    return found


def edits_of(hf: nn.Module, adapter: Adapter) -> tuple[LowRank | Rows, ...]:
    """Checked against the model, every scale in B.

    Raises:
        As `merge` says.
    """
    parts = parts_of(adapter)
    _check_base(hf, adapter)
    _check_whole(hf, adapter, parts)
    edits = tuple(_edit(hf, adapter, module, parts[module]) for module in sorted(parts))
    check_named(adapter, parts)
    return edits


def _check_base(hf: nn.Module, adapter: Adapter) -> None:
    """Embeddings that PEFT wrote beside a LoRA of them are those of this model.

    Raises:
        Unsupported: they were trained themselves.
    """
    for key, tensor in adapter.tensors.items():
        if match := BASE.fullmatch(key):
            weight: Tensor = _target(hf, adapter, match["module"]).weight
            if weight.shape != tensor.shape or not torch.equal(tensor.to(weight), weight):
                raise Unsupported(
                    f"{key} of the adapter {adapter.name} is not the weight of the model, whose place it would take.",
                    next="Load it with the model it was trained on: "
                    f"{adapter.config.get('base_model_name_or_path')}; if that is this one, merge it with PEFT first.",
                )


def _check_whole(hf: nn.Module, adapter: Adapter, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Whatever `modules_to_save` names is embeddings that are there."""
    for named in adapter.config.get("modules_to_save") or ():
        meant = [path for path, module in hf.named_modules() if path.endswith(str(named)) and _plain(module)]
        if not any("whole" in parts.get(path, {}) for path in meant):
            raise Unsupported(
                f"The adapter {adapter.name} has modules_to_save={adapter.config['modules_to_save']!r}; of what is "
                "saved whole only plain embeddings are taken.",
                next=_MERGE,
            )


def _plain(module: nn.Module) -> bool:
    # A subclass of embeddings scales what it gives.
    return type(module) is nn.Embedding


def _changes(hf: nn.Module, edit: LowRank | Rows) -> list[tuple[nn.Module, str, Tensor]]:
    """What is added to which parameters of one module."""
    target = hf.get_submodule(str(edit.at))
    if isinstance(edit, Rows):
        return [(target, "weight", edit.table if edit.up is None else edit.table @ edit.up.T)]
    delta = edit.up @ edit.down
    weight = (target, "weight", delta.T if isinstance(target, Conv1D) else delta)
    return [weight] if edit.bias is None else [weight, (target, "bias", edit.bias)]


def _edit(hf: nn.Module, adapter: Adapter, module: str, parts: Mapping[str, Tensor]) -> LowRank | Rows:
    """What is added to one module, which has room for it."""
    target = _target(hf, adapter, module)
    if "whole" in parts:
        weight: Tensor = target.weight
        if parts["whole"].shape != weight.shape:
            raise _other_shape(adapter, module, f"saves {tuple(parts['whole'].shape)}", weight)
        return Rows(module, parts["whole"] - weight.float().cpu())
    embeds = isinstance(target, nn.Embedding)
    of = "embedding_" if embeds else ""
    if f"{of}A" not in parts:
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, a {type(target).__name__}, by lora_"
            f"{'/'.join(sorted(parts))}; expected lora_{of}A and lora_{of}B.",
            next=_MERGE,
        )
    down, up = parts[f"{of}A"], parts[f"{of}B"]
    scale = _checked(adapter, module, target, down, up)
    if embeds:
        return Rows(module, down.T, scale * up)
    if "bias" in parts and (target.bias is None or target.bias.shape != parts["bias"].shape):
        raise Incompatible(
            f"{module} of the adapter {adapter.name} adds to a bias that the model does not have.",
            next=_its_own_model(adapter),
        )
    return LowRank(module, down, scale * up, scale * parts["bias"] if "bias" in parts else None)


def _checked(adapter: Adapter, module: str, target: Any, down: Tensor, up: Tensor) -> float:
    """γ of two matrices that fit a module."""
    flat = down.ndim == up.ndim == 2
    scale = scale_of(adapter.config, module, down.shape[0]) if flat else 0.0
    weight: Tensor = target.weight
    shape = weight.shape[::-1] if isinstance(target, TRANSPOSED) else weight.shape
    if not flat or up.shape[1] != down.shape[0] or (up.shape[0], down.shape[1]) != tuple(shape):
        raise _other_shape(adapter, module, f"adds B {tuple(up.shape)} A {tuple(down.shape)}", weight)
    return scale


def _other_shape(adapter: Adapter, module: str, what: str, weight: Tensor) -> Incompatible:
    return Incompatible(
        f"{module} of the adapter {adapter.name} {what}; the weight of the model is {tuple(weight.shape)}.",
        next=_its_own_model(adapter),
    )


def _its_own_model(adapter: Adapter) -> str:
    return f"Load it with the model it was trained on: {adapter.config.get('base_model_name_or_path')}."


def _target(hf: nn.Module, adapter: Adapter, module: str) -> Any:
    try:
        target: Any = hf.get_submodule(module)
    except AttributeError as absent:
        raise Incompatible(
            f"The adapter {adapter.name} changes {module}, which the model does not have.",
            next=_its_own_model(adapter),
        ) from absent
    if not _plain(target) and not isinstance(target, nn.Linear | Conv1D):
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, a {type(target).__name__}; only linear layers and plain "
            "embeddings are merged.",
            next=_MERGE,
        )
    shared = [name for name, other in hf.named_parameters(remove_duplicate=False) if other is target.weight]
    if len(shared) > 1 and not _plain(target):
        raise Unsupported(
            f"The adapter {adapter.name} changes {module}, whose weights are also {' and '.join(shared)}.",
            next="Untie them before: what is merged here would change both.",
        )
    return target
