"""Llama Scope: `hyperparams.json` with `checkpoints/final.safetensors`; R1-distill: `config.json` with tensors beside.

encoder.weight (F, d), encoder.bias, decoder.weight (d, F), decoder.bias. Its own rule, with n_in and n_out the average
norms of its training data at the two places:

    pre  = (x · √d / n_in) W_encᵀ + b_enc
    acts = pre · [pre > θ]                     [pre · ‖W_dec,f‖ > θ] where `sparsity_include_decoder_norm`
    x̂    = (acts @ W_decᵀ + b_dec) · n_out / √d

θ is `jump_relu_threshold`, or for each feature exp `log_jumprelu_threshold`; the R1-distill files keep the norms as
tensors `dataset_average_activation_norm.<hook point>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.jumprelu import JumpRelu
from microscope.errors import Invalid, Unsupported
from microscope.store.sae_formats.base import (
    AGAIN,
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
from microscope.store.sae_formats.values import Odd, nested, shown, truth, word

HYPERPARAMS = "hyperparams.json"
NORM = "dataset_average_activation_norm"
LOG_THRESHOLD = "log_jumprelu_threshold"


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    if tensors.path.suffix != ".safetensors" or "encoder.weight" not in tensors.shapes:
        return None
    above = tensors.path.parent.parent / HYPERPARAMS
    if tensors.path.parent.name == "checkpoints" and above.is_file():
        return (above,)
    config = beside(tensors.path, "config.json", HYPERPARAMS)
    return (config,) if config and (LOG_THRESHOLD in tensors.shapes or config.name == HYPERPARAMS) else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0])
    d_in, d_sae = tensors.size("encoder.weight", 1), tensors.size("encoder.weight", 0)
    if (act := str(config.get("act_fn", "jumprelu")).lower()) != "jumprelu" or truth(config, "use_glu_encoder"):
        raise Unsupported(f"{found.weights} has the activation {act!r}; expected jumprelu.", next="Take another.")
    check_sizes(found, config, {"d_model": d_in, "d_sae": d_sae})
    hook, out = word(config, "hook_point_in"), word(config, "hook_point_out")
    scale = _factor(config, tensors, "in", d_in)
    return make_spec(
        found,
        JumpRelu(),
        d_in,
        d_sae,
        tensors.size("decoder.weight", 0),
        apply_b_dec_to_input=bool(truth(config, "apply_decoder_bias_to_pre_encoder")),
        normalize="none" if scale == 1.0 else "scale",
        scale=scale,
        site=site_of(hook),
        site_out=site_of(out) if out and out != hook else "",
        model_name=word(config, "model_name"),
        prepend_bos=True,
        context_size=config.get("context_size"),
        training=plain(config, ("d_model", "d_sae", "hook_point_in", "hook_point_out", "device", "dtype")),
    )


def _weights(found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    config = read_json(found.configs[0])
    w_dec = tensors.get("decoder.weight").T.contiguous()
    b_dec = tensors.get("decoder.bias") if "decoder.bias" in tensors.shapes else torch.zeros(spec.d_out)
    threshold = _threshold(config, tensors, spec.d_sae)
    if truth(config, "sparsity_include_decoder_norm"):
        threshold = threshold / w_dec.norm(dim=-1)
    # Outputs are divided by the inputs' factor: what a transcoder gives has one of its own.
    ratio = spec.scale / _factor(config, tensors, "out", spec.d_in) if spec.site_out else 1.0
    return {
        "W_enc": tensors.get("encoder.weight").T.contiguous(),
        "b_enc": tensors.get("encoder.bias"),
        "W_dec": w_dec * ratio,
        "b_dec": b_dec * ratio,
        "threshold": threshold,
    }


def _factor(config: dict[str, Any], tensors: Tensors, end: str, d_model: int) -> float:
    """√d over the average norm at the place that is read (`in`) or written (`out`); 1 where it is folded in."""
    if config.get("norm_activation") == "inference":
        return 1.0
    stored = f"{NORM}.{config.get(f'hook_point_{end}')}"
    norm = tensors.get(stored).item() if stored in tensors.shapes else nested(config, NORM).get(end)
    if norm is None:
        raise Invalid(f"{tensors.path} has no {NORM} of its {end} place: what scales it is not known.", next=AGAIN)
    if not float(norm) > 0:
        raise Odd(f"{NORM} of its {end} place is {shown(norm)}, expected more than 0")
    return d_model**0.5 / float(norm)


def _threshold(config: dict[str, Any], tensors: Tensors, d_sae: int) -> Tensor:
    if LOG_THRESHOLD in tensors.shapes:
        return tensors.get(LOG_THRESHOLD).exp().expand(d_sae).clone()
    if "jump_relu_threshold" not in config:
        raise Invalid(f"{tensors.path} has no threshold: expected jump_relu_threshold.", next=AGAIN)
    return torch.full((d_sae,), float(config["jump_relu_threshold"]))


FORMAT = Format("Llama Scope", _claims, _spec, _weights)
