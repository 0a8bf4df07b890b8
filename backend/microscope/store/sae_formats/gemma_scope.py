"""Gemma Scope: `layer_20/width_16k/average_l0_71/params.npz` with W_enc (d, F), W_dec (F, d), b_enc, b_dec, threshold.

    acts = ReLU(pre) · [pre > threshold]        pre = x W_enc + b_enc        b_dec is not taken from x
    x̂    = acts @ W_dec + b_dec

The file says nothing of where it reads; the folders that it is published in do: `gemma-scope-2b-pt-res` and `-mlp`,
`-att` and `-transcoders`, and `layer_20`. Those of the embedding read it before Gemma multiplies it by √d: here they
read what enters the first block, so that inputs are divided by √d and outputs multiplied.
"""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from microscope.core.saes.base import Spec
from microscope.core.saes.jumprelu import JumpRelu
from microscope.store.sae_formats.base import Format, Found, Tensors, make_spec

CONTEXT = 1024


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    names = {name.lower() for name in tensors.shapes}
    return () if tensors.path.suffix == ".npz" and names >= {"w_enc", "w_dec", "threshold"} else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    d_in, d_sae = (tensors.size(_named(tensors, "W_enc"), axis) for axis in (0, 1))
    site, site_out = _sites(found.weights)
    embedding = site == "L0.resid_pre"
    return make_spec(
        found,
        JumpRelu(),
        d_in,
        d_sae,
        tensors.size(_named(tensors, "W_dec"), 1),
        apply_b_dec_to_input=False,
        normalize="scale" if embedding else "none",
        scale=d_in**-0.5 if embedding else 1.0,
        site=site,
        site_out=site_out,
        model_name=_model(found.weights),
        prepend_bos=True,
        context_size=CONTEXT,
    )


def _weights(_found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    names = ("W_enc", "W_dec", "b_enc", "b_dec", "threshold")
    return {name: tensors.get(_named(tensors, name)) for name in names}


def _named(tensors: Tensors, name: str) -> str:
    """Some files have `w_enc`."""
    return name if name in tensors.shapes else name.lower()


def _sites(path: Path) -> tuple[str, str]:
    """Ours where the folders say it; what the heads give and what enters an MLP keep TransformerLens' names."""
    folders = path.absolute().parent.as_posix()
    if re.search(r"/embedding(/|$)", folders):
        return "L0.resid_pre", ""
    layer = re.search(r"layer_(\d+)", folders)
    kind = re.search(r"gemma-scope-[\w.]+-(?:pt|it)-(res|mlp|att|transcoders)", folders)
    if layer is None or kind is None:
        return "", ""
    match kind[1]:
        case "res":
            return f"L{layer[1]}.resid_post", ""
        case "mlp":
            return f"L{layer[1]}.mlp_out", ""
        case "att":
            return f"blocks.{layer[1]}.attn.hook_z", ""
        case _:
            return f"blocks.{layer[1]}.ln2.hook_normalized", f"L{layer[1]}.mlp_out"


def _model(path: Path) -> str:
    match = re.search(r"gemma-scope-([\w.]+)-(pt|it)-", path.absolute().as_posix())
    return f"google/gemma-2-{match[1]}{'-it' if match[2] == 'it' else ''}" if match else ""


FORMAT = Format("Gemma Scope", _claims, _spec, _weights)
