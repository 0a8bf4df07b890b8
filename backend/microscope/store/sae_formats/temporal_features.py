"""Temporal features as their authors publish them: `layer_12/temporal/latest_ckpt.safetensors`, `conf.yaml` beside.

    D (d_sae, d_in) is W_dec, b (d_in) b_dec, E (d_in, d_sae) W_enc where it is not tied, attn_layers.* as SAELens'

`conf.yaml` has under `sae` the architecture's fields and `scaling_factor`, which inputs are multiplied by and outputs
divided; b is taken from the scaled input. The layer stands in the folder's name; it is a block's output.
"""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.temporal import Temporal
from microscope.errors import Invalid
from microscope.store.sae_formats.base import AGAIN, Format, Found, Tensors, beside, check_sizes, make_spec, read_yaml
from microscope.store.sae_formats.values import above_0

CONFIG = "conf.yaml"

_FIELDS = ("n_heads", "n_attn_layers", "bottleneck_factor", "sae_diff_type", "kval_topk", "tied_weights")


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    if not tensors.shapes.keys() >= {"D", "b"} or not any(name.startswith("attn_layers.") for name in tensors.shapes):
        return None
    config = beside(tensors.path, CONFIG)
    return (config,) if config else ()


def _spec(found: Found, tensors: Tensors) -> Spec:
    if not found.configs:
        raise Invalid(f"There is no {CONFIG} beside {found.weights}, which says how many heads it has.", next=AGAIN)
    config = read_yaml(found.configs[0])
    own = config["sae"]
    d_sae, d_in = tensors.size("D", 0), tensors.size("D", 1)
    check_sizes(found, config["llm"], {"dimin": d_in})
    layer = re.search(r"layer_(\d+)", found.weights.absolute().parent.as_posix())
    return make_spec(
        found,
        Temporal.model_validate({name: own[name] for name in _FIELDS}, strict=True),
        d_in,
        d_sae,
        d_in,
        normalize="scale",
        scale=above_0(own, "scaling_factor"),
        site=f"L{layer[1]}.resid_post" if layer else "",
    )


def _weights(_found: Found, spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {"W_dec": tensors.get("D"), "b_dec": tensors.get("b")}
    weights["W_enc"] = weights["W_dec"].T if spec.architecture.tied else tensors.get("E")
    return weights | {name: tensors.get(name) for name in spec.architecture.own_shapes(spec.d_sae)}


FORMAT = Format("temporal features", _claims, _spec, _weights)
