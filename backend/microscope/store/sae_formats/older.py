"""This project's older layout: `sae_layer_{L}.safetensors` with `sae_layer_{L}_metadata.json`.

encoder.weight (F, d), encoder.bias, decoder.weight (d, F) unless tied to the encoder, decoder_bias:

    z = act(x W_eᵀ + b_e)        x̂ = z @ W_dᵀ + b_d        b_d is not taken from x
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from microscope.core.saes.base import Architecture, Spec
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.errors import Unsupported
from microscope.store.sae_formats.base import Format, Found, Tensors, beside, check_sizes, make_spec, plain, read_json
from microscope.store.sae_formats.values import whole, word


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    named = re.fullmatch(r"sae_layer_\d+", tensors.path.stem)
    config = beside(tensors.path, f"{tensors.path.stem}_metadata.json")
    return (config,) if named and config and "encoder.weight" in tensors.shapes else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0])
    layer = whole(config, "layer_idx")
    d_in, d_sae = tensors.size("encoder.weight", 1), tensors.size("encoder.weight", 0)
    check_sizes(found, config, {"input_dim": d_in, "latent_dim": d_sae})
    return make_spec(
        found,
        _architecture(found, config),
        d_in,
        d_sae,
        d_in,
        apply_b_dec_to_input=False,
        site="" if layer is None else f"L{layer}.resid_post",
        model_name=word(config, "model_name"),
        training=plain(config, ("layer_idx", "input_dim", "latent_dim", "model_name")),
    )


def _weights(_found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    encoder = tensors.get("encoder.weight")
    tied = "decoder.weight" not in tensors.shapes
    has_bias = "decoder_bias" in tensors.shapes
    return {
        "W_enc": encoder.T.contiguous(),
        "b_enc": tensors.get("encoder.bias"),
        "W_dec": encoder if tied else tensors.get("decoder.weight").T.contiguous(),
        "b_dec": tensors.get("decoder_bias") if has_bias else torch.zeros(spec.d_in),
    }


def _architecture(found: Found, config: dict[str, Any]) -> Architecture:
    match str(config.get("activation_fn", "relu")).lower():
        case "relu":
            return Relu()
        case "topk" if isinstance(config.get("k"), int):
            return TopK(k=config["k"])
        case other:
            raise Unsupported(
                f"{found.weights} has the activation {other!r}; expected relu, or topk with its k.", next="Train anew."
            )


FORMAT = Format("older layout", _claims, _spec, _weights)
