"""What a trained autoencoder is measured against: what random directions, no training and a plain PCA explain.

random directions   d_sae random unit vectors; the k likeliest of each row, with one gain for all that is best in
                    the least-squares sense
untrained           the same architecture before its first step
PCA                 the mean and the first r principal axes, r = round(L0): as many numbers per row
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes import read_architecture
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.inputs import checked
from microscope.core.saes.plan import Plan
from microscope.core.saes.topk import TopK
from microscope.core.saes.training import Trainer


class RandomDirections:
    """A TopK autoencoder of random directions, whose gain is added up block by block: activations are dense."""

    def __init__(self, d_sae: int, k: int, centre: Float[Tensor, " d_in"], seed: int) -> None:
        """
        Args:
            k: as many as fire in the autoencoder that is compared, at least one.
            centre: mean of the rows that it is measured against; it computes where that lies.
        """
        d_in = len(centre)
        drawn = torch.randn(d_sae, d_in, generator=torch.Generator().manual_seed(seed)).to(centre.device)
        w_dec = torch.nn.functional.normalize(drawn, dim=-1)
        spec = Spec(architecture=TopK(k=min(max(1, k), d_sae)), d_in=d_in, d_sae=d_sae, d_out=d_in)
        b_enc = torch.zeros(d_sae, device=centre.device)
        self._unscaled = Sae(spec, {"W_enc": w_dec.T, "W_dec": w_dec, "b_enc": b_enc, "b_dec": centre.float()})
        self._products = self._squares = 0.0

    @torch.no_grad()
    def add(self, x: Float[Tensor, "row d_in"]) -> None:
        """Rows that the gain is taken from; not those that it is measured on."""
        centre = self._unscaled.weights["b_dec"]
        x = x.to(centre)
        found = self._unscaled.reconstruct(x) - centre
        self._products += float(((x - centre) * found).sum(dtype=torch.float64))
        self._squares += float(found.square().sum(dtype=torch.float64))

    def sae(self) -> Sae:
        """With the gain that explains most of the rows that were added."""
        gain = self._products / self._squares if self._squares else 1.0
        weights = self._unscaled.weights
        return Sae(self._unscaled.spec, {**weights, "W_enc": gain * weights["W_enc"]})


def untrained(spec: Spec, rows: Float[Tensor, "row d_in"], seed: int) -> Sae:
    """What training begins with, on these rows.

    Raises:
        Trouble: an architecture that is read from files only, or rows that cannot be trained on.
    """
    trained = spec.training.get("architecture")
    architecture = read_architecture(trained) if isinstance(trained, dict) else spec.architecture
    return Trainer(spec.model_copy(update={"architecture": architecture}), Plan(seed=seed), rows).sae()


class Pca(NamedTuple):
    """A mean and axes of unit length."""

    mean: Float[Tensor, " d"]
    axes: Float[Tensor, "rank d"]

    def encode(self, x: Float[Tensor, "row d"]) -> Float[Tensor, "row rank"]:
        return (x - self.mean) @ self.axes.T

    def reconstruct(self, x: Float[Tensor, "row d"]) -> Float[Tensor, "row d"]:
        return self.encode(x) @ self.axes + self.mean


class Covariance:
    """Mean and Σ(x − x̄)(x − x̄)ᵀ in one pass, in float64, joined as `reconstruction.Moments` are."""

    def __init__(self, d: int, device: torch.device | str = "cpu") -> None:
        self.rows = 0
        self.mean = torch.zeros(d, dtype=torch.float64, device=device)
        self.scatter = torch.zeros(d, d, dtype=torch.float64, device=device)

    def add(self, x: Float[Tensor, "row d"]) -> None:
        """
        Raises:
            Invalid: values that are not finite.
        """
        exact = checked(x, len(self.mean)).to(self.mean.device).double()
        other = Covariance(len(self.mean), self.mean.device)
        other.rows, other.mean = len(x), exact.mean(0)
        centred = exact - other.mean
        other.scatter = centred.T @ centred
        self.merge(other)

    def merge(self, other: Covariance) -> None:
        rows = self.rows + other.rows
        if not rows:
            return
        apart = other.mean - self.mean
        self.scatter = self.scatter + other.scatter + torch.outer(apart, apart) * (self.rows * other.rows / rows)
        self.mean, self.rows = self.mean + apart * (other.rows / rows), rows

    def pca(self, rank: int) -> Pca:
        """The axes along which the rows vary most, at most d of them; none for rank 0, which leaves the mean."""
        kept = min(max(0, rank), len(self.mean))
        axes = torch.linalg.eigh(self.scatter).eigenvectors.flip(1).T[:kept]  # eigh: the smallest comes first.
        return Pca(self.mean.float(), axes.float().contiguous())
