"""Which sets of patches were in force at which position of a conversation, and the states that this makes.

A turn is what a model makes of the ids before it, its sampling and its patches: those that it began with were in force
at every position before it, too, and later ones from the token on at which they were put in force. So a position may
have been computed under one set for one turn, and under another for the next:

    positions   0 ─────────── 40 ── 57 ──────── 80
    turn 40–57  A   A   A   A   A
    turn 80–…   B   B   B   B   B   B   B   B   B …

The state under the conversation's own name is that of its last turn. What was computed otherwise has a state of its
own, up to that turn's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microscope.core.patches.scope import Written
from microscope.engine.edits import NONE, UNCHANGED, Edits, Schedule, Stretch
from microscope.engine.state import Recipe
from microscope.lab import Loaded
from microscope.services.patch_sets import PatchSets
from microscope.services.records import turns_of
from microscope.services.states import Source
from microscope.services.turns import KeptTurn, last_generated, n_computed, written_at
from microscope.store.database import ConversationRecord, unpack_ids
from microscope.wire.conversations import InForceFrom


class Piece(NamedTuple):
    """Positions that were computed together."""

    source: Source
    start: int
    end: int


class Schedules:
    """Belongs to the event loop's thread."""

    def __init__(self, sets: PatchSets) -> None:
        self._sets = sets

    async def of(self, patches: Sequence[InForceFrom], loaded: Loaded, written: Written) -> Schedule:
        """Compiled. Pin the model.

        Raises:
            NotFound, Incompatible, Unsupported: as `PatchSets.edits` says.
        """
        return Schedule(tuple([Stretch(one.start, await self.edits(one.set, loaded, written)) for one in patches]))

    async def edits(self, set: str | None, loaded: Loaded, written: Written) -> Edits:
        """
        Raises:
            As `of` says.
        """
        return await self._sets.edits(set, loaded, written) if set else NONE

    def named(self, turn: KeptTurn, turns: Sequence[KeptTurn]) -> Schedule:
        """One of a text's turns, to be compared only: nothing of it is compiled, and what it reads may be gone."""
        return Schedule(tuple(Stretch(one.start, self._named(one.set, turns, turn.start)) for one in turn.patches))

    def _named(self, set: str | None, turns: Sequence[KeptTurn], position: int) -> Edits:
        return self._sets.named(set, written_at(turns, position)) if set else NONE

    async def pieces(self, record: ConversationRecord, loaded: Loaded, rows: range) -> list[Piece]:
        """What computed these positions, in order. Pin the model.

        Raises:
            As `of` says.
        """
        return [
            Piece(await self._source(record, loaded, turn), max(start, rows.start), min(end, rows.stop))
            for turn, start, end in self._stretches(record)
            if start < rows.stop and end > rows.start
        ]

    def stretches(self, record: ConversationRecord) -> list[range]:
        """Positions that were computed together, in order."""
        return [range(start, end) for _, start, end in self._stretches(record)]

    async def source(self, record: ConversationRecord, loaded: Loaded, row: int) -> Source:
        """The text as one of its positions was computed; as its last turn has it, where there is no such position. Pin
        the model.

        Raises:
            As `of` says.
        """
        whose = next((turn for turn, start, end in self._stretches(record) if start <= row < end), None)
        return await self._source(record, loaded, whose)

    def _stretches(self, record: ConversationRecord) -> list[tuple[KeptTurn | None, int, int]]:
        """From position to position: the turn, where it was computed otherwise than the last one, else None."""
        n_tokens = len(unpack_ids(record.ids))
        turns = turns_of(record)
        generated = [turn for turn in turns if turn.sampling is not None]
        if not generated:
            return [(None, 0, n_tokens)]
        last = self.named(generated[-1], turns)
        # The last token of a turn was computed only when the next one read it.
        ends = [*(turn.end - 1 for turn in generated[:-1]), n_tokens]
        whose = [
            None if self.named(turn, turns).agreeing(last) >= end else turn
            for turn, end in zip(generated, ends, strict=True)
        ]
        found: list[tuple[KeptTurn | None, int, int]] = []
        for turn, end in zip(whose, ends, strict=True):
            start = found[-1][2] if found else 0
            if found and turn is None and found[-1][0] is None:
                start = found.pop()[1]
            found.append((turn, start, end))
        return found

    async def _source(self, record: ConversationRecord, loaded: Loaded, turn: KeptTurn | None) -> Source:
        """That of a turn that was computed otherwise than the last one; None is the last one's."""
        ids, turns = unpack_ids(record.ids), turns_of(record)
        if turn is not None:
            schedule = await self.of(turn.patches, loaded, written_at(turns, turn.start))
            recipe = Recipe(tuple(ids[: turn.end - 1]), (), schedule)
            return Source(slot(record.id, turn), loaded, ids[: turn.end], recipe, schedule)
        last = last_generated(turns)
        schedule = await self.of(last.patches, loaded, written_at(turns, last.start)) if last else UNCHANGED
        return Source(record.id, loaded, ids, Recipe(tuple(ids[: n_computed(turns)]), (), schedule), schedule)


def slot(id: str, turn: KeptTurn) -> str:
    """The name of the state of a turn that was computed otherwise than the conversation's last one."""
    return f"{id}:{turn.start}"
