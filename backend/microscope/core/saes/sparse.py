"""Loss and gradients of an autoencoder of which few features fire, by their few entries alone.

    1. the features that fire, and how strongly      one product with W_enc, then the largest        (entry)
    2. x̂ = Σ_entry act · W_dec[feature] + b_dec      gathers the rows that fire                      (row d)
    3. g = ∂L/∂x̂ = 2 (x̂ − x) / rows                                                                 (row d)
    4. ∂L/∂act = ⟨g[row], W_dec[feature]⟩                                                            (entry)
    5. ∂L/∂W_dec[f] = Σ_{entries of f} act · g[row]
       ∂L/∂W_encᵀ[f] = Σ_{entries of f} ∂L/∂act · c[row]                                             (feature d)

The dense form multiplies five matrices of the encoder's size, this one multiplies one. Sums over entries are bags of
`embedding_bag`, grouped by row in step 2 and by feature in step 5; each bag is added up by one thread in a fixed
order, so that a CPU gives the same bits again. Step 4 goes feature by feature as well: a row of W_dec then stays in
the cache for all entries that need it, which takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.linear import biased
from microscope.core.saes.learning import Gradients, Now, aux_k

_PRODUCT = 2**23
"""Pre-activations at a time, 16 MB in bfloat16: as much as a cache holds until the largest have been found."""


class Entries(NamedTuple):
    """Activations that may be above 0, row after row."""

    features: Int[Tensor, " entry"]
    values: Float[Tensor, " entry"]
    """0 or more; those at 0 do not fire."""

    rows: Int[Tensor, " entry"]
    starts: Int[Tensor, " row"]
    """Where each row's entries begin."""


def likeliest(
    weights: Mapping[str, Tensor], c: Float[Tensor, "row d_in"], k: int, now: Now
) -> tuple[Int[Tensor, "row k"], Float[Tensor, "row k"]]:
    """The k features with the largest pre-activations of each row, and ReLU of these.

    With `low_precision` a product in bfloat16 finds a quarter more candidates, and their pre-activations in float32
    say which are kept: values are exact, and the choice differs where bfloat16 is off by more than that margin.
    """
    w, b = weights["W_enc"].T.contiguous(), weights["b_enc"]
    if not now.low_precision:
        features, values = _largest(c, w, b, k)
        return features, torch.relu(values)
    n_candidates = min(len(w), k + max(8, k // 4))
    candidates = _largest(c.bfloat16(), w.bfloat16(), b.bfloat16(), n_candidates)[0]
    exact = _rescored(c, w, candidates) + b[candidates]
    top = exact.topk(k, dim=-1, sorted=False)
    return candidates.gather(-1, top.indices), torch.relu(top.values)


def _largest(c: Tensor, w: Tensor, b: Tensor, k: int) -> tuple[Int[Tensor, "row k"], Float[Tensor, "row k"]]:
    parts = [biased(part, w, b).topk(k, dim=-1, sorted=False) for part in c.split(max(1, _PRODUCT // len(w)))]
    return torch.cat([top.indices for top in parts]), torch.cat([top.values for top in parts])


def _rescored(c: Tensor, w: Tensor, candidates: Int[Tensor, "row k"]) -> Float[Tensor, "row k"]:
    features, order = candidates.flatten().sort()
    found = _products(c, w, order // candidates.shape[1], features)
    return torch.empty_like(found).scatter_(0, order, found).view_as(candidates)


def entries_of(features: Int[Tensor, "row k"], values: Tensor) -> Entries:
    """Equally many in each row."""
    n_rows, k = features.shape
    rows = torch.arange(n_rows, device=features.device)
    return Entries(features.flatten(), values.flatten(), rows.repeat_interleave(k), rows * k)


def _products(
    left: Float[Tensor, "row d"], right: Float[Tensor, "feature d"], rows: Tensor, features: Tensor
) -> Float[Tensor, " entry"]:
    """⟨left[row], right[feature]⟩ of each entry: the kernel behind the gradient of `embedding_bag`'s weights."""
    nowhere = rows.new_zeros(1)  # Where bags begin is read off `rows`.
    return torch.ops.aten._embedding_bag_per_sample_weights_backward(left, right, features, nowhere, rows, 0)


def gradients(weights: Mapping[str, Tensor], x: Float[Tensor, "row d_in"], entries: Entries, now: Now) -> Gradients:
    """Of ‖x − x̂‖² and the auxiliary loss, whatever the norms of W_dec's rows."""
    c, w_dec, n_features = now.centred(x, weights["b_dec"]), weights["W_dec"], len(weights["W_dec"])
    x_hat = _bags(w_dec, entries.features, entries.starts, entries.values) + weights["b_dec"]
    error = x_hat - x
    value, g = error.square().sum(-1).mean(), error * (2 / len(x))

    features, order = entries.features.sort(stable=True)
    rows, acts = entries.rows[order], entries.values[order]
    d_acts = _products(g, w_dec, rows, features) * (acts > 0)
    per_feature = torch.bincount(features, minlength=n_features)
    starts = per_feature.cumsum(0) - per_feature
    found = {
        "W_dec": _bags(g, rows, starts, acts),
        "W_enc": _bags(c, rows, starts, d_acts).T,
        "b_enc": torch.bincount(features, d_acts, minlength=n_features).to(x.dtype),
    }
    found["b_dec"] = g.sum(0) - (weights["W_enc"] @ found["b_enc"] if now.centre else 0)
    value = value + _add_aux(found, weights, c, -error, now)
    fired = torch.bincount(features[acts > 0], minlength=n_features)
    return Gradients(value, x_hat, fired, found)


def _bags(table: Float[Tensor, "item d"], items: Tensor, starts: Tensor, factors: Tensor) -> Float[Tensor, "bag d"]:
    """Σ factor · table[item] over each bag; 0 for an empty one."""
    return torch.nn.functional.embedding_bag(items, table, starts, mode="sum", per_sample_weights=factors)


def _add_aux(found: dict[str, Tensor], weights: Mapping[str, Tensor], c: Tensor, error: Tensor, now: Now) -> Tensor:
    """The auxiliary loss, whose gradients are added for the dead features; dense, but over these alone."""
    dead = now.dead.nonzero()[:, 0]
    if not now.aux or not len(dead):
        return c.new_zeros(())
    few = {
        "W_enc": weights["W_enc"].T[dead].T.detach().requires_grad_(),
        "b_enc": weights["b_enc"][dead].detach().requires_grad_(),
        "W_dec": weights["W_dec"][dead].detach().requires_grad_(),
    }
    with torch.enable_grad(), torch.autocast(c.device.type, torch.bfloat16, enabled=now.low_precision):
        value = aux_k(few, c, error, now._replace(dead=now.dead[dead]))
    for (name, _), grad in zip(few.items(), torch.autograd.grad(value, list(few.values())), strict=True):
        whole = found[name].T if name == "W_enc" else found[name]
        whole[dead] += grad.T if name == "W_enc" else grad  # A feature is dead once: nothing is added twice.
    return value.detach()


def above(features: Int[Tensor, "row k"], values: Float[Tensor, "row k"], least: Float[Tensor, ""]) -> Entries:
    """Those of at least this value, and above 0."""
    kept = (values >= least) & (values > 0)
    per_row = kept.sum(1)
    rows = kept.nonzero()[:, 0]
    return Entries(features[kept], values[kept], rows, per_row.cumsum(0) - per_row)
