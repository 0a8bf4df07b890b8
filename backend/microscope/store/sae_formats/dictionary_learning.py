"""dictionary_learning: `ae.pt` with `config.json`, whose `trainer.dict_class` says which of seven rules it follows.

AutoEncoder               ReLU((x − bias) Wᵀ + b)                  decoder(f) + bias
AutoEncoderNew            ReLU(x Wᵀ + b)                           decoder(f) + decoder.bias
GatedAutoEncoder          as gated, x − decoder_bias               decoder(f) + decoder_bias
JumpReluAutoEncoder       ReLU(pre · [pre > θ]), x as it is         f @ W_dec + b_dec
AutoEncoderTopK           the k largest of ReLU((x − b_dec) Wᵀ + b) decoder(f) + b_dec
BatchTopKSAE              the same where above `threshold`          decoder(f) + b_dec
MatryoshkaBatchTopKSAE    the same; W_enc (d, F), W_dec (F, d)      f @ W_dec + b_dec

encoder.weight (F, d), decoder.weight (d, F). Without a configuration the names of the tensors tell, except of
AutoEncoderTopK and BatchTopKSAE, which have the same. Decoders are read as they are stored: dictionary_learning's own
`from_pretrained` makes an AutoEncoder's decoder columns unit vectors, which multiplies its activations by their norms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from microscope.core.saes.base import Architecture, Spec
from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.gated import Gated
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.errors import Invalid, Unsupported
from microscope.store.sae_formats.base import (
    PICKLES,
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
from microscope.store.sae_formats.values import nested, whole, word

_LINEAR = {"W_enc": "encoder.weight", "b_enc": "encoder.bias", "W_dec": "decoder.weight"}
_DIRECT = {name: name for name in ("W_enc", "b_enc", "W_dec", "b_dec")}
_GATED = {"b_gate": "gate_bias", "b_mag": "mag_bias", "r_mag": "r_mag"}
_NAMES: dict[str, dict[str, str]] = {
    "AutoEncoder": {**_LINEAR, "b_dec": "bias"},
    "AutoEncoderNew": {**_LINEAR, "b_dec": "decoder.bias"},
    "GatedAutoEncoder": {"W_enc": "encoder.weight", "W_dec": "decoder.weight", "b_dec": "decoder_bias", **_GATED},
    "JumpReluAutoEncoder": {**_DIRECT, "threshold": "threshold"},
    "AutoEncoderTopK": {**_LINEAR, "b_dec": "b_dec"},
    "BatchTopKSAE": {**_LINEAR, "b_dec": "b_dec", "threshold": "threshold"},
    "MatryoshkaBatchTopKSAE": {**_DIRECT, "threshold": "threshold"},
}
_AS_THEY_ARE = ("AutoEncoderNew", "JumpReluAutoEncoder")
"""Those that do not take a bias from their inputs."""

_SUBMODULES = {"resid_post": "resid_post", "resid": "resid_post", "mlp_out": "mlp_out", "attention_out": "attn_out"}


def _claims(tensors: Tensors) -> tuple[Path, ...] | None:
    if tensors.path.suffix not in PICKLES:
        return None
    config = beside(tensors.path, "config.json") or _above(tensors.path)
    if config and "dict_class" in nested(read_json(config), "trainer"):
        return (config,)
    return () if _by_names(tensors) else None


def _spec(found: Found, tensors: Tensors) -> Spec:
    config = read_json(found.configs[0]) if found.configs else {}
    trainer, buffer = nested(config, "trainer"), nested(config, "buffer")
    name = _class(found, tensors)
    d_in, d_sae = _sizes(tensors)
    check_sizes(found, trainer, {"activation_dim": d_in, "dict_size": d_sae})
    return make_spec(
        found,
        _architecture(name, trainer, tensors),
        d_in,
        d_sae,
        d_in,
        apply_b_dec_to_input=name not in _AS_THEY_ARE,
        site=_site(trainer),
        model_name=word(trainer, "lm_name"),
        context_size=buffer.get("ctx_len"),
        training=plain(trainer, ("lm_name", "device", "activation_dim", "dict_size", "k")),
    )


def _weights(found: Found, _spec: Spec, tensors: Tensors) -> dict[str, Tensor]:
    weights = {ours: tensors.get(theirs) for ours, theirs in _NAMES[_class(found, tensors)].items()}
    if "encoder.weight" in tensors.shapes:
        weights |= {name: weights[name].T.contiguous() for name in ("W_enc", "W_dec")}
    return weights


def _above(path: Path) -> Path | None:
    """`checkpoints/ae_100.pt` has its configuration one folder up."""
    config = path.parent.parent / "config.json"
    return config if path.parent.name == "checkpoints" and config.is_file() else None


def _by_names(tensors: Tensors) -> str:
    """A class that has exactly these tensors, beside counts and groups; empty where none has."""
    names = tensors.shapes.keys() - {"k", "group_sizes"}
    matrices = any(len(tensors.shapes[name]) == 2 for name in names)
    return next((name for name, wanted in _NAMES.items() if matrices and set(wanted.values()) == names), "")


def _class(found: Found, tensors: Tensors) -> str:
    """
    Raises:
        Invalid, Unsupported: a class that cannot be told, or is not read here.
    """
    name = nested(read_json(found.configs[0]), "trainer").get("dict_class") if found.configs else ""
    name = name or _by_names(tensors)
    if name in ("AutoEncoderTopK", "BatchTopKSAE") and not found.configs:
        raise Invalid(
            f"{found.weights} may be an AutoEncoderTopK or a BatchTopKSAE, which have the same tensors.",
            next="Put its config.json beside it.",
        )
    if name not in _NAMES:
        raise Unsupported(f"The class {name!r} is not read; expected one of {', '.join(_NAMES)}.", next="Take another.")
    if name == "JumpReluAutoEncoder" and tensors.shapes.keys() >= {"k"}:
        return "MatryoshkaBatchTopKSAE"
    tensors.need(*_NAMES[name].values())
    return name


def _sizes(tensors: Tensors) -> tuple[int, int]:
    if "encoder.weight" in tensors.shapes:
        return tensors.size("encoder.weight", 1), tensors.size("encoder.weight", 0)
    return tensors.size("W_enc", 0), tensors.size("W_enc", 1)


def _architecture(name: str, trainer: dict[str, Any], tensors: Tensors) -> Architecture:
    match name:
        case "GatedAutoEncoder":
            return Gated()
        case "JumpReluAutoEncoder":
            return JumpRelu()
        case "AutoEncoderTopK":
            return TopK(k=_k(trainer, tensors))
        case "BatchTopKSAE" | "MatryoshkaBatchTopKSAE":
            return BatchTopK(k=_k(trainer, tensors))
        case _:
            return Relu()


def _k(trainer: dict[str, Any], tensors: Tensors) -> int:
    return int(tensors.get("k").item()) if "k" in tensors.shapes else int(trainer["k"])


def _site(trainer: dict[str, Any]) -> str:
    """`resid_post_layer_8`, or the layer where the submodule is called `resid_post`, `mlp_out` or `attention_out`."""
    submodule, layer = word(trainer, "submodule_name"), whole(trainer, "layer")
    if not submodule or layer is None:
        return ""
    return f"L{layer}.{_SUBMODULES[submodule]}" if submodule in _SUBMODULES else site_of(submodule)


FORMAT = Format("dictionary_learning", _claims, _spec, _weights)
