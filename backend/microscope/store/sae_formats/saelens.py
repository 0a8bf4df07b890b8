"""SAELens' folders, of version 6 and older, and ours, which are the same with a few words more.

`cfg.json` and `sae_weights.safetensors`: W_enc (d_in, d_sae), W_dec (d_sae, d_out), b_enc, b_dec, `threshold` of
JumpReLU, b_gate, b_mag, r_mag of gated ones, W_skip (d_out, d_in) of skip transcoders. Version 6 keeps what it says of
the model under `metadata`; older ones keep it flat, some under other names. What normalised the training data is folded
into the weights, except in a folder that training left with an `activation_scaler.json`. A BatchTopK that training left
with `rescale_acts_by_decoder_norm` has the norms of its decoder rows folded in on reading:

    relu((c W_enc + b_enc) ‖W_dec‖) > θ,  x̂ = (acts / ‖W_dec‖) W_dec + b_dec
    =  relu(c W_enc ‖W_dec‖ + b_enc ‖W_dec‖) > θ,  x̂ = acts (W_dec / ‖W_dec‖) + b_dec

A tied autoencoder's file has no W_enc, which is W_decᵀ. Where it does not take b_dec from its inputs it does not
add it to its outputs either, so b_dec is read as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from microscope.core.saes.base import Architecture, Normalize, Spec
from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.gated import Gated
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.matching_pursuit import MatchingPursuit
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.errors import Invalid, Unsupported
from microscope.store.sae_formats.base import Format, Found, Tensors, beside, check_sizes, make_spec, plain, read_json
from microscope.store.sae_formats.hooks import of_head, site_of
from microscope.store.sae_formats.values import above_0, nested, shown, truth, whole, word

CONFIG, WEIGHTS, SCALER = "cfg.json", "sae_weights.safetensors", "activation_scaler.json"

OURS = "microscope"
"""Key of `metadata` under which our own words stand."""

TRANSCODERS = ("transcoder", "skip_transcoder", "jumprelu_transcoder", "jumprelu_skip_transcoder")

_OLD_NAMES = {
    "hook_point": "hook_name",
    "hook_point_head_index": "hook_head_index",
    "activation_fn_str": "activation_fn",
}
_KNOWN = {
    "standard": lambda _: Relu(),
    "topk": lambda config: TopK(
        k=_k(config), rescale_acts_by_decoder_norm=bool(truth(config, "rescale_acts_by_decoder_norm"))
    ),
    "jumprelu": lambda _: JumpRelu(),
    "gated": lambda _: Gated(),
    "batchtopk": lambda config: BatchTopK(k=_k(config)),
    "matryoshka_batchtopk": lambda config: BatchTopK(k=_k(config)),
    "matching_pursuit": lambda config: _own_fields(MatchingPursuit, config),
    "temporal": lambda config: _own_fields(Temporal, config),
    "transcoder": lambda _: Relu(),
    "skip_transcoder": lambda _: Relu(),
    "jumprelu_transcoder": lambda _: JumpRelu(),
    "jumprelu_skip_transcoder": lambda _: JumpRelu(),
}
_ARCHITECTURES: Mapping[str, Callable[[Mapping[str, Any]], Architecture]] = _KNOWN

_NORMALIZE: Mapping[str, Normalize] = {
    "none": "none",
    "expected_average_only_in": "none",  # Folded in; `activation_scaler.json` tells of the other case.
    "constant_norm_rescale": "constant_norm",
    "layer_norm": "layer_norm",
}
_RESCALED, _FACTOR = "constant_scalar_rescale", "activation_normalization_factor"
"""How a temporal one says that its inputs are multiplied, and by what."""

_SIZES = ("d_in", "d_sae", "d_out", "k")
_ELSEWHERE = (*_SIZES, _FACTOR, "device", "metadata", "architecture", "hook_name", "model_name", "dtype")


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    config = beside(tensors.path, CONFIG)
    if config is None or tensors.path.name != WEIGHTS or "W_dec" not in tensors.shapes:
        return None
    return tuple(path for path in (config, beside(tensors.path, SCALER)) if path)


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = flat(read_json(found.configs[0]))
    ours = nested(config, OURS)
    name = _architecture_name(config)
    normalize = _normalize(found, config)
    scale, architecture = _scale(found) * _factor(config), _ours_or(_ARCHITECTURES[name](config), ours)
    d_in, d_sae, d_out = _sizes(architecture, tensors)
    check_sizes(found, config, {"d_in": d_in, "d_sae": d_sae, "d_out": d_out})
    spec = make_spec(
        found,
        architecture,
        d_in,
        d_sae,
        d_out,
        apply_b_dec_to_input=bool(truth(config, "apply_b_dec_to_input")) and name not in TRANSCODERS,
        normalize="scale" if scale != 1.0 else normalize,
        scale=scale,
        site=word(ours, "site") or _site(config, "hook_name", "hook_head_index"),
        site_out=word(ours, "site_out") or _site(config, "hook_name_out", "hook_head_index_out"),
        model_name=word(config, "model_name"),
        weights_sha256=word(ours, "weights_sha256"),
        prepend_bos=truth(config, "prepend_bos"),
        context_size=config.get("context_size"),
        dataset=str(config.get("dataset_path") or ""),
        format=OURS if ours else found.format,
        training=ours["training"] if "training" in ours else plain(config, {*_ELSEWHERE, *architecture.model_dump()}),
    )
    if name in TRANSCODERS and spec.normalize != "none":
        # Its outputs are of another place, whose norm it does not know: the file's own rule leaves them as they are.
        raise Unsupported(
            f"{found.weights.parent} is a {name} that normalises its inputs ({spec.normalize}).",
            next="Fold the norm into its weights before saving it.",
        )
    return spec


def _weights(found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    config = flat(read_json(found.configs[0]))
    weights = {name: tensors.get(name) for name in ("W_dec", "b_dec")}
    weights["W_enc"] = weights["W_dec"].T if spec.architecture.tied else tensors.get("W_enc")
    match spec.architecture:
        case MatchingPursuit():
            pass
        case Temporal():
            weights |= {name: tensors.get(name) for name in spec.architecture.own_shapes(spec.d_sae)}
        case Gated():
            weights |= {name: tensors.get(name) for name in ("b_gate", "b_mag", "r_mag")}
        case JumpRelu():
            weights |= {"b_enc": tensors.get("b_enc"), "threshold": _threshold(tensors)}
        case BatchTopK():
            weights |= {"b_enc": tensors.get("b_enc"), "threshold": _one_threshold(tensors)}
        case _:
            weights |= {"b_enc": tensors.get("b_enc")}
    if _unfolded_norm(config):
        weights = _norm_folded(weights)
    if "skip" in _architecture_name(config):
        weights["W_skip"] = tensors.get("W_skip")
    if config.get("finetuning_scaling_factor"):
        # Activations are multiplied by it before they are decoded, and nowhere else.
        weights["W_dec"] = tensors.get("scaling_factor")[:, None] * weights["W_dec"]
    if spec.architecture.tied and not spec.apply_b_dec_to_input:
        weights["b_dec"] = torch.zeros_like(weights["b_dec"])
    return weights


def flat(config: dict[str, Any]) -> dict[str, Any]:
    """The names and defaults of version 6, with what stands under `metadata` on the same level."""
    named = {_OLD_NAMES.get(name, name): value for name, value in config.items()}
    named = {**nested(named, "metadata"), **named}
    named.setdefault("architecture", "standard")
    named.setdefault("apply_b_dec_to_input", True)
    match named.get("normalize_activations"):
        case None | False:
            named["normalize_activations"] = "none"
        case True:
            named["normalize_activations"] = "expected_average_only_in"
        case _:
            pass
    return named


def _architecture_name(config: Mapping[str, Any]) -> str:
    """
    Raises:
        Unsupported: an architecture or an activation function that is not read here.
    """
    name, activation = word(config, "architecture"), config.get("activation_fn", "relu")
    if name == "standard" and activation == "topk":
        return "topk"
    if name not in _ARCHITECTURES:
        raise Unsupported(
            f"The architecture {name!r} is not read; expected one of {', '.join(_ARCHITECTURES)}.",
            next="Take another SAE of the same release.",
        )
    if activation not in ("relu", "topk"):
        raise Unsupported(
            f"The activation function {activation!r} is not read; expected relu or topk.",
            next="Take another SAE of the same release.",
        )
    return name


def _k(config: Mapping[str, Any]) -> int:
    k = config.get("k") or nested(config, "activation_fn_kwargs").get("k")
    if isinstance(k, bool) or not isinstance(k, (int, float)) or not 1 <= k < float("inf"):
        raise Invalid(
            f"cfg.json of a {config['architecture']} SAE says k={shown(k)}; expected a count from 1 on.",
            next="Add its k.",
        )
    return round(k)


def _own_fields(kind: type[Architecture], config: Mapping[str, Any]) -> Architecture:
    """An architecture whose fields are called as SAELens calls them; one that is left out is its default."""
    said = {name: config[name] for name in kind.model_fields if name != "kind" and name in config}
    return kind.model_validate(said, strict=True)


def _normalize(found: Found, config: Mapping[str, Any]) -> Normalize:
    """What is done to inputs, but for what they are multiplied by.

    Raises:
        Unsupported: something else.
    """
    name = word(config, "normalize_activations")
    if name == _RESCALED and config["architecture"] == "temporal":
        return "none"
    if name not in _NORMALIZE:
        raise Unsupported(
            f"{found.weights.parent} normalises its inputs by {name!r}; expected one of {', '.join(_NORMALIZE)}.",
            next="Fold the norm into its weights before saving it.",
        )
    return _NORMALIZE[name]


def _factor(config: Mapping[str, Any]) -> float:
    """What inputs are multiplied by, as its configuration says."""
    return above_0(config, _FACTOR) if config["normalize_activations"] == _RESCALED else 1.0


def _sizes(architecture: Architecture, tensors: Tensors) -> tuple[int, int, int]:
    """d_in, d_sae, d_out."""
    d_sae, d_out = tensors.size("W_dec", 0), tensors.size("W_dec", 1)
    return (d_out, d_sae, d_out) if architecture.tied else (tensors.size("W_enc", 0), tensors.size("W_enc", 1), d_out)


def _site(config: Mapping[str, Any], hook: str, head: str) -> str:
    name, index = word(config, hook), whole(config, head)
    return site_of(name) if index is None else of_head(name, index)


def _scale(found: Found) -> float:
    """What inputs are still to be multiplied with: 1 where it is folded into the weights."""
    scaler = next((path for path in found.configs if path.name == SCALER), None)
    return float((read_json(scaler).get("scaling_factor") if scaler else None) or 1.0)


def _ours_or(architecture: Architecture, ours: Mapping[str, Any]) -> Architecture:
    """BatchTopK is saved as the JumpReLU that it is in use; our own words say that it was one, and its k."""
    k = ours.get("batch_topk_k")
    return BatchTopK(k=k) if isinstance(k, int) and isinstance(architecture, JumpRelu) else architecture


def _unfolded_norm(config: Mapping[str, Any]) -> bool:
    """Whether a BatchTopK compares its pre-activations times the norms of their decoder rows, as training leaves it."""
    return "batchtopk" in str(config["architecture"]) and bool(truth(config, "rescale_acts_by_decoder_norm"))


def _norm_folded(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with unit decoder rows: pre · ‖W_dec‖ is the pre-activation, which the decoder divides again."""
    norm = weights["W_dec"].norm(dim=-1)
    folded = {"W_enc": weights["W_enc"] * norm, "b_enc": weights["b_enc"] * norm}
    # A row of zeros stays one: its feature has the pre-activation 0 and never fires.
    unit = weights["W_dec"] / norm.where(norm > 0, 1.0)[:, None]
    return {**weights, **folded, "W_dec": unit}


def _threshold(tensors: Tensors) -> Tensor:
    return tensors.get("log_threshold").exp() if "log_threshold" in tensors.shapes else tensors.get("threshold")


def _one_threshold(tensors: Tensors) -> Tensor:
    """Of all features: kept once by a training folder, and for each of them where it was saved as a JumpReLU."""
    if "topk_threshold" in tensors.shapes:
        return tensors.get("topk_threshold").reshape(())
    threshold = tensors.get("threshold")
    return threshold[0] if threshold.ndim and (threshold == threshold[0]).all() else threshold


FORMAT = Format("SAELens", _claims, _spec, _weights)
