"""The rows that an autoencoder learns from: whether they can be learned from, how long they are, where they lie."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from microscope.errors import Invalid


def checked(x: Float[Tensor, "row d_in"], d_in: int) -> Float[Tensor, "row d_in"]:
    if x.ndim != 2 or x.shape[1] != d_in or not len(x):
        raise Invalid(
            f"Expected rows of {d_in} numbers, got an array of shape {tuple(x.shape)}.",
            next="Train on the site and model whose width the spec names.",
        )
    if not bool(x.isfinite().all()):
        row = int((~x.isfinite().all(1)).nonzero()[0])
        value = float(x[row][~x[row].isfinite()][0])
        raise Invalid(
            f"Row {row} of the batch holds {value}; expected finite numbers.",
            next="Leave such rows out of the recording, or record again in float32.",
        )
    return x


def mean_norm(rows: Float[Tensor, "row d_in"]) -> float:
    found = float(rows.double().norm(dim=-1).mean())
    if found == 0:
        raise Invalid("All of the first rows are 0; nothing can be scaled to them.", next="Train on other activations.")
    return found


def geometric_median(rows: Float[Tensor, "row d"], iterations: int = 20) -> Float[Tensor, " d"]:
    """The point with the least mean distance to the rows: Weiszfeld's iteration, from their mean."""
    exact = rows.double()
    at = exact.mean(0)
    for _ in range(iterations):
        closeness = 1 / (exact - at).norm(dim=-1, keepdim=True).clamp_min(1e-9)
        at = (exact * closeness).sum(0) / closeness.sum()
    return at.to(rows.dtype)
