"""Texts up to an SAE's site as the model is, with patches, and with pushes as hard; every feature's shift in them.

The controls are those of the very pass: at each place as long as what the patches changed there, position by position
(`core/patches/control.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.control import Watched
from microscope.core.saes.base import Sae
from microscope.core.shifts import Shifts
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.splice import lay_out
from microscope.families._patched import at_every_token


class Moving(NamedTuple):
    """What has been read so far."""

    patched: Shifts
    controls: list[Shifts]
    pushed: list[float]
    """Of the patches and of each control: ‖x' − x‖ / ‖x‖ at the site, summed over the tokens."""

    tokens: list[int]
    """How many."""

    @classmethod
    def start(cls, d_sae: int, controls: int, flips: int, seed: int, device: torch.device) -> Moving:
        # The controls are held against the threshold of the patches.
        others = [Shifts(d_sae, 0, seed, device) for _ in range(controls)]
        return cls(Shifts(d_sae, flips, seed, device), others, [0.0] * (1 + controls), [0])

    @torch.no_grad()
    def read(
        self, model: Model, sae: Sae, site: Site, placed: Sequence[Placed], rows: Sequence[Sequence[int]], seed: int
    ) -> Iterator[None]:
        """Some texts through everything, one pass between two yields; what acts on the prompt or on what is generated
        acts at every token."""
        placed = at_every_token(placed)
        laid, lengths = lay_out(model, rows), [len(row) for row in rows]

        def under(edits: Sequence[tuple[Placed, ...]]) -> Float[Tensor, "row position d_model"]:
            given = [Edits(one) for one in edits]
            return model.trace_rows(laid.ids, [site], edits=given)[0]

        base = model.trace_rows(laid.ids, [site])[0]
        yield
        watched = [Watched(placed) for _ in rows]
        values = [under([one.placed for one in watched])]
        yield
        pushes = [one.controls(len(self.controls), seed) for one in watched]
        for number in range(len(self.controls)):
            values.append(under([one[number] for one in pushes]))
            yield
        for row, length in enumerate(lengths):
            counted = laid.chosen[row, :length]
            before = _acts(sae, base[row, :length], counted)
            for number, (shifts, value) in enumerate(zip((self.patched, *self.controls), values, strict=True)):
                if bool(counted.any()):
                    shifts.add(before, _acts(sae, value[row, :length], counted))
                apart = (value[row, :length] - base[row, :length])[counted].float().norm(dim=-1)
                self.pushed[number] += float((apart / base[row, :length][counted].float().norm(dim=-1)).sum())
            self.tokens[0] += int(counted.sum())
            yield


def _acts(
    sae: Sae, x: Float[Tensor, "position d_model"], counted: Bool[Tensor, " position"]
) -> Float[Tensor, "token feature"]:
    """One text's."""
    return sae.encode(x, (len(x),))[counted]
