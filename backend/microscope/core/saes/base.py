"""A sparse autoencoder as it is used: what it reads, how its features fire, what it gives back.

    x_in  = normalise(x)                                    by `Spec.normalize`
    c     = x_in − b_dec                                    if `apply_b_dec_to_input`, else x_in
    acts  = architecture.encode(weights, c)                 (row, d_sae), 0 or more
    x̂_in  = acts @ W_dec + b_dec  (+ x_in @ W_skipᵀ)
    x̂     = denormalise(x̂_in)

W_enc (d_in, d_sae), b_enc (d_sae), W_dec (d_sae, d_out), b_dec (d_out), as SAELens names and lays them out; further
tensors are the architecture's own. Every format that is imported is brought into this form (`store/checkpoints.py`).
Bricken et al. 2023, "Towards Monosemanticity"; Gao et al. 2024, arXiv 2406.04093, §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SerializeAsAny, field_validator
from torch import Tensor

from microscope.core.saes.learning import Gradients, Loss, Now
from microscope.errors import Unsupported

Weights = Mapping[str, Tensor]
"""By name: W_enc, b_enc, W_dec, b_dec and the architecture's own. float32 on the device while in use."""

Normalize = Literal["none", "scale", "layer_norm", "constant_norm"]
"""What is done to an input: nothing; × `scale`; mean 0 and standard deviation 1 per row; length √d_in per row."""

_EPS = 1e-5
"""Of layer norm, as SAELens has it."""


class Architecture(BaseModel, frozen=True):
    """How features fire. One file each beside this one; subclasses repeat `frozen=True` and give `kind` a literal."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    sparsity: ClassVar[float] = 0.0
    """λ where a plan names none; 0 for architectures whose k says how many features fire."""

    buffers: ClassVar[tuple[str, ...]] = ()
    """Tensors of `start` that follow the training without a gradient."""

    resampled: ClassVar[bool] = True
    """Dead features begin anew from inputs that are reconstructed badly; false where an auxiliary loss revives them."""

    kind: str
    """Names it in files, commands and forms."""

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        """Activations, 0 where a feature does not fire: the rule in its shortest form.

        Args:
            c: inputs, normalised and centred.
        """
        raise NotImplementedError(f"{type(self).__name__} has no encode")

    def decode(self, weights: Weights, acts: Float[Tensor, "row feature"]) -> Float[Tensor, "row d_out"]:
        """What the features that fire add up to, b_dec included."""
        return acts @ weights["W_dec"] + weights["b_dec"]

    def check(self, d_sae: int) -> None:  # noqa: ARG002 - for those with a k
        """Whether so many features can be trained.

        Raises:
            Invalid: they cannot, and why.
            Unsupported: an architecture that is read from files only.
        """
        if type(self).loss is Architecture.loss:
            raise Unsupported(
                f"{self.kind!r} autoencoders can be read, not trained here.", next="Train another architecture."
            )

    def start(self, d_sae: int) -> dict[str, Tensor]:
        """Its tensors beside W_enc, W_dec and b_dec as training begins; entry f of a vector belongs to feature f."""
        return {"b_enc": torch.zeros(d_sae)}

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        """What training minimises, in its shortest form; decoder rows have unit norm.

        Args:
            x: inputs, normalised and not centred.
        """
        raise NotImplementedError(f"{type(self).__name__} has no loss")

    def gradients(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Gradients:
        """Those of `loss` by autograd; an architecture may find the same ones faster."""
        leaves = {n: value.detach().requires_grad_() for n, value in weights.items() if n not in self.buffers}
        with torch.enable_grad(), torch.autocast(x.device.type, torch.bfloat16, enabled=now.low_precision):
            loss = self.loss({**weights, **leaves}, x, now)
        found = torch.autograd.grad(loss.value, list(leaves.values()), materialize_grads=True)
        fired = (loss.acts > 0).sum(0)
        return Gradients(
            loss.value.detach().float(),
            loss.x_hat.detach().float(),
            fired,
            dict(zip(leaves, found, strict=True)),
            {name: value.detach() for name, value in loss.buffers.items()},
        )

    def kept(self, weights: Weights) -> tuple[Architecture, dict[str, Tensor]]:
        """What a trained one is saved as."""
        return self, dict(weights)


class Spec(BaseModel, frozen=True):
    """What a sparse autoencoder is, beside its tensors."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    architecture: SerializeAsAny[Architecture]
    """How features fire."""

    d_in: int = Field(gt=0)
    """Width of what it reads."""

    d_sae: int = Field(gt=0)
    """Features."""

    d_out: int = Field(gt=0)
    """Width of what it gives back: d_in, but for a transcoder."""

    apply_b_dec_to_input: bool = True
    """b_dec is taken from the input first."""

    normalize: Normalize = "none"
    """What is done to an input, and undone to an output."""

    scale: float = 1.0
    """Inputs are multiplied by it and outputs divided, where `normalize` is `scale`."""

    site: str = ""
    """What it reads, such as `L10.resid_post`; empty where its file does not say."""

    site_out: str = ""
    """What a transcoder gives back; empty for an autoencoder, which gives back what it reads."""

    model_name: str = ""
    """As its file names the model."""

    weights_sha256: str = ""
    """Of the model that it was trained on; empty where its file does not say."""

    prepend_bos: bool | None = None
    """Texts that it was trained on began with BOS; null where its file does not say."""

    context_size: int | None = None
    """Tokens of a text that it was trained on; null where its file does not say."""

    dataset: str = ""
    """What it was trained on."""

    format: str = "microscope"
    """Whose layout its file had."""

    training: dict[str, JsonValue] = {}
    """How it was trained, as far as its file says."""

    @field_validator("architecture", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        from microscope.core.saes import read_architecture  # The registry imports this file.

        return read_architecture(value) if isinstance(value, Mapping) else value


class Normalized(NamedTuple):
    """Inputs as the encoder takes them, and what undoes it."""

    x_in: Float[Tensor, "row d_in"]
    shift: Float[Tensor, "row 1"] | float
    factor: Float[Tensor, "row 1"] | float
    """x̂ = x̂_in · factor + shift."""


@dataclass(frozen=True)
class Sae:
    """One autoencoder with its tensors. Computes where they lie."""

    spec: Spec
    weights: Weights

    @property
    def device(self) -> torch.device:
        return self.weights["W_enc"].device

    def to(self, device: torch.device | str) -> Sae:
        """On that device, in float32."""
        return replace(self, weights={name: value.to(device, torch.float32) for name, value in self.weights.items()})

    def normalized(self, x: Float[Tensor, "row d_in"]) -> Normalized:
        x = x.to(self.device, torch.float32)
        match self.spec.normalize:
            case "none":
                return Normalized(x, 0.0, 1.0)
            case "scale":
                return Normalized(x * self.spec.scale, 0.0, 1.0 / self.spec.scale)
            case "layer_norm":
                mean = x.mean(-1, keepdim=True)
                std = (x - mean).std(-1, keepdim=True)
                return Normalized((x - mean) / (std + _EPS), mean, std)
            case "constant_norm":
                factor = x.norm(dim=-1, keepdim=True) / self.spec.d_in**0.5
                return Normalized(x / factor, 0.0, factor)

    def encode(self, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        """Activations of every feature, in units of the normalised input."""
        return self._encode(self.normalized(x).x_in)

    def _encode(self, x_in: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        centred = x_in - self.weights["b_dec"] if self.spec.apply_b_dec_to_input else x_in
        return self.spec.architecture.encode(self.weights, centred)

    def decode(self, acts: Float[Tensor, "row feature"], given: Normalized) -> Float[Tensor, "row d_out"]:
        """x̂ in the units of x.

        Args:
            given: the inputs that gave these activations.
        """
        out = self.spec.architecture.decode(self.weights, acts)
        if "W_skip" in self.weights:
            out = out + given.x_in @ self.weights["W_skip"].T
        return out * given.factor + given.shift

    def writes(self, feature: Int[Tensor, " feature"]) -> Float[Tensor, "feature d_out"]:
        """What an activation of 1 of each of these adds to the normalised output, by the architecture's own rule."""
        bias = torch.zeros_like(self.weights["b_dec"])
        part = {**self.weights, "W_dec": self.weights["W_dec"][feature], "b_dec": bias}
        return self.spec.architecture.decode(part, torch.eye(len(feature), device=self.device))

    def reconstruct(self, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row d_out"]:
        """x̂ in the units of x."""
        given = self.normalized(x)
        return self.decode(self._encode(given.x_in), given)
