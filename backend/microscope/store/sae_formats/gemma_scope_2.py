"""Gemma Scope 2: `params.safetensors` with `config.json`: w_enc (d, F), w_dec (F, d), b_enc, b_dec, threshold.

    acts = ReLU(pre) · [pre > threshold]        pre = x w_enc + b_enc        b_dec is not taken from x
    x̂    = acts @ w_dec + b_dec  (+ x @ affine_skip_connection)

The skip connection is (d_in, d_out), the transpose of SAELens' W_skip. A cross-layer transcoder's w_dec has three axes
and is refused.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.jumprelu import JumpRelu
from microscope.errors import Unsupported
from microscope.store.sae_formats.base import Format, Found, Tensors, beside, make_spec, plain, read_json
from microscope.store.sae_formats.hooks import site_of
from microscope.store.sae_formats.values import word

SKIP = "affine_skip_connection"


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    if tensors.path.suffix != ".safetensors" or not tensors.shapes.keys() >= {"w_enc", "w_dec", "threshold"}:
        return None
    config = beside(tensors.path, "config.json")
    return (config,) if config else ()


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0]) if found.configs else {}
    if len(tensors.shapes["w_dec"]) != 2:
        raise Unsupported(
            f"{found.weights} is a layer of a cross-layer transcoder: its w_dec is {tensors.shapes['w_dec']}.",
            next="Take one that writes to one layer.",
        )
    if config.get("architecture", "jump_relu") != "jump_relu":
        raise Unsupported(
            f"{found.weights} has the architecture {config['architecture']!r}; expected jump_relu.",
            next="Take another of the same release.",
        )
    site, site_out = (word(config, f"hf_hook_point_{end}") for end in ("in", "out"))
    return make_spec(
        found,
        JumpRelu(),
        tensors.size("w_enc", 0),
        tensors.size("w_enc", 1),
        tensors.size("w_dec", 1),
        apply_b_dec_to_input=False,
        site=site_of(site),
        site_out=site_of(site_out) if site_out != site else "",
        model_name=word(config, "model_name"),
        prepend_bos=True,
        training=plain(config, ("architecture", "model_name", "hf_hook_point_in", "hf_hook_point_out")),
    )


def _weights(_found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {"W_enc": tensors.get("w_enc"), "W_dec": tensors.get("w_dec")}
    weights |= {name: tensors.get(name) for name in ("b_enc", "b_dec", "threshold")}
    return weights | ({"W_skip": tensors.get(SKIP).T.contiguous()} if SKIP in tensors.shapes else {})


FORMAT = Format("Gemma Scope 2", _claims, _spec, _weights)
