"""In-process publish and subscribe for whatever is live.

A topic is `conversation:<id>`, `run:<id>` or `everyone`. A reader has a bounded outbox: when it falls behind,
consecutive tokens of one conversation are merged into one message, and so is the news of one run, and only the newest
status is kept. A publisher never waits. A reader
that is hopelessly behind is cut off (`overrun`) and may come back with `watch`.

Belongs to the event loop's thread; knows nothing of sockets.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple

import numpy as np

from microscope.wire.generation import Tokens
from microscope.wire.line import Changed, ListName, Status
from microscope.wire.models import LoadProgress
from microscope.wire.runs import RunNews
from microscope.wire.unions import ServerMessage

EVERYONE = "everyone"

OVERRUN = 8
"""Times the outbox's bound at which a reader is cut off."""


MAX_POINTS, MAX_LINES = 5_000, 1_000
"""Of one message about a run: the newest ones; all of them are served over HTTP."""


def topic_of(conversation: str) -> str:
    return f"conversation:{conversation}"


def run_topic(run: str) -> str:
    return f"run:{run}"


class Outgoing(NamedTuple):
    """A message, and the arrays that travel with it."""

    message: ServerMessage
    arrays: dict[str, np.ndarray] | None = None


class Subscription:
    """One reader's outbox: `async for outgoing in subscription`. Ends when it is closed or overrun."""

    def __init__(self, hub: Hub, topics: set[str], bound: int) -> None:
        self._hub = hub
        self._topics = topics
        self._bound = bound
        self._outbox: deque[list[Outgoing]] = deque()
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self.overrun = False
        """Was cut off because it did not read."""

    def follow(self, topic: str) -> None:
        """Hear of this topic too."""
        self._hub.attach(self, topic)
        self._topics.add(topic)

    def leave(self, topic: str) -> None:
        self._hub.detach(self, topic)
        self._topics.discard(topic)

    def close(self) -> None:
        """Leave every topic; the iterator ends at once."""
        for topic in tuple(self._topics):
            self.leave(topic)
        self._ended.set()
        self._outbox.clear()
        self._news.set()

    async def ended(self) -> None:
        """Returns when it is closed or overrun: at once, where the iterator's reader may be waiting elsewhere."""
        await self._ended.wait()

    def hear(self, outgoing: Outgoing) -> None:
        """Take a message in; never waits. Called by the hub, and by whoever has something for this reader alone."""
        if self._ended.is_set():
            return
        if len(self._outbox) >= self._bound and self._absorb(outgoing):
            return
        self._outbox.append([outgoing])
        self._news.set()
        if len(self._outbox) > OVERRUN * self._bound:
            self.overrun = True
            self.close()

    def _absorb(self, outgoing: Outgoing) -> bool:
        """Put a message into one that is already waiting, where that loses nothing that a reader needs."""
        match outgoing.message:
            case Tokens():
                for group in reversed(self._outbox):
                    waiting = group[-1]
                    if _continues(waiting, outgoing):
                        group.append(outgoing)
                        return True
                    if _topic_of(waiting.message) == outgoing.message.conversation:
                        return False
                return False
            case RunNews():
                for group in self._outbox:
                    waiting = group[0].message
                    if isinstance(waiting, RunNews) and waiting.row.id == outgoing.message.row.id:
                        group[:] = [Outgoing(joined(waiting, outgoing.message))]
                        return True
                return False
            case Status() | Changed() | LoadProgress():
                for group in self._outbox:
                    if _supersedes(outgoing.message, group[0].message):
                        group[:] = [outgoing]
                        return True
                return False
            case _:
                return False

    def __aiter__(self) -> AsyncIterator[Outgoing]:
        return self

    async def __anext__(self) -> Outgoing:
        while not self._outbox:
            if self._ended.is_set():
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return merged(self._outbox.popleft())


class Hub:
    """Who hears what."""

    def __init__(self, outbox_messages: int) -> None:
        """
        Args:
            outbox_messages: messages waiting for a slow reader before they are merged.
        """
        self._bound = outbox_messages
        self._readers: dict[str, set[Subscription]] = {}

    def subscribe(self, *topics: str) -> Subscription:
        subscription = Subscription(self, set(), self._bound)
        for topic in topics:
            subscription.follow(topic)
        return subscription

    def publish(self, topic: str, outgoing: Outgoing) -> None:
        for reader in tuple(self._readers.get(topic, ())):
            reader.hear(outgoing)

    def followed(self, topic: str) -> bool:
        """Whether anybody hears of it."""
        return topic in self._readers

    def changed(self, what: ListName) -> None:
        """Tell everyone that a list is out of date."""
        self.publish(EVERYONE, Outgoing(Changed(what=what)))

    def attach(self, reader: Subscription, topic: str) -> None:
        self._readers.setdefault(topic, set()).add(reader)

    def detach(self, reader: Subscription, topic: str) -> None:
        readers = self._readers.get(topic, set())
        readers.discard(reader)
        if not readers:
            self._readers.pop(topic, None)


def merged(group: list[Outgoing]) -> Outgoing:
    """Consecutive tokens as one message; a group of one as it is."""
    if len(group) == 1:
        return group[0]
    arrays = [outgoing.arrays for outgoing in group if outgoing.arrays is not None]
    assert len(arrays) == len(group), "tokens travel with arrays"
    return Outgoing(group[0].message, {name: np.concatenate([part[name] for part in arrays]) for name in arrays[0]})


def joined(older: RunNews, newer: RunNews) -> RunNews:
    """Two pieces of news of one run as one: the newest row, and what was measured and said in both."""
    kept = older.points[: max(0, newer.first_point - older.first_point)]
    points = (*kept, *newer.points)[-MAX_POINTS:]
    log = (*older.log, *newer.log)[-MAX_LINES:]
    return RunNews(
        row=newer.row,
        points=points,
        unit=newer.unit or older.unit,
        first_point=newer.first_point + len(newer.points) - len(points),
        log=log,
        first_line=newer.first_line + len(newer.log) - len(log),
        next=newer.next,
    )


def _continues(waiting: Outgoing, outgoing: Outgoing) -> bool:
    """Whether `outgoing` is tokens that follow right behind those of `waiting`, of the same role and kind."""
    first, second = waiting.message, outgoing.message
    return (
        isinstance(first, Tokens)
        and isinstance(second, Tokens)
        and waiting.arrays is not None
        and (first.conversation, first.role, first.lens) == (second.conversation, second.role, second.lens)
        and first.start + len(waiting.arrays["ids"]) == second.start
    )


def _topic_of(message: ServerMessage) -> str | None:
    return getattr(message, "conversation", None)


def _supersedes(newer: Status | Changed | LoadProgress, older: ServerMessage) -> bool:
    match newer:
        case Status():
            return isinstance(older, Status)
        case Changed():
            return older == newer
        case LoadProgress():
            return isinstance(older, LoadProgress) and older.model == newer.model
