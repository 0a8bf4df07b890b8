"""circuit-tracer's transcoders of one layer: `layer_{i}.safetensors`, with the set's `config.yaml` beside.

W_enc (F, d) and W_dec (F, d), b_enc, b_dec, `activation_function.threshold`, `k`, W_skip (d, d):

    acts = activation(x W_encᵀ + b_enc)        y = acts @ W_dec + b_dec  (+ x @ W_skipᵀ)

W_enc is the transpose of SAELens'. The activation is JumpReLU where there is a threshold, TopK where there is a k in
the file or `activation: topk` in the configuration, else ReLU. Its own JumpReLU has no ReLU in it and its TopK neither,
so that activations below 0 are possible there; one with a threshold below 0 is refused. Cross-layer transcoders
(`W_enc_{i}.safetensors`) are refused too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from torch import Tensor

from microscope.core.saes.base import Architecture, Spec
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.errors import Unsupported
from microscope.store.sae_formats.base import Format, Found, Tensors, beside, make_spec, read_yaml
from microscope.store.sae_formats.hooks import site_of
from microscope.store.sae_formats.values import word

THRESHOLD = "activation_function.threshold"
_LAYER = re.compile(r"layer_(\d+)")
_CROSS = re.compile(r"W_(enc|dec)_\d+")


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    if tensors.path.suffix != ".safetensors" or beside(tensors.path, "cfg.json"):
        return None
    layered = _LAYER.fullmatch(tensors.path.stem) and _rows_are_features(tensors)
    crossed = any(_CROSS.fullmatch(name) for name in tensors.shapes)
    if not (layered or crossed or THRESHOLD in tensors.shapes):
        return None
    config = beside(tensors.path, "config.yaml")
    return (config,) if config else ()


def _spec(found: Found, tensors: Tensors) -> Spec:
    if any(_CROSS.fullmatch(name) for name in tensors.shapes):
        raise Unsupported(
            f"{found.weights} is a layer of a cross-layer transcoder.", next="Take transcoders of one layer each."
        )
    config = read_yaml(found.configs[0]) if found.configs else {}
    layer = _LAYER.search(found.weights.stem)
    site, site_out = (
        f"blocks.{layer[1]}.{word(config, key)}" if layer and config.get(key) else ""
        for key in ("feature_input_hook", "feature_output_hook")
    )
    return make_spec(
        found,
        _architecture(config, tensors),
        tensors.size("W_enc", 1),
        tensors.size("W_enc", 0),
        tensors.size("W_dec", 1),
        apply_b_dec_to_input=False,
        site=site_of(site),
        site_out=site_of(site_out),
        model_name=word(config, "model_name"),
        training={"scan": config["scan"]} if isinstance(config.get("scan"), str) else {},
    )


def _weights(found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {"W_enc": tensors.get("W_enc").T.contiguous()}
    weights |= {name: tensors.get(name) for name in ("b_enc", "W_dec", "b_dec")}
    if isinstance(spec.architecture, JumpRelu):
        weights["threshold"] = tensors.get(THRESHOLD).reshape(-1).expand(spec.d_sae).clone()
        if (weights["threshold"] < 0).any():
            raise Unsupported(
                f"{found.weights} has thresholds below 0, so that its features can be negative.",
                next="Take one whose activations are 0 or more.",
            )
    return weights | ({"W_skip": tensors.get("W_skip")} if "W_skip" in tensors.shapes else {})


def _rows_are_features(tensors: Tensors) -> bool:
    wide, deep = tensors.shapes.get("W_enc"), tensors.shapes.get("W_dec")
    return wide is not None and wide == deep


def _architecture(config: dict[str, Any], tensors: Tensors) -> Architecture:
    if "k" in tensors.shapes:
        return TopK(k=int(tensors.get("k").item()))
    if config.get("activation") == "topk" and isinstance(config.get("k"), int):
        return TopK(k=config["k"])
    return JumpRelu() if THRESHOLD in tensors.shapes else Relu()


FORMAT = Format("circuit-tracer", _claims, _spec, _weights)
