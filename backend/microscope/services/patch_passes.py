"""A text through the model as it is, with patches, and with pushes as hard in random directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.control import Watched
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model


@torch.no_grad()
def passes(
    model: Model, ids: Sequence[int], placed: Sequence[Placed], n_controls: int, first: int = 0
) -> Iterator[Float[Tensor, "position d_vocab"]]:
    """float32 logits of the positions from `first` on: as it is, patched, each control; one pass between two yields."""
    yield _logits(model, ids, (), first)
    watched = Watched(placed)
    yield _logits(model, ids, watched.placed, first)
    # What the patch changed in its own pass is known by now.
    for edits in watched.controls(n_controls) if placed else ():
        yield _logits(model, ids, edits, first)


def _logits(
    model: Model, ids: Sequence[int], placed: Sequence[Placed], first: int
) -> Float[Tensor, "position d_vocab"]:
    end = Site(model.n_layers - 1, "resid_post")
    row = torch.tensor([list(ids)], device=model.device)
    last = model.trace_rows(row, [end], edits=[Edits(tuple(placed))])[0, 0]
    return model.unembed(last[first:]).float()
