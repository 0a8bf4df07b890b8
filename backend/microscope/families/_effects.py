"""What patches do to texts that they are not for: loss, KL and agreement of every next token.

1. a pass without patches, one with each set of them, one with each control: pushes as long as what the set changed in
   its own pass, position by position, along random directions (`core/patches/control.py`)
2. unembedded a few positions at a time, side by side
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.control import Watched
from microscope.core.reconstruction import cross_entropy, kl_divergence
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.skipping import Entering
from microscope.engine.splice import LOGITS, Rows, lay_out
from microscope.errors import Invalid
from microscope.families._patched import at_every_token

BATCH_POSITIONS = 1_024
"""Of one pass, padding included; at least one text."""


class Arm(NamedTuple):
    """A set of patches, or one of its controls."""

    name: str
    control: int | None = None
    """Number of the random direction; None is the set itself."""


class Lost(NamedTuple):
    """Of some next tokens."""

    document: Int[Tensor, " token"]
    position: Int[Tensor, " token"]
    """Of the token that predicts."""

    base: Float[Tensor, " token"]
    """−log p of the model as it is, in nats."""

    loss: dict[Arm, Float[Tensor, " token"]]
    kl: dict[Arm, Float[Tensor, " token"]]
    """KL(p_base ‖ p_arm), in nats."""

    agrees: dict[Arm, Bool[Tensor, " token"]]
    """Its likeliest token is that of the model as it is."""


def lost(
    model: Model, texts: Sequence[Sequence[int]], sets: Mapping[str, Sequence[Placed]], controls: int, seed: int = 0
) -> Iterator[Lost | None]:
    """Every next token of every text, in no order; what acts on the prompt or on what is generated acts at all of them.

    Yields:
        None between two passes, where something else may use the device.

    Raises:
        Invalid, TooLarge: ids that the model cannot read; a strength at which it computes what is no number.
    """
    sets = {name: at_every_token(placed) for name, placed in sets.items()}
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    for numbers in _batches(texts, order):
        laid = lay_out(model, [texts[number] for number in numbers], everywhere=True)
        finals = yield from _finals(model, laid, sets, controls, seed)
        row, position = laid.predicts.nonzero(as_tuple=True)
        document = torch.tensor(numbers, device=row.device)[row]
        next_ids = laid.ids.roll(-1, dims=1)[laid.predicts]
        chosen = {arm: final[laid.predicts] for arm, final in finals.items()}
        chunk = max(1, LOGITS // model.d_vocab)
        for start in range(0, len(next_ids), chunk):
            part = slice(start, start + chunk)
            parted = {arm: final[part] for arm, final in chosen.items()}
            yield _compared(model, document[part], position[part], next_ids[part], parted)


def _batches(texts: Sequence[Sequence[int]], order: Sequence[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for number in order:
        if batch and (len(batch) + 1) * len(texts[number]) > BATCH_POSITIONS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


_BASE = Arm("")


@torch.no_grad()
def _finals(
    model: Model, laid: Rows, sets: Mapping[str, Sequence[Placed]], controls: int, seed: int
) -> Generator[None, None, dict[Arm, Float[Tensor, "row position d_model"]]]:
    """The last resid_post under everything; `_BASE` is the model as it is."""
    end = Site(model.n_layers - 1, "resid_post")
    block = min((model.first_block(placed) for placed in sets.values() if placed), default=0)
    sites = [Site(block - 1, "resid_post"), end] if block else [end]
    values = model.trace_rows(laid.ids, sites)
    entering = Entering(block, values[0]) if block else None
    yield

    def under(rows: Sequence[tuple[Placed, ...]]) -> Float[Tensor, "row position d_model"]:
        edits = [Edits(placed) for placed in rows]
        return model.trace_rows(laid.ids, [end], edits=edits, entering=entering)[0]

    finals = {_BASE: values[-1]}
    for name, placed in sets.items():
        if not placed:  # The very same pass.
            finals |= dict.fromkeys([Arm(name), *(Arm(name, number) for number in range(controls))], values[-1])
            continue
        watched = [Watched(placed) for _ in laid.ids]
        finals[Arm(name)] = under([one.placed for one in watched])
        yield
        pushes = [one.controls(controls, seed) for one in watched]
        for number in range(controls):
            finals[Arm(name, number)] = under([one[number] for one in pushes])
            yield
    return finals


@torch.no_grad()
def _compared(
    model: Model,
    document: Int[Tensor, " token"],
    position: Int[Tensor, " token"],
    next_ids: Int[Tensor, " token"],
    finals: Mapping[Arm, Float[Tensor, "token d_model"]],
) -> Lost:
    base = model.unembed(finals[_BASE]).float()
    found = Lost(document.cpu(), position.cpu(), cross_entropy(base, next_ids).cpu(), {}, {}, {})
    likeliest = base.argmax(-1)
    for arm, final in finals.items():
        if arm != _BASE:
            logits = model.unembed(final).float()
            if not bool(logits.isfinite().all()):
                raise Invalid(
                    f"With the patches at {arm.name} the model computes what is no number.",
                    next="Choose strengths nearer to 0.",
                )
            found.loss[arm] = cross_entropy(logits, next_ids).cpu()
            # Rounding may take it below 0 where nothing has changed.
            found.kl[arm] = kl_divergence(base, logits).clamp_min(0).cpu()
            found.agrees[arm] = (logits.argmax(-1) == likeliest).cpu()
    return found
