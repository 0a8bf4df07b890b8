"""What a model predicts when the value at one site is another: reconstructions spliced in, ablations, patches.

    1. the last resid_post of a clean pass, and of one pass for each replacement: fn(value) at the chosen positions
    2. unembed them a few positions at a time, clean and spliced side by side
    3. CE and KL in nats, as `core/reconstruction.py` defines them

The numbers are those of the chosen positions that have a next token: elsewhere nothing was replaced. All of it on the
device's thread. Knows models and sites; knows no autoencoder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.reconstruction import cross_entropy, kl_divergence
from microscope.core.sites import Site
from microscope.engine.hooks import Change
from microscope.engine.model import Model

Fn = Callable[[Float[Tensor, "row d_model"]], Float[Tensor, "row d_model"]]
"""Values of the chosen positions, row after row, → what takes their place. Sees them in the model's own dtype; what it
gives back is rounded to that."""


class OfTexts(NamedTuple):
    """A replacement that must see a text from its start: it is given all of its positions, and what it gives back
    counts where it is chosen."""

    fn: Callable[[Float[Tensor, "row d_model"], tuple[int, ...]], Float[Tensor, "row d_model"]]
    """Values of texts, one behind the other, and their lengths → as `Fn`."""


Replacement = Fn | OfTexts

LOGITS = 2**24
"""Entries of one block of logits: 64 MB in float32."""


class Rows(NamedTuple):
    """Texts side by side."""

    ids: Int[Tensor, "row position"]
    """Padded on the right with 0."""

    there: Bool[Tensor, "row position"]
    """Not padding."""

    chosen: Bool[Tensor, "row position"]
    """Where values are replaced; never in the padding."""

    predicts: Bool[Tensor, "row position"]
    """Chosen, and a token of the row follows."""


class Predictions(NamedTuple):
    """Some of the predictions that were made at chosen positions."""

    next_ids: Int[Tensor, " token"]
    """What came after each of them."""

    clean: Float[Tensor, "token d_vocab"]
    """Logits of the model as it is."""

    spliced: dict[str, Float[Tensor, "token d_vocab"]]
    """The same with each replacement, by its name."""


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
    return Rows(*(one.to(model.device) for one in (ids, there, chosen, chosen & followed)))


def spliced(model: Model, rows: Rows, site: Site, fn: Replacement) -> Float[Tensor, "row position d_model"]:
    """The last resid_post when fn(value) takes the value's place at the chosen positions; `model.unembed` reads it.

    Raises:
        Invalid: a site that the model lacks: resid_mid where attention and MLP are parallel.
    """

    def change(value: Tensor) -> Tensor:
        chosen = rows.chosen.to(value.device)
        changed = value.clone()
        changed[chosen] = _replaced(fn, value, rows, chosen).to(value)
        return changed

    return _last(model, rows, [(site, change)])


def predictions(
    model: Model,
    rows: Sequence[Sequence[int]],
    site: Site,
    replacements: Mapping[str, Replacement],
    *,
    batch_positions: int = 1024,
    everywhere: bool = False,
) -> Iterator[Predictions | None]:
    """Clean and spliced side by side, a few positions at a time; rows of like length are run together.

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
        next_ids = laid.ids.roll(-1, dims=1)[laid.predicts]
        yield from _unembedded(model, next_ids, {name: final[laid.predicts] for name, final in finals.items()})


def losses(
    model: Model,
    rows: Sequence[Sequence[int]],
    site: Site,
    replacements: Mapping[str, Replacement],
    *,
    batch_positions: int = 1024,
    everywhere: bool = False,
) -> Iterator[Losses | None]:
    """CE and KL of every replacement; arguments and errors as of `predictions`.

    Yields:
        None between two pieces of work, where something else may use the device.
    """
    for some in predictions(model, rows, site, replacements, batch_positions=batch_positions, everywhere=everywhere):
        yield None if some is None else _lost(some)


def _replaced(
    fn: Replacement, value: Float[Tensor, "row position d_model"], rows: Rows, chosen: Bool[Tensor, "row position"]
) -> Float[Tensor, "some d_model"]:
    """What takes the place of the chosen ones."""
    if not isinstance(fn, OfTexts):
        return fn(value[chosen])
    there = rows.there.to(value.device)
    return fn.fn(value[there], tuple(there.sum(1).tolist())).to(value.device)[chosen[there]]


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
    model: Model, rows: Rows, changes: Sequence[tuple[Site, Change]] = ()
) -> Float[Tensor, "row position d_model"]:
    return model.trace_rows(rows.ids, [Site(model.n_layers - 1, "resid_post")], changes)[0]


def _unembedded(
    model: Model, next_ids: Int[Tensor, " token"], finals: Mapping[str, Float[Tensor, "token d_model"]]
) -> Iterator[Predictions | None]:
    """
    Args:
        finals: last resid_post; that of the clean pass under "".
    """
    chunk = max(1, LOGITS // model.d_vocab)
    for start in range(0, len(next_ids), chunk):
        part = slice(start, start + chunk)
        yield None
        with torch.no_grad():
            logits = {name: model.unembed(final[part]) for name, final in finals.items()}
        yield Predictions(next_ids[part], logits.pop(""), logits)


def _lost(some: Predictions) -> Losses:
    return Losses(
        cross_entropy(some.clean, some.next_ids),
        {name: cross_entropy(logits, some.next_ids) for name, logits in some.spliced.items()},
        {name: kl_divergence(some.clean, logits) for name, logits in some.spliced.items()},
    )
