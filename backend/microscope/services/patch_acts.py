"""At which tokens of a conversation patches acted, as the passes had it that computed them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from jaxtyping import Bool
from torch import Tensor

from microscope.core.patches.base import Member
from microscope.core.patches.scope import Everywhere, WhereFires, Written
from microscope.engine.device import Priority
from microscope.engine.state import State
from microscope.lab import Lab
from microscope.services.conversations import Conversations
from microscope.services.states import Source, computed_to, known
from microscope.store.patches import kept_set
from microscope.wire.patch_acts import Acted, MemberActed

_Found = dict[tuple[str, int], list[tuple[int, int]]]
"""Spans by set and place in it."""


class PatchActs:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, conversations: Conversations) -> None:
        self._lab, self._conversations = lab, conversations

    async def of_conversation(self, id: str) -> Acted:
        """
        Raises:
            NotFound: no such conversation, or a set of its turns is not here, or what that reads.
            Incompatible: its model has other weights now.
        """
        found: _Found = {}
        stretches = self._conversations.stretches(id)
        end = 0
        for stretch in stretches:
            async with self._conversations.settled(id, lambda _, row=stretch.start: row + 1) as source:
                # What a stopped turn said last has not been read yet, and while a turn runs its state is its own.
                end = known(self._lab, source) or len(source.ids) if stretch is stretches[-1] else stretch.stop
                await self._stretch(source, stretch.start, end, found)
        acted = [MemberActed(set=set, member=member, spans=tuple(spans)) for (set, member), spans in found.items()]
        return Acted(end=end, members=tuple(acted))

    async def _stretch(self, source: Source, first: int, end: int, found: _Found) -> None:
        """What acted at positions that were computed together."""
        for start, stop, edits in source.schedule.within(first, end):
            members = kept_set(self._lab.objects, edits.set) if edits.set else ()
            state: State | None = None
            if any(isinstance(one.scope, WhereFires) and one.strength for one in members):
                state, _ = await computed_to(self._lab, source, end)
            for number, member in enumerate(members):
                if isinstance(member.scope, Everywhere) or not member.strength:
                    continue
                here = await self._acts(member, state, edits.written, end)
                found.setdefault((edits.set, number), []).extend(_spans(here, start, stop))

    async def _acts(self, member: Member, state: State | None, written: Written, end: int) -> Bool[Tensor, " position"]:
        scope = member.scope
        if state is not None and isinstance(scope, WhereFires):
            return await self._lab.device.do(Priority.CLICK, lambda: state.opened(scope)[:end])
        return scope.covers(torch.arange(end), written)


def _spans(here: Bool[Tensor, " position"], start: int, stop: int) -> Iterator[tuple[int, int]]:
    edges = (here[start + 1 : stop] != here[start : stop - 1]).nonzero()[:, 0].add(start + 1).tolist()
    return ((one, other) for one, other in pairwise([start, *edges, stop]) if here[one])
