"""A pass that begins at a block and at a position, with what is known before both: nothing of that is computed again.

A patch changes nothing below the first place where it acts, and nothing before the first position. Its pass begins
there, with the residuals, keys and values of a pass without it, and gives the numbers of a whole pass: from the first
position on every bit of them, from a later one on within the dtype's rounding, since fewer rows are multiplied at once
(as they are where the last MLP computes one position alone: `Hooks.last_alone`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from microscope.engine.cache import KVCache


class Entering(NamedTuple):
    """Where a pass begins."""

    block: int
    """The first that is computed; the number of blocks where none is."""

    resid: Float[Tensor, "row position d_model"]
    """What the block before it had given, before any edit there; unused for block 0."""

    before: KVCache | None = None
    """Keys and values of the positions before those of the pass, left as they are; None where it begins with the
    first."""

    def rows(self, n: int) -> Entering:
        """For a pass of so many rows, where what enters is of one."""
        return self._replace(resid=self.resid.expand(n, -1, -1))


@contextmanager
def skipped(blocks: Sequence[nn.Module], entering: Entering, in_a_tuple: bool) -> Generator[None]:
    """While it is open the blocks below `entering.block` compute nothing and give its residuals.

    Their hooks run, so that an edit of what enters the first block that is computed acts. The modules stay where they
    are: some architectures look up a block's attention by its index.

    Args:
        in_a_tuple: as this architecture's blocks give their output.
    """

    def give(*_args: object, **_kwargs: object) -> Any:
        return (entering.resid,) if in_a_tuple else entering.resid

    below = blocks[: entering.block]
    own = [vars(block).get("forward") for block in below]  # A dispatched model's blocks have one of their own.
    for block in below:
        vars(block)["forward"] = give
    try:
        yield
    finally:
        for block, before in zip(below, own, strict=True):
            if before is None:
                del vars(block)["forward"]
            else:
                vars(block)["forward"] = before
