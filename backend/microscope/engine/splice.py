"""What a model predicts when the value at one site is another: reconstructions spliced in, ablations, patches.

    1. the last resid_post of a clean pass, and of one pass for each replacement: fn(value) at the chosen positions
    2. unembed them a few positions at a time, clean and spliced side by side
    3. CE = −log p(next token), KL = KL(p_clean ‖ p_spliced), in nats

The numbers are those of the chosen positions that have a next token: elsewhere nothing was replaced. All of it on the
device's thread. Knows models and sites; knows no autoencoder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.sites import Site
from microscope.engine.model import Model

Fn = Callable[[Float[Tensor, "row d_model"]], Float[Tensor, "row d_model"]]
"""Values of the chosen positions, row after row, → what takes their place. Sees them in the model's own dtype; what it
gives back is rounded to that."""

LOGITS = 2**24
"""Entries of one block of logits: 64 MB in float32."""


class Rows(NamedTuple):
    """Texts side by side."""

    ids: Int[Tensor, "row position"]
    """Padded on the right with 0."""

    chosen: Bool[Tensor, "row position"]
    """Where values are replaced; never in the padding."""

    predicts: Bool[Tensor, "row position"]
    """Chosen, and a token of the row follows."""


class Losses(NamedTuple):
    """Per prediction that was made at a chosen position, row after row; in nats."""

    clean: Float[Tensor, " token"]
    """−log p(next token) of the model as it is."""

    spliced: dict[str, Float[Tensor, " token"]]
    """The same with each replacement, by its name."""

    kl: dict[str, Float[Tensor, " token"]]
    """KL(p_clean ‖ p_spliced)."""


def zero(value: Float[Tensor, "row d_model"]) -> Float[Tensor, "row d_model"]:
    """Zero ablation."""
    return torch.zeros_like(value)


def constant(vector: Float[Tensor, " d_model"]) -> Fn:
    """Mean ablation, given the site's mean."""
    return lambda value: vector.to(value).expand_as(value)


def lay_out(model: Model, rows: Sequence[Sequence[int]], *, everywhere: bool = False) -> Rows:
    """
    Args:
        everywhere: choose position 0 and BOS too. Autoencoders leave them out: their values are far from all others'.

    Raises:
        Invalid, TooLarge: ids that the model cannot read.
    """
    for row in rows:
        model.check_ids(row)
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    there = torch.zeros_like(ids, dtype=torch.bool)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        there[index, : len(row)] = True
    chosen = there.clone()
    if not everywhere:
        chosen[:, 0] = False
        chosen &= ~torch.isin(ids, torch.tensor(sorted(model.tokenizer.begin_ids), dtype=torch.long))
    followed = torch.zeros_like(there)
    followed[:, :-1] = there[:, 1:]
    return Rows(*(one.to(model.device) for one in (ids, chosen, chosen & followed)))


def spliced(model: Model, rows: Rows, site: Site, fn: Fn) -> Float[Tensor, "row position d_model"]:
    """The last resid_post when fn(value) takes the value's place at the chosen positions; `model.unembed` reads it.

    Raises:
        Invalid: a site that the model lacks: resid_mid where attention and MLP are parallel.
    """

    def change(value: Tensor) -> Tensor:
        chosen = rows.chosen.to(value.device)
        changed = value.clone()
        changed[chosen] = fn(value[chosen]).to(value)
        return changed

    return _last(model, rows, (site, change))


def losses(
    model: Model,
    rows: Sequence[Sequence[int]],
    site: Site,
    replacements: Mapping[str, Fn],
    *,
    batch_positions: int = 1024,
    everywhere: bool = False,
) -> Iterator[Losses | None]:
    """CE and KL of every replacement, one batch of rows at a time, rows of like length together.

    Args:
        batch_positions: of one pass, padding included; at least one row.
        everywhere: as of `lay_out`.

    Yields:
        None between two pieces of work, where something else may use the device.

    Raises:
        Invalid, TooLarge: ids that the model cannot read, or a site that it lacks.
    """
    for batch in _batches(rows, batch_positions):
        laid = lay_out(model, batch, everywhere=everywhere)
        finals = {"": _last(model, laid)}
        for name, fn in replacements.items():
            yield None
            finals[name] = spliced(model, laid, site, fn)
        targets = laid.ids.roll(-1, dims=1)[laid.predicts]
        yield None
        yield _compared(model, {name: final[laid.predicts] for name, final in finals.items()}, targets)


def _batches(rows: Sequence[Sequence[int]], positions: int) -> Iterator[list[Sequence[int]]]:
    """Rows of like length share a batch, so that little of it is padding."""
    batch: list[Sequence[int]] = []
    for row in sorted(rows, key=len):
        if batch and (len(batch) + 1) * len(row) > positions:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _last(
    model: Model, rows: Rows, change: tuple[Site, Callable[[Tensor], Tensor]] | None = None
) -> Float[Tensor, "row position d_model"]:
    return model.trace_rows(rows.ids, [Site(model.n_layers - 1, "resid_post")], change)[0]


@torch.no_grad()
def _compared(model: Model, finals: Mapping[str, Float[Tensor, "token d_model"]], targets: Tensor) -> Losses:
    """
    Args:
        finals: last resid_post; that of the clean pass under "".
    """
    ce: dict[str, list[Tensor]] = {name: [] for name in finals}
    kl: dict[str, list[Tensor]] = {name: [] for name in finals if name}
    chunk = max(1, LOGITS // model.d_vocab)
    for start in range(0, len(targets), chunk):
        part = slice(start, start + chunk)
        clean = model.unembed(finals[""][part]).log_softmax(-1)
        for name, final in finals.items():
            logprobs = model.unembed(final[part]).log_softmax(-1) if name else clean
            ce[name].append(-logprobs.gather(-1, targets[part, None])[:, 0])
            if name:
                kl[name].append((clean.exp() * (clean - logprobs)).sum(-1))
    whole = {name: _joined(parts) for name, parts in ce.items()}
    return Losses(whole.pop(""), whole, {name: _joined(parts) for name, parts in kl.items()})


def _joined(parts: list[Tensor]) -> Float[Tensor, " token"]:
    return torch.cat(parts) if parts else torch.empty(0)
