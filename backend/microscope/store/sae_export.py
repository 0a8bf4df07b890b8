"""An SAE in SAELens' words: which of its architectures, which fields, which tensors.

    relu → standard        topk → topk        jumprelu → jumprelu        gated → gated
    matching_pursuit → matching_pursuit        temporal → temporal, either without W_enc where it is W_decᵀ
    batch_topk → jumprelu with its one threshold for every feature, as SAELens saves it
    with another place to write to: transcoder, skip_transcoder, and jumprelu_ before either

The scale of the inputs is folded in: W_enc · s, W_dec / s, b_dec / s. b_dec is divided too, since it is taken from the
scaled input: s x − b_dec = s (x − b_dec / s). Matching pursuit has one matrix for both, so a
scale is refused; temporal has a word for it (constant_scalar_rescale), and its tensors stay.
"""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue
from torch import Tensor

from microscope.core.saes.base import Architecture, Sae, Spec
from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.gated import Gated
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.matching_pursuit import MatchingPursuit
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.errors import Unsupported
from microscope.store.sae_formats.hooks import head_of, hook_of
from microscope.store.sae_formats.saelens import OURS

LAYOUT = "6.0.0"
"""SAELens' version whose layout this is; without it an older one is taken for granted."""

_ARCHITECTURES: dict[type[Architecture], str] = {
    Relu: "standard",
    TopK: "topk",
    JumpRelu: "jumprelu",
    BatchTopK: "jumprelu",
    Gated: "gated",
    MatchingPursuit: "matching_pursuit",
    Temporal: "temporal",
}
_NORMALIZE = {"none": "none", "scale": "none", "layer_norm": "layer_norm", "constant_norm": "constant_norm_rescale"}


def saelens_architecture(sae: Sae) -> str:
    """
    Raises:
        Unsupported: SAELens has none that computes the same.
    """
    spec = sae.spec
    transcodes = bool(spec.site_out) or spec.d_out != spec.d_in or "W_skip" in sae.weights
    base = _ARCHITECTURES.get(type(spec.architecture))
    if base is None:
        raise Unsupported(
            f"SAELens has no architecture for {spec.architecture.kind!r}.", next="Keep the files it came in."
        )
    if isinstance(spec.architecture, MatchingPursuit) and spec.normalize == "scale":
        raise Unsupported(
            f"The inputs of this {base} autoencoder are multiplied by {spec.scale:.6g}, which cannot be folded into "
            "one matrix that encodes and decodes.",
            next="Keep the files it came in.",
        )
    if not transcodes:
        return base
    plain = spec.normalize in ("none", "scale") and not spec.apply_b_dec_to_input
    if base not in ("standard", "jumprelu") or not plain:
        raise Unsupported(
            f"SAELens has no transcoder for {spec.architecture.kind!r} with normalize={spec.normalize!r} and "
            f"apply_b_dec_to_input={spec.apply_b_dec_to_input}.",
            next="Keep the files it came in.",
        )
    skip = "skip_transcoder" if "W_skip" in sae.weights else "transcoder"
    return skip if base == "standard" else f"jumprelu_{skip}"


def saelens_config(sae: Sae, dtype: str) -> dict[str, Any]:
    """`cfg.json`."""
    spec, architecture = sae.spec, saelens_architecture(sae)
    config: dict[str, Any] = {
        "architecture": architecture,
        "d_in": spec.d_in,
        "d_sae": spec.d_sae,
        "dtype": dtype,
        "device": "cpu",
        "apply_b_dec_to_input": spec.apply_b_dec_to_input,
        "normalize_activations": _NORMALIZE[spec.normalize],
        "reshape_activations": _reshaped(spec),
        "metadata": _metadata(spec),
    }
    if isinstance(spec.architecture, TopK):
        config["k"] = spec.architecture.k
        config["rescale_acts_by_decoder_norm"] = spec.architecture.rescale_acts_by_decoder_norm
    if isinstance(spec.architecture, (MatchingPursuit, Temporal)):
        config |= spec.architecture.model_dump(exclude={"kind"})
    if isinstance(spec.architecture, Temporal) and spec.normalize == "scale":
        config |= {"normalize_activations": "constant_scalar_rescale", "activation_normalization_factor": spec.scale}
    if "transcoder" in architecture:
        config["d_out"] = spec.d_out
    return config


def saelens_tensors(sae: Sae) -> dict[str, Tensor]:
    """`sae_weights.safetensors`, before they are rounded to a dtype."""
    weights = {name: value.detach().cpu() for name, value in sae.weights.items()}
    if _folds(sae.spec):
        weights["W_enc"] = weights["W_enc"] * sae.spec.scale
        weights["W_dec"] = weights["W_dec"] / sae.spec.scale
        weights["b_dec"] = weights["b_dec"] / sae.spec.scale
    if "threshold" in weights:
        weights["threshold"] = weights["threshold"].expand(sae.spec.d_sae)
    if sae.spec.architecture.tied:
        del weights["W_enc"]
    return weights


def _reshaped(spec: Spec) -> str:
    """`hook_z` where all heads' outputs before W_O, (head, d_head), are read as one vector."""
    flat = hook_of(spec.site).endswith("hook_z") and head_of(spec.site) is None
    return "hook_z" if flat else str(spec.training.get("reshape_activations", "none"))


def _folds(spec: Spec) -> bool:
    """Whether the weights are to do what is done to the inputs."""
    return spec.normalize == "scale" and not isinstance(spec.architecture, Temporal)


def _folded(spec: Spec) -> dict[str, JsonValue]:
    """What was done to the inputs, now that the weights do it: the rest of the file tells no more."""
    return {"normalize": "scale", "scale": spec.scale} if _folds(spec) else {}


def _metadata(spec: Spec) -> dict[str, Any]:
    said: dict[str, Any] = {
        "sae_lens_version": LAYOUT,
        "model_name": spec.model_name,
        "hook_name": hook_of(spec.site),
        "hook_head_index": head_of(spec.site),
        "hook_name_out": hook_of(spec.site_out) if spec.site_out else None,
        "hook_head_index_out": head_of(spec.site_out),
        "prepend_bos": spec.prepend_bos,
        "context_size": spec.context_size,
        "dataset_path": spec.dataset,
    }
    ours: dict[str, Any] = {
        "site": spec.site,
        "site_out": spec.site_out,
        "weights_sha256": spec.weights_sha256,
        "training": {**spec.training, **_folded(spec)},
    }
    if isinstance(spec.architecture, BatchTopK):
        ours["batch_topk_k"] = spec.architecture.k
    if spec.format != OURS:
        ours["imported_from"] = spec.format
    return {name: value for name, value in said.items() if value is not None} | {OURS: ours}
