"""openai/sparse_autoencoder: one `.pt` file with pre_bias, encoder.weight (F, d), latent_bias, decoder.weight (d, F).

    x'   = (x − mean x) / (std x + 1e-5) where the activation is TopK, else x
    acts = activation((x' − pre_bias) W_encᵀ + latent_bias)
    x̂'   = acts @ W_decᵀ + pre_bias;  the mean and standard deviation are put back

`activation` is a word, `activation_state_dict` has the k. A tied decoder is stored as `decoder.linear.weight` (F, d).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.errors import Unsupported
from microscope.store.sae_formats.base import Format, Found, Tensors, make_spec

TIED = "decoder.linear.weight"


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    return () if tensors.shapes.keys() >= {"pre_bias", "latent_bias", "encoder.weight"} else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    activation = str(tensors.says.get("activation", "ReLU"))
    state: Mapping[str, Any] = tensors.says.get("activation_state_dict") or {}
    if activation not in ("ReLU", "TopK") or state.get("postact_fn", "ReLU") != "ReLU":
        raise Unsupported(
            f"{found.weights} has the activation {activation} with {state.get('postact_fn', 'nothing')} after it; "
            "expected ReLU, or TopK with ReLU.",
            next="Take one whose activations are 0 or more.",
        )
    d_in, d_sae = tensors.size("encoder.weight", 1), tensors.size("encoder.weight", 0)
    topk = activation == "TopK"
    return make_spec(
        found,
        TopK(k=int(state["k"])) if topk else Relu(),
        d_in,
        d_sae,
        d_in,
        normalize="layer_norm" if topk else "none",
    )


def _weights(_found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    tied = TIED in tensors.shapes
    return {
        "W_enc": tensors.get("encoder.weight").T.contiguous(),
        "b_enc": tensors.get("latent_bias"),
        "W_dec": tensors.get(TIED) if tied else tensors.get("decoder.weight").T.contiguous(),
        "b_dec": tensors.get("pre_bias"),
    }


FORMAT = Format("OpenAI", _claims, _spec, _weights)
