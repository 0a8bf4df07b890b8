"""Turns while they are generated: they belong to the server, outlive every socket, and always end with a reason.

Every token is in the database before it is told. `services.conversations` says what a watcher hears.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack, aclosing

import numpy as np

from microscope.engine.device import Priority
from microscope.engine.edits import Edits, Schedule
from microscope.engine.generate import Finished, Reading, Request, Switched
from microscope.engine.sampling import Sampling as Draw
from microscope.engine.state import Recipe, State
from microscope.engine.streams import Token
from microscope.errors import Incompatible, Trouble
from microscope.lab import Lab, Loaded
from microscope.services.hub import Hub, Outgoing, merged, topic_of
from microscope.services.prompts import Prompt
from microscope.services.records import dumped
from microscope.services.schedules import Schedules, slot
from microscope.services.states import Source, known, remade, state_of
from microscope.services.turns import KeptTurn, last_generated, n_computed, shown
from microscope.store import conversations as kept
from microscope.wire.conversations import EndReason, InForceFrom
from microscope.wire.frames import index_dtype
from microscope.wire.generation import PatchesSwitched, Tokens, TurnEnded, TurnStarted
from microscope.wire.line import Failed

REMEMBERED_TURNS = 32
"""Conversations whose newest turn can be told again with its lens, after a drop."""


class Running:
    """A turn that is being started or generated."""

    def __init__(self) -> None:
        self.stopping: EndReason | None = None
        self.loaded: Loaded | None = None
        self.stream: int | None = None
        """Its number in the engine, once the prompt is being read."""

        self.ids: list[int] = []
        self.turns: list[KeptTurn] = []
        self.task: asyncio.Task[None] | None = None
        self.grown = asyncio.Event()
        """Set and cleared with every token: something more can be read."""

        self.ended = asyncio.Event()
        self.wanted: Edits | None = None
        """Put in force while the prompt was read."""

        self.asked = 0
        """How often other patches were asked for."""

        self.began_s = 0.0
        self.held = ExitStack()
        """Keeps the model and the state in memory."""

    def hold(self, lab: Lab, loaded: Loaded) -> None:
        """The model that generates stays in memory."""
        self.loaded = loaded
        self.held.enter_context(lab.models.pinned(loaded.slug))

    def stop(self, reason: EndReason) -> None:
        self.stopping = self.stopping or reason
        if self.loaded is not None and self.stream is not None:
            self.loaded.streams.stop(self.stream)

    def switch(self, edits: Edits) -> None:
        """Other edits from the next token on; at the first one where the prompt is still read."""
        self.wanted = edits
        if self.loaded is not None and self.stream is not None:
            self.loaded.streams.switch(self.stream, edits)
            self.wanted = None

    def wake(self) -> None:
        """Let everyone who waits for the next token look again."""
        self.grown.set()
        self.grown.clear()


class Generation:
    """All running turns, by conversation. Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, hub: Hub, schedules: Schedules) -> None:
        self._lab = lab
        self._hub = hub
        self._schedules = schedules
        self._running: dict[str, Running] = {}
        self._told: OrderedDict[str, list[Outgoing]] = OrderedDict()
        """Tokens with their lens of the newest turn of a conversation."""

    def get(self, id: str) -> Running | None:
        return self._running.get(id)

    def reserve(self, id: str) -> Running:
        """The conversation's only turn from now on; `open` or `abandon` it.

        Raises:
            Incompatible: it is being generated already.
            Busy: over `max_streams`.
        """
        if id in self._running:
            raise Incompatible("An answer is being generated in this conversation.", next="Stop it first, or wait.")
        self._lab.begin_turn()
        self._running[id] = Running()
        return self._running[id]

    def abandon(self, id: str, running: Running) -> None:
        """The turn is over, or never began."""
        running.held.close()
        del self._running[id]
        self._lab.end_turn()
        running.ended.set()
        running.grown.set()

    async def stop(self, id: str) -> None:
        """End the running turn; returns when it has ended."""
        if running := self._running.get(id):
            running.stop("stopped")
            await running.ended.wait()

    async def close(self) -> None:
        """Stop every running turn; they end as `interrupted`."""
        running = tuple(self._running.values())
        for one in running:
            one.stop("interrupted")
        for one in running:
            await one.ended.wait()

    def told(self, id: str, from_position: int) -> tuple[Outgoing, ...]:
        """The newest turn's tokens from this position on, as one message."""
        group = [outgoing for outgoing in self._told.get(id, []) if _position(outgoing) >= from_position]
        return (merged(group),) if group else ()

    def forget(self, id: str) -> None:
        self._told.pop(id, None)

    def open(
        self,
        id: str,
        running: Running,
        loaded: Loaded,
        prompt: Prompt,
        turn: KeptTurn,
        schedule: Schedule,
        before: Sequence[KeptTurn],
        title: str,
    ) -> None:
        """Write prompt and open turn down, tell the watchers, and let it run; the caller holds the state's lock.

        Args:
            turn: as it begins.
            schedule: the turn's, compiled.
            before: the turns that the conversation had.
        """
        # What a template rewrites has been computed of another text, and other patches compute other numbers.
        last = last_generated(before)
        same = self._schedules.named(last, before).agreeing(schedule) if last else 0
        agreeing = prompt.ids[: min(prompt.changed, n_computed(before), same)]
        source = Source(id, loaded, tuple(prompt.ids), Recipe(tuple(agreeing), (), schedule), schedule)
        computed_before = self._computed_before(id, before)
        if last is not None and same < last.end - 1:
            self._lab.rename_state(id, slot(id, last))
        reused, start = known(self._lab, source), turn.start
        recomputed = max(0, min(computed_before, start) - reused)
        turn = turn.model_copy(update={"recomputed": recomputed})
        running.ids, running.turns = prompt.ids, [*prompt.turns, turn]
        self._write(id, running, generating=True, title=title)
        self._begin_telling(id)
        for typed in prompt.turns:
            if typed.end > prompt.changed:
                begin = max(typed.start, prompt.changed)
                ids = np.array(prompt.ids[begin : typed.end], dtype=index_dtype(loaded.model.d_vocab))
                self._tell(
                    id, Outgoing(Tokens(conversation=id, start=begin, role=typed.role, lens=False), {"ids": ids})
                )
        message = TurnStarted(conversation=id, turn=shown([turn], start)[0], reused=reused, computed=start - reused)
        self._tell(id, Outgoing(message))
        self._hub.changed("conversations")
        running.held.enter_context(self._lab.states.pinned(id))
        state = state_of(self._lab, source)
        running.task = asyncio.create_task(self._run(running, source, state, turn))

    def _computed_before(self, id: str, turns: Sequence[KeptTurn]) -> int:
        """Positions of this conversation that have been computed at some time."""
        state, recipe = self._lab.states.get(id), self._lab.recipes.get(id)
        if recipe is not None:
            return len(recipe.ids)
        return len(state) if state is not None else n_computed(turns)

    async def _run(self, running: Running, source: Source, state: State, turn: KeptTurn) -> None:
        id, loaded, sampling = source.key, source.loaded, turn.sampling
        assert sampling is not None, "a turn that is generated says how"
        draw = Draw(sampling.temperature, sampling.top_p, sampling.top_k, sampling.seed)
        request = Request(tuple(source.ids), draw, sampling.max_new_tokens, loaded.model.end_ids, source.schedule)
        reason: EndReason = "failed"
        running.began_s = time.monotonic()
        try:
            async with aclosing(remade(self._lab, source, state, Priority.TOKEN)) as passes:
                async for _ in passes:
                    running.wake()
                    if running.stopping:
                        reason = running.stopping
                        return
            async for event in loaded.streams.generate(state, request):
                self._lab.states.trim()
                match event:
                    case Reading(stream, progress):
                        running.stream = stream
                        if running.stopping:
                            running.stop(running.stopping)
                        if running.wanted is not None:
                            running.switch(running.wanted)
                        if progress.done == progress.of:
                            running.began_s = time.monotonic()
                    case Token():
                        self._take(id, running, event, loaded.model.d_vocab)
                    case Switched(_, position, edits):
                        self._switched(id, running, InForceFrom(start=position, set=edits.set or None))
                    case Finished(_, ended):
                        reason = (running.stopping or "stopped") if ended == "stopped" else ended
        except asyncio.CancelledError:
            reason = "interrupted"
            raise
        except Trouble as trouble:
            self._tell(id, Outgoing(Failed(id=None, error=trouble.error, next=trouble.next, status=trouble.status)))
        except Exception as error:  # Whatever broke this stream: the others go on, and its watchers hear of it.
            says = f"Generation broke off: {type(error).__name__}: {error}"
            self._tell(id, Outgoing(Failed(id=None, error=says, next="What was said is kept; try again.", status=500)))
        finally:
            self._close_turn(id, running, reason)

    def _take(self, id: str, running: Running, token: Token, d_vocab: int) -> None:
        """One new token: into the database, then to whoever watches."""
        assert token.position == len(running.ids), f"token {token.position} came, expected {len(running.ids)}"
        running.ids.append(token.token_id)
        kept.change(self._lab.database, id, ids=running.ids)
        lens = token.lens
        message = Tokens(conversation=id, start=token.position, role=running.turns[-1].role, lens=True)
        id_dtype = index_dtype(d_vocab)
        arrays = {
            "ids": np.array([token.token_id], dtype=id_dtype),
            "top_ids": lens.ids.numpy().astype(id_dtype)[None],
            "top_probabilities": lens.probabilities.float().numpy()[None],
            "entropy": lens.entropy.float().numpy()[None],
            "chosen": lens.chosen.float().numpy()[None],
        }
        outgoing = Outgoing(message, arrays)
        self._told.setdefault(id, []).append(outgoing)
        self._tell(id, outgoing)
        running.wake()

    def _switched(self, id: str, running: Running, now: InForceFrom) -> None:
        """Other patches are in force: into the database, then to whoever watches."""
        turn = running.turns[-1]
        before = turn.patches[-1].set if turn.patches else None
        if now.set == before:
            return
        running.turns[-1] = turn.model_copy(update={"patches": (*turn.patches, now)})
        kept.change(self._lab.database, id, turns=dumped(running.turns))
        self._tell(id, Outgoing(PatchesSwitched(conversation=id, start=now.start, set=now.set)))

    def _close_turn(self, id: str, running: Running, reason: EndReason) -> None:
        turn = running.turns.pop().model_copy(update={"end": len(running.ids), "reason": reason})
        # A turn that broke before its first token is told of, and leaves no empty stretch behind.
        if turn.end > turn.start:
            running.turns.append(turn)
        tokens_per_s = (turn.end - turn.start) / max(time.monotonic() - running.began_s, 1e-6)
        try:
            self._write(id, running, generating=False)
        finally:
            self.abandon(id, running)
            ended = TurnEnded(conversation=id, turn=shown([turn], turn.end)[0], tokens_per_s=tokens_per_s)
            self._tell(id, Outgoing(ended))
            self._hub.changed("conversations")
            self._lab.states.trim()

    def _write(self, id: str, running: Running, *, generating: bool, title: str | None = None) -> None:
        named = {} if title is None else {"title": title}
        turns = dumped(running.turns)
        now = time.time()
        kept.change(self._lab.database, id, ids=running.ids, turns=turns, generating=generating, updated=now, **named)

    def _begin_telling(self, id: str) -> None:
        self._told[id] = []
        self._told.move_to_end(id)
        while len(self._told) > REMEMBERED_TURNS:
            self._told.popitem(last=False)

    def _tell(self, id: str, outgoing: Outgoing) -> None:
        self._hub.publish(topic_of(id), outgoing)


def _position(outgoing: Outgoing) -> int:
    assert isinstance(outgoing.message, Tokens), "only tokens are told again"
    return outgoing.message.start
