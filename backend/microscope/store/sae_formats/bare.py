"""Tensors under SAELens' names with nothing beside: `W_enc` (d_in, F), `W_dec` (F, d_out), b_enc, b_dec and the rest.

The names tell the architecture: a threshold makes it JumpReLU, b_gate gated, otherwise ReLU. What they do not tell is
taken as SAELens takes it where a configuration is silent: b_dec is taken from the input, nothing is normalised. The
file's metadata may say `hook_name`, `model_name` and `apply_b_dec_to_input`.

Connor Kissane's and Rob Krzyzanowski's `<name>.pt` with `<name>_cfg.json` is this too: {act_size, dict_size, act_name}.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.gated import Gated
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.relu import Relu
from microscope.store.sae_formats.base import (
    PICKLES,
    Format,
    Found,
    Tensors,
    beside,
    check_sizes,
    make_spec,
    plain,
    read_json,
)
from microscope.store.sae_formats.hooks import site_of
from microscope.store.sae_formats.values import word


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    names = tensors.shapes.keys()
    if not names >= {"W_enc", "W_dec"} or beside(tensors.path, "cfg.json") or tensors.path.suffix == ".npz":
        return None
    if tensors.path.suffix in PICKLES:
        config = beside(tensors.path, f"{tensors.path.stem}_cfg.json")
        return (config,) if config else None
    layered = tensors.path.stem.startswith("layer_") and tensors.shapes["W_enc"] == tensors.shapes["W_dec"]
    return None if layered or "activation_function.threshold" in names else ()


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0]) if found.configs else dict(tensors.says)
    gated, jump = "b_gate" in tensors.shapes, "threshold" in tensors.shapes
    d_in, d_sae, d_out = tensors.size("W_enc", 0), tensors.size("W_enc", 1), tensors.size("W_dec", 1)
    check_sizes(found, config, {"act_size": d_in, "dict_size": d_sae})
    applied = str(config.get("apply_b_dec_to_input", d_in == d_out)).lower() == "true"
    return make_spec(
        found,
        Gated() if gated else JumpRelu() if jump else Relu(),
        d_in,
        d_sae,
        d_out,
        apply_b_dec_to_input=applied,
        site=site_of(word(config, "hook_name") or word(config, "act_name")),
        model_name=word(config, "model_name"),
        training=plain(config, ("hook_name", "act_name", "model_name", "act_size", "dict_size", "device", "format")),
    )


def _weights(_found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {"W_enc": tensors.get("W_enc"), "W_dec": tensors.get("W_dec")}
    weights["b_dec"] = tensors.get("b_dec") if "b_dec" in tensors.shapes else torch.zeros(spec.d_out)
    own = ("b_gate", "b_mag", "r_mag") if isinstance(spec.architecture, Gated) else ("b_enc",)
    weights |= {name: tensors.get(name) for name in own}
    return weights | {name: tensors.get(name) for name in ("threshold", "W_skip") if name in tensors.shapes}


FORMAT = Format("bare tensors", _claims, _spec, _weights)
