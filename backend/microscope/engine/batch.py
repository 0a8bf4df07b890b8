"""Several states that decode together: one forward pass gives each of them its next position.

Their caches are put into one, padded on the left; what is new in it is copied back when the rows part. Residuals go to
each state at once.
"""

from __future__ import annotations

import torch

from microscope.engine.cache import join, left_padding
from microscope.engine.state import State


class Batch:
    """Rows that decode together: their caches in one, padded on the left."""

    def __init__(self, states: list[State]) -> None:
        self._states = states
        self._joint = join([state.cache for state in states])
        self._padding = [self._joint.length - len(state) for state in states]
        for row, state in enumerate(states):
            state.settle = lambda row=row: self._settle(row)
            state.joint_bytes = lambda: self._joint.n_bytes // len(self._states)

    def extend(self, ids: list[int], *, head: bool = True) -> None:
        """One forward pass: one new token for each row. If it fails, all states are what they were.

        Args:
            head: as of `State.extend`.
        """
        model = self._states[0].model
        before = self._joint.length
        mask = left_padding([len(state) + 1 for state in self._states], model.device)
        try:
            done = model.forward(
                torch.tensor(ids, device=model.device)[:, None],
                self._joint,
                padding=mask,
                logits="last" if head else "none",
                edits=[state.edits for state in self._states],
            )
        except BaseException:
            self._joint.shorten(before)
            raise
        for row, (state, token_id) in enumerate(zip(self._states, ids, strict=True)):
            logits = None if done.logits is None else done.logits[row, -1]
            state.accept([token_id], done.stacked[:, row], logits, done.opened[row], exact=False)

    def _settle(self, row: int) -> None:
        """Copy what was added here since the row's own cache was last up to date."""
        self._states[row].take(self._joint, row, self._padding[row])

    def dissolve(self) -> None:
        """Every state has its own keys and values again."""
        for row, state in enumerate(self._states):
            self._settle(row)
            state.settle = None
            state.joint_bytes = int
