"""Goodfire: one `.pt` or `.pth` file with encoder_linear.weight (F, d), .bias, decoder_linear.weight (d, F), .bias.

    acts = ReLU(x W_encᵀ + b_enc)        x̂ = acts @ W_decᵀ + b_dec        b_dec is not taken from x

Its published files are named by their layer: `Llama-3.1-8B-Instruct-SAE-l19.pth` reads the output of block 19.
"""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.relu import Relu
from microscope.store.sae_formats.base import Format, Found, Tensors, make_spec


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    return () if tensors.shapes.keys() >= {"encoder_linear.weight", "decoder_linear.weight"} else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    named = re.fullmatch(r"(.+)-SAE-l(\d+)", found.weights.stem)
    return make_spec(
        found,
        Relu(),
        tensors.size("encoder_linear.weight", 1),
        tensors.size("encoder_linear.weight", 0),
        tensors.size("decoder_linear.weight", 0),
        apply_b_dec_to_input=False,
        site=f"L{named[2]}.resid_post" if named else "",
        model_name=named[1] if named else "",
    )


def _weights(_found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    return {
        "W_enc": tensors.get("encoder_linear.weight").T.contiguous(),
        "b_enc": tensors.get("encoder_linear.bias"),
        "W_dec": tensors.get("decoder_linear.weight").T.contiguous(),
        "b_dec": tensors.get("decoder_linear.bias"),
    }


FORMAT = Format("Goodfire", _claims, _spec, _weights)
