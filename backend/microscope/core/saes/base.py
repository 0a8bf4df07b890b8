"""A sparse autoencoder as it is used: what it reads, how its features fire, what it gives back.

    x_in  = normalise(x)                                    by `Spec.normalize`
    c     = x_in − b_dec                                    if `apply_b_dec_to_input`, else x_in
            without what the text before foretells of it    if the architecture is `sequential`; x̂_in has it again
    acts  = architecture.encode(weights, c)                 (row, d_sae), 0 or more
    x̂_in  = acts @ W_dec + b_dec  (+ x_in @ W_skipᵀ)
    x̂     = denormalise(x̂_in)

W_enc (d_in, d_sae), b_enc (d_sae), W_dec (d_sae, d_out), b_dec (d_out), as SAELens names and lays them out; further
tensors are the architecture's own. Every format that is imported is brought into this form (`store/checkpoints.py`).
Bricken et al. 2023, "Towards Monosemanticity"; Gao et al. 2024, arXiv 2406.04093, §2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SerializeAsAny, field_validator
from torch import Tensor

from microscope.core.saes.learning import Gradients, Loss, Now
from microscope.core.saes.normalized import Normalize, Normalized, normalized, without
from microscope.errors import Unsupported

Weights = Mapping[str, Tensor]
"""By name: W_enc, b_enc, W_dec, b_dec and the architecture's own. float32 on the device while in use."""


class Architecture(BaseModel, frozen=True):
    """How features fire. One file each beside this one; subclasses repeat `frozen=True` and give `kind` a literal."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    sparsity: ClassVar[float] = 0.0
    """λ where a plan names none; 0 for architectures whose k says how many features fire."""

    buffers: ClassVar[tuple[str, ...]] = ()
    """Tensors of `start` that follow the training without a gradient."""

    resampled: ClassVar[bool] = True
    """Dead features begin anew from inputs that are reconstructed badly; false where an auxiliary loss revives them."""

    sequential: ClassVar[bool] = False
    """What fires at a position depends on those before it: it reads texts from their start, see `foretold`."""

    by_itself: ClassVar[bool] = False
    """How a feature fires depends on its own entries of the tensors alone, not on the other features."""

    kind: str
    """Names it in files, commands and forms."""

    @property
    def tied(self) -> bool:
        """W_enc is W_decᵀ by its rule; b_dec is added to outputs only where it is taken from inputs, else read as 0."""
        return False

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        """Activations, 0 where a feature does not fire: the rule in its shortest form.

        Args:
            c: inputs, normalised and centred.
        """
        raise NotImplementedError(f"{type(self).__name__} has no encode")

    def decode(self, weights: Weights, acts: Float[Tensor, "row feature"]) -> Float[Tensor, "row d_out"]:
        """What the features that fire add up to, b_dec included."""
        return acts @ weights["W_dec"] + weights["b_dec"]

    def foretold(
        self,
        weights: Weights,
        c: Float[Tensor, "position d_in"],
    ) -> tuple[Float[Tensor, "position d_in"], ...]:
        """Of a sequential one: directions that the text before foretells of each position.

        Args:
            c: one text from its start, normalised and centred.
        """
        raise NotImplementedError(f"{type(self).__name__} reads each row by itself")

    def own_shapes(self, d_sae: int) -> dict[str, tuple[int, ...]]:  # noqa: ARG002 - for those that have some
        """Of tensors that it alone has.

        Raises:
            Invalid: it cannot have so many features.
        """
        return {}

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

    @property
    def sequential(self) -> bool:
        """What fires at a position depends on the text before it: loose rows cannot be read."""
        return self.spec.architecture.sequential

    def normalized(self, x: Float[Tensor, "row d_in"], texts: Sequence[int] | None = None) -> Normalized:
        """
        Args:
            texts: lengths of the texts that the rows are, one behind the other, each from its start; None says that
                rows are loose. No row of an architecture that is not `sequential` depends on it.

        Raises:
            Unsupported: loose rows of a sequential architecture.
        """
        given = normalized(x.to(self.device, torch.float32), self.spec.normalize, self.spec.scale)
        return given._replace(foretold=self._foretold(given, texts)) if self.sequential else given

    def normalized_at(self, text: Float[Tensor, "position d_in"], position: int) -> Normalized:
        """One row: that position of a text."""
        if not self.sequential:
            return self.normalized(text[position : position + 1])
        return self.normalized(text[: position + 1], (position + 1,)).at(slice(position, None))

    def encode(self, x: Float[Tensor, "row d_in"], texts: Sequence[int] | None = None) -> Float[Tensor, "row feature"]:
        """Activations of every feature, in units of the normalised input; arguments and errors as of `normalized`."""
        return self.acts(self.normalized(x, texts))

    def acts(self, given: Normalized) -> Float[Tensor, "row feature"]:
        """As `encode`, of inputs that are normalised; some rows of a text are `given.at(rows)`."""
        return self.spec.architecture.encode(self.weights, without(self._centred(given), given.foretold))

    def decode(self, acts: Float[Tensor, "row feature"], given: Normalized) -> Float[Tensor, "row d_out"]:
        """x̂ in the units of x.

        Args:
            given: the inputs that gave these activations.
        """
        out = self._with_skip(self.spec.architecture.decode(self.weights, acts), given)
        return out * given.factor + given.shift

    def skip(self, given: Normalized) -> Float[Tensor, "row d_out"]:
        """What of x̂ comes of the input and of no feature, in the units of x: a transcoder's skip path, what a
        sequential one foretells, and the mean that layer norm gives back.
        """
        nothing = torch.zeros(len(given.x_in), self.spec.d_out, device=self.device)
        return self._with_skip(nothing, given) * given.factor + given.shift

    def writes(self, feature: Int[Tensor, " feature"]) -> Float[Tensor, "feature d_out"]:
        """What an activation of 1 of each of these adds to the normalised output, by the architecture's own rule."""
        bias = torch.zeros_like(self.weights["b_dec"])
        part = {**self.weights, "W_dec": self.weights["W_dec"][feature], "b_dec": bias}
        return self.spec.architecture.decode(part, torch.eye(len(feature), device=self.device))

    def reconstruct(
        self, x: Float[Tensor, "row d_in"], texts: Sequence[int] | None = None
    ) -> Float[Tensor, "row d_out"]:
        """x̂ in the units of x; arguments and errors as of `normalized`."""
        given = self.normalized(x, texts)
        return self.decode(self.acts(given), given)

    def _with_skip(self, out: Float[Tensor, "row d_out"], given: Normalized) -> Float[Tensor, "row d_out"]:
        """Both in units of the normalised output."""
        if "W_skip" in self.weights:
            out = out + given.x_in @ self.weights["W_skip"].T
        if given.foretold:
            centred = self._centred(given)
            out = out + (centred - without(centred, given.foretold))
        return out

    def _centred(self, given: Normalized) -> Float[Tensor, "row d_in"]:
        return given.x_in - self.weights["b_dec"] if self.spec.apply_b_dec_to_input else given.x_in

    def _foretold(self, given: Normalized, texts: Sequence[int] | None) -> tuple[Float[Tensor, "row d_in"], ...]:
        kind = self.spec.architecture.kind
        if texts is None:
            raise Unsupported(
                f"A {kind} autoencoder cannot read loose rows: what fires at a token depends on the text before it.",
                next="Read whole texts with it: a token's features, a text of your own, harvest, eval.",
            )
        assert sum(texts) == len(given.x_in), f"{len(given.x_in)} rows are texts of {sum(texts)}"
        centred = self._centred(given).split([int(n) for n in texts])
        parts = [self.spec.architecture.foretold(self.weights, text) for text in centred]
        return tuple(torch.cat(layer) for layer in zip(*parts, strict=True))
