"""EleutherAI's sparsify: a folder per hook point with `cfg.json` and `sae.safetensors`.

encoder.weight (F, d), encoder.bias, W_dec (F, d), b_dec, W_skip (d, d). Its own rule:

    c    = x − b_dec, or x where `transcode`
    acts = TopK_k(ReLU(c W_encᵀ + b_enc)), or the largest of each of k groups
    x̂    = acts @ W_dec + b_dec  (+ x @ W_skipᵀ)

Traps: W_dec is not transposed; `num_latents` 0 stands for d_in · expansion_factor; what decides about b_dec is
`transcode`, not `normalize_decoder`. Folders are named by hook points: `layers.5` is a block's output, `layers.5.mlp`
its MLP's; a transcoder reads what enters the module instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from microscope.core.saes.base import Architecture, Spec
from microscope.core.saes.groupmax import GroupMax
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, Unsupported
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
from microscope.store.sae_formats.values import shown, truth, word


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    config = beside(tensors.path, "cfg.json")
    if config is None or tensors.path.name != "sae.safetensors":
        return None
    run = tensors.path.parent.parent / "config.json"
    return (config, run) if run.is_file() else (config,)


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0])
    run = read_json(found.configs[1]) if len(found.configs) > 1 else {}
    if truth(config, "signed"):
        raise Unsupported(
            f"{found.weights} was trained with signed=true: its activations may be negative.",
            next="Take one whose activations are 0 or more.",
        )
    if "W_dec" not in tensors.shapes:
        raise Unsupported(f"{found.weights} was saved without its decoder.", next="Save it with W_dec.")
    d_in, d_sae = tensors.size("encoder.weight", 1), tensors.size("encoder.weight", 0)
    check_sizes(found, config, {"d_in": d_in})
    latents = config.get("num_latents") or config.get("d_in", d_in) * config.get("expansion_factor", 0)
    if latents and latents != d_sae:
        raise Incompatible(f"cfg.json says {shown(latents)} latents, encoder.weight has {d_sae}.", next=AGAIN)
    transcode = bool(truth(config, "transcode"))
    hook = found.weights.parent.name
    return make_spec(
        found,
        _architecture(config),
        d_in,
        d_sae,
        tensors.size("W_dec", 1),
        apply_b_dec_to_input=not transcode,
        site=f"{hook} input" if transcode else _site(hook),
        site_out=_site(hook) if transcode else "",
        model_name=word(run, "model"),
        dataset=str(run.get("dataset") or ""),
        context_size=run.get("ctx_len"),
        training=_training(config, run),
    )


def _weights(_found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {
        "W_enc": tensors.get("encoder.weight").T.contiguous(),
        "b_enc": tensors.get("encoder.bias"),
        "W_dec": tensors.get("W_dec"),
        "b_dec": tensors.get("b_dec"),
    }
    return weights | ({"W_skip": tensors.get("W_skip")} if "W_skip" in tensors.shapes else {})


def _architecture(config: Mapping[str, Any]) -> Architecture:
    """
    Raises:
        Unsupported: an activation that is not read here.
    """
    match config.get("activation", "topk"):
        case "topk":
            return TopK(k=config["k"])
        case "groupmax":
            return GroupMax(k=config["k"])
        case other:
            raise Unsupported(
                f"The activation {shown(other)} is not read; expected topk or groupmax.", next="Take another."
            )


def _site(hook: str) -> str:
    return site_of(hook) if re.fullmatch(r"(layers|h)[._]\d+(\.mlp)?", hook) else hook


def _training(config: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    return plain({**run, **config}, ("model", "dataset", "ctx_len", "d_in", "k", "num_latents"))


FORMAT = Format("sparsify", _claims, _spec, _weights)
