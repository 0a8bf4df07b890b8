"""What of a text patches may change: the blocks and the positions from the first on at which any of them acts.

All else stays what it is without them, since a block reads the blocks below and a position those before it. Where a
state has computed the text without patches, a pass with them begins there.
"""

from __future__ import annotations

from typing import NamedTuple

from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.skipping import Entering
from microscope.engine.state import State


class Reach(NamedTuple):
    """Nothing below the block changes, and nothing before the position."""

    edits: Edits
    """Those that act at some position of the text."""

    block: int
    """The number of blocks where only what the last one gives changes."""

    position: int

    def entering(self, base: State) -> Entering:
        """Where a pass begins, from a state of the text that was computed without patches.

        Args:
            base: left as it is.
        """
        before = base.cache.lent(self.position) if self.position else None
        return Entering(self.block, base.resid[self.block, None, self.position :], before)


def reach(model: Model, edits: Edits, n_positions: int) -> Reach | None:
    """Of edits in the first positions of a text; None where they change nothing there."""
    acting = tuple(one for one in edits.placed if one.scope.first(edits.written) < n_positions)
    if not acting:
        return None
    position = min(one.scope.first(edits.written) for one in acting)
    return Reach(edits._replace(placed=acting), model.first_block(acting), position)
