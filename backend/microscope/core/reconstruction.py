"""How well an autoencoder gives back what it reads: every measure, defined here and nowhere else.

    MSE                  Σ‖x − x̂‖² / (rows · d)
    FVU                  Σ‖x − x̂‖² / Σ‖x − x̄‖²                 all rows and dimensions pooled, x̄ the mean of all rows
    explained variance   1 − FVU
    L0, L1               features that fire per row, and the sum of their activations
    density              share of the rows in which a feature fires; dead: in none of them
    cosine, L2 ratio     ⟨x, x̂⟩ / ‖x‖‖x̂‖ and ‖x̂‖ / ‖x‖, mean over the rows
    bias                 E‖x̂‖² / E⟨x, x̂⟩                       Rajamanoharan et al. 2024, arXiv 2404.16014; 1 is none
    loss recovered       (CE_zero − CE_sae) / (CE_zero − CE_clean)
    KL                   KL(p_clean ‖ p_sae), mean over the tokens

One pass over batches of any size: sums are kept in float64, moments are joined by Chan, Golub & LeVeque's rule, so that
a mean far from 0 costs no digits. What is undefined is None.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from microscope.core.saes.inputs import checked
from microscope.errors import Invalid


class Reconstruction(BaseModel, frozen=True):
    """What was measured over rows."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    rows: int
    """Rows that were measured."""

    mse: float
    """Squared error, mean over rows and dimensions, in squared units of x."""

    fvu: float | None
    """Fraction of variance unexplained, pooled over rows and dimensions; null where all rows are the same."""

    explained_variance: float | None
    """1 − FVU."""

    explained_variance_by_dimension: float | None
    """1 − FVU of each dimension, mean over those that vary, which count alike: what others print."""

    explained_variance_centred: float | None
    """1 − Σ var(x − x̂) / Σ var(x): dictionary_learning's; a constant error is forgiven."""

    l0: float
    """Features that fire per row."""

    l1: float
    """Sum of the activations of a row, in units of the normalised input."""

    dead: float
    """Share of the features that fired in none of the rows."""

    cosine: float | None
    """Between x and x̂, mean over the rows where neither is 0; null where there is none."""

    l2_ratio: float | None
    """‖x̂‖ / ‖x‖, mean over the rows where x is not 0: below 1 where the reconstruction is too short."""

    relative_reconstruction_bias: float | None
    """E‖x̂‖² / E⟨x, x̂⟩: below 1 where shrinking is systematic, 1 is none; null where ⟨x, x̂⟩ adds up to 0."""


class Moments:
    """Count, mean and Σ(x − x̄)² of each dimension, joined batch by batch."""

    def __init__(self, d: int, device: torch.device | str = "cpu") -> None:
        self.rows = 0
        self.mean = torch.zeros(d, dtype=torch.float64, device=device)
        self.squares = torch.zeros_like(self.mean)
        """Σ(x − x̄)², by dimension."""

    def add(self, x: Float[Tensor, "row d"]) -> None:
        exact = x.double()
        other = Moments(len(self.mean), self.mean.device)
        other.rows, other.mean = len(x), exact.mean(0)
        other.squares = (exact - other.mean).square().sum(0)
        self.merge(other)

    def merge(self, other: Moments) -> None:
        rows = self.rows + other.rows
        if not rows:
            return
        apart = other.mean - self.mean
        self.squares = self.squares + other.squares + apart.square() * (self.rows * other.rows / rows)
        self.mean, self.rows = self.mean + apart * (other.rows / rows), rows


_SUMS = ("l0", "l1", "cosine", "cosine_rows", "l2_ratio", "l2_rows", "x_hat_squared", "x_dot_x_hat")


class Meter:
    """Measures reconstructions in one pass."""

    def __init__(self, d_in: int, d_sae: int, device: torch.device | str = "cpu") -> None:
        self.d_in = d_in
        self.inputs, self.errors = Moments(d_in, device), Moments(d_in, device)
        self.fired = torch.zeros(d_sae, dtype=torch.int64, device=device)
        """In how many rows each feature fired."""
        self._sums = torch.zeros(len(_SUMS), dtype=torch.float64, device=device)

    def add(
        self, x: Float[Tensor, "row d_in"], x_hat: Float[Tensor, "row d_in"], acts: Float[Tensor, "row feature"]
    ) -> None:
        """
        Args:
            acts: 0 where a feature does not fire.

        Raises:
            Invalid: values that are not finite.
        """
        x, x_hat = checked(x, self.d_in).double(), checked(x_hat, self.d_in).double()
        self.inputs.add(x)
        self.errors.add(x - x_hat)
        fires = acts != 0
        self.fired += fires.sum(0)
        length, length_hat, dot = x.norm(dim=1), x_hat.norm(dim=1), (x * x_hat).sum(1)
        both, some = (length > 0) & (length_hat > 0), length > 0
        sums = (
            fires.sum(),
            acts.abs().sum(dtype=torch.float64),
            (dot[both] / (length[both] * length_hat[both])).sum(),
            both.sum(),
            (length_hat[some] / length[some]).sum(),
            some.sum(),
            length_hat.square().sum(),
            dot.sum(),
        )
        self._sums += torch.stack([value.double() for value in sums])

    def merge(self, other: Meter) -> None:
        """As if its rows had been added here."""
        self.inputs.merge(other.inputs)
        self.errors.merge(other.errors)
        self.fired += other.fired
        self._sums += other._sums

    @property
    def density(self) -> Float[Tensor, " feature"]:
        """Share of the rows in which each feature fired."""
        return self.fired.double() / max(1, self.inputs.rows)

    def result(self) -> Reconstruction:
        """
        Raises:
            Invalid: nothing was added.
        """
        rows = self.inputs.rows
        if not rows:
            raise Invalid("No rows were measured.", next="Give held-out documents of more than one token.")
        sums = dict(zip(_SUMS, self._sums.tolist(), strict=True))
        by_dimension = self.errors.squares + rows * self.errors.mean.square()  # Σ(x − x̂)², not about its mean.
        error, total = float(by_dimension.sum()), float(self.inputs.squares.sum())
        varies = self.inputs.squares > 0
        shares = by_dimension[varies] / self.inputs.squares[varies]
        fvu = _ratio(error, total)
        return Reconstruction(
            rows=rows,
            mse=error / (rows * self.d_in),
            fvu=fvu,
            explained_variance=_one_less(fvu),
            explained_variance_by_dimension=_one_less(_ratio(float(shares.sum()), len(shares))),
            explained_variance_centred=_one_less(_ratio(float(self.errors.squares.sum()), total)),
            l0=sums["l0"] / rows,
            l1=sums["l1"] / rows,
            dead=float((self.fired == 0).double().mean()),
            cosine=_ratio(sums["cosine"], sums["cosine_rows"]),
            l2_ratio=_ratio(sums["l2_ratio"], sums["l2_rows"]),
            relative_reconstruction_bias=_ratio(sums["x_hat_squared"], sums["x_dot_x_hat"]),
        )


class Predictions(BaseModel, frozen=True):
    """What a model still predicts when the reconstruction takes the place of what was read."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    tokens: int
    """Next tokens that were predicted."""

    ce_clean: float
    """Cross-entropy of the model as it is, in nats per token."""

    ce_sae: float
    """With the reconstruction in the place of the site."""

    ce_zero: float
    """With zeros in the place of the site."""

    loss_recovered: float | None
    """(CE_zero − CE_sae) / (CE_zero − CE_clean): 1 is no loss, 0 that of zeros; null where these cost nothing."""

    kl: float
    """KL(p_clean ‖ p_sae) in nats per token."""

    kl_zero: float
    """KL(p_clean ‖ p_zero) in nats per token."""

    kl_div_score: float | None
    """(KL_zero − KL_sae) / KL_zero: 1 changes nothing, 0 is as far off as zeros; null where these change nothing."""


class PredictionMeter:
    """Adds up what each token's prediction lost."""

    def __init__(self) -> None:
        self._tokens, self._sums = 0, torch.zeros(5, dtype=torch.float64)

    def add(
        self,
        clean: Float[Tensor, "token d_vocab"],
        sae: Float[Tensor, "token d_vocab"],
        zero: Float[Tensor, "token d_vocab"],
        next_ids: Int[Tensor, " token"],
    ) -> None:
        """
        Args:
            clean, sae, zero: logits at the same positions, by the model as it is, with the reconstruction, with zeros.
            next_ids: what came after each of these positions.
        """
        rows = [cross_entropy(logits, next_ids) for logits in (clean, sae, zero)]
        rows += [kl_divergence(clean, other) for other in (sae, zero)]
        self._sums += torch.stack([row.sum(dtype=torch.float64).cpu() for row in rows])
        self._tokens += len(next_ids)

    def merge(self, other: PredictionMeter) -> None:
        self._tokens, self._sums = self._tokens + other._tokens, self._sums + other._sums

    def result(self) -> Predictions:
        """
        Raises:
            Invalid: nothing was added.
        """
        if not self._tokens:
            raise Invalid("No next token was predicted.", next="Give documents of more than one token.")
        clean, sae, zero, kl, kl_zero = (self._sums / self._tokens).tolist()
        return Predictions(
            tokens=self._tokens,
            ce_clean=clean,
            ce_sae=sae,
            ce_zero=zero,
            loss_recovered=loss_recovered(clean=clean, sae=sae, zero=zero),
            kl=kl,
            kl_zero=kl_zero,
            kl_div_score=_ratio(kl_zero - kl, kl_zero),
        )


def cross_entropy(logits: Float[Tensor, "token d_vocab"], next_ids: Int[Tensor, " token"]) -> Float[Tensor, " token"]:
    """−log p(next token), in nats."""
    return torch.nn.functional.cross_entropy(logits.float(), next_ids, reduction="none")


def kl_divergence(
    clean: Float[Tensor, "token d_vocab"], other: Float[Tensor, "token d_vocab"]
) -> Float[Tensor, " token"]:
    """KL(p_clean ‖ p_other) of two rows of logits, in nats."""
    log_p, log_q = clean.float().log_softmax(-1), other.float().log_softmax(-1)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def loss_recovered(clean: float, sae: float, zero: float) -> float | None:
    """(CE_zero − CE_sae) / (CE_zero − CE_clean)."""
    return _ratio(zero - sae, zero - clean)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _one_less(share: float | None) -> float | None:
    return None if share is None else 1 - share
