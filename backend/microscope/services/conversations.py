"""Conversations: the ids are the truth, turns say who wrote which of them.

Generation belongs to the server and not to a socket: a turn goes on when every tab is closed. Every token is in the
database before it is published. What a watcher hears, in order, on the hub's topic `conversation:<id>`:

    tokens         (lens = false) one for each stretch of typed and template tokens. A `start` below what is known
                   means that the template rewrote what was there: ids and turns from `start` on are replaced.
    turn_started   for generated turns only; `reused` and `computed` say what the prompt cost
    tokens …       (lens = true)
    failed         (id = null) before turn_ended, where an error ended the turn
    turn_ended
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from microscope.engine.state import common_prefix
from microscope.errors import Incompatible, Invalid, NotFound, TooLarge, Unsupported
from microscope.lab import Lab, Loaded
from microscope.services.generation import Generation
from microscope.services.hub import Hub, Outgoing
from microscope.services.limits import check_context, check_not_empty, check_sampling, check_text
from microscope.services.models import Models
from microscope.services.prompts import answered, continued, of_system, with_text, with_token
from microscope.services.reading import GridPart, check_grid, etag_of, grid_file, places_of, read_part, read_rows, where
from microscope.services.records import (
    TITLE_CHARS,
    conversation_of,
    imported,
    new_id,
    new_record,
    one_line,
    row_of,
    turns_of,
)
from microscope.services.schedules import Piece, Schedules, slot
from microscope.services.states import Source, branched, held, known
from microscope.services.turns import KeptTurn, Rendered, cut, is_open, written_at
from microscope.store import conversations as kept
from microscope.store.database import ConversationRecord, unpack_ids
from microscope.wire.conversations import Branch, Conversation, ConversationPage, InForceFrom, NewConversation, Sampling
from microscope.wire.lenses import GridQuery, LensRows, ReadLens

FIRST_TITLE_CHARS = 60
"""Of the first text, which names a conversation that has no title."""


class Conversations:
    """All methods belong to the event loop's thread. Every one that takes an id raises NotFound for an unknown one."""

    def __init__(self, lab: Lab, models: Models, hub: Hub, schedules: Schedules) -> None:
        self._lab = lab
        self._models = models
        self._hub = hub
        self._schedules = schedules
        self._generation = Generation(lab, hub, schedules)

    # ── Nouns ────────────────────────────────────────────────────────────────────────────────────────────

    async def create(self, new: NewConversation) -> Conversation:
        """
        Raises:
            NotFound: no model of that slug is known, or none is loaded.
            Unsupported: `chat` with a model that has no chat template.
            TooLarge: over `max_conversations` or `max_prompt_chars`; a title over 200 characters.
        """
        check_text(self._lab.settings, new.system)
        check_text(self._lab.settings, new.title)
        _check_title(new.title)
        loaded = await self._models.resident(new.model)
        chat = loaded.model.info.chat
        mode = new.mode or ("chat" if chat else "text")
        if mode == "chat" and not chat:
            raise Unsupported(
                f"{loaded.model.info.name} has no chat template, so it cannot chat.",
                next="Use mode text, or load an instruction-tuned model.",
            )
        return self.get(self._insert(new_record(loaded, mode, new.title, of_system(loaded, mode, new.system))))

    def get(self, id: str) -> Conversation:
        return conversation_of(self._record(id))

    def list(self, q: str = "", offset: int = 0, limit: int = 50) -> ConversationPage:
        """Newest first; `q` is looked for in titles, whatever the case."""
        page = kept.page(self._lab.database, one_line(q), offset, limit)
        return ConversationPage(items=tuple(row_of(record) for record in page.records), total=page.total)

    def rename(self, id: str, title: str) -> Conversation:
        """
        Raises:
            Invalid: an empty title.
            TooLarge: a title over 200 characters.
        """
        self._record(id)
        check_text(self._lab.settings, title)
        _check_title(title)
        if not one_line(title):
            raise Invalid(f"The title is empty; expected 1 to {TITLE_CHARS} characters.", next="Type one.")
        kept.change(self._lab.database, id, title=one_line(title))
        self._hub.changed("conversations")
        return self.get(id)

    async def delete(self, id: str) -> None:
        """Stops it and puts it away; `restore` brings it back."""
        await self.stop(id)
        kept.change(self._lab.database, id, deleted=time.time())
        for turn in turns_of(self._record(id, put_away=True)):
            self._lab.forget_state(slot(id, turn))
        self._lab.forget_state(id)
        self._generation.forget(id)
        self._hub.changed("conversations")

    def restore(self, id: str) -> Conversation:
        self._record(id, put_away=True)
        kept.change(self._lab.database, id, deleted=None)
        self._hub.changed("conversations")
        return self.get(id)

    def add(self, conversation: Conversation, model: str) -> str:
        """Keep a conversation that was exported elsewhere; returns its id, a new one where its own is taken by another.

        Raises:
            TooLarge: over `max_conversations`.
        """
        found = kept.find(self._lab.database, conversation.id)
        if found is not None and unpack_ids(found.ids) == list(conversation.ids):
            if found.deleted is not None:
                self.restore(found.id)
            return found.id
        return self._insert(imported(conversation, new_id() if found is not None else conversation.id, model))

    async def branch(self, id: str, branch: Branch) -> Conversation:
        """A new conversation that shares what is before `branch.position`, its computed state included.

        `token_id` in a typed stretch keeps the typed tokens behind it (edit and rerun); in a generated turn it is the
        last token. `text` is a new user turn with all that the template puts around it, so that `generate` answers it.

        Raises:
            Invalid: a position or token that is not there; both token_id and text.
        """
        loaded = await self._loaded(self._record(id))
        with self._lab.models.pinned(loaded.slug):
            record = self._record(id)
            prompt = await self._branched(loaded, record, branch)
            ids = unpack_ids(record.ids)
            shared = common_prefix(ids, prompt.ids)
            new = new_record(loaded, record.mode, record.title, prompt)
            new.parent, new.parent_position = id, shared
            new_id = self._insert(new)
            for piece in await self._schedules.pieces(record, loaded, range(max(0, shared - 1), shared)):
                await branched(self._lab, piece.source, new_id, shared)
        return self.get(new_id)

    async def _branched(self, loaded: Loaded, record: ConversationRecord, branch: Branch) -> Rendered:
        ids = unpack_ids(record.ids)
        turns = [turn.model_copy(update={"end": len(ids)}) if is_open(turn) else turn for turn in turns_of(record)]
        if branch.position > len(ids):
            raise Invalid(
                f"Position {branch.position} was asked for; the conversation has {len(ids)} tokens.",
                next=f"Branch at a position from 0 to {len(ids)}.",
            )
        match branch.text, branch.token_id:
            case None, None:
                return Rendered(ids[: branch.position], cut(turns, branch.position))
            case None, int(token_id):
                return with_token(loaded, ids, turns, branch.position, token_id)
            case str(text), None:
                check_text(self._lab.settings, text)
                check_not_empty(text)
                return await with_text(loaded, record.mode, ids, turns, branch.position, text, branch.thinking)
            case _:
                raise Invalid(
                    "Both text and token_id were given; expected one of them, or neither.",
                    next="Leave one of them out.",
                )

    # ── Turns ────────────────────────────────────────────────────────────────────────────────────────────

    def watch(self, id: str, from_position: int = 0) -> tuple[Conversation, tuple[Outgoing, ...]]:
        """The conversation as it stands, and the tokens with lens of the newest generated turn from `from_position` on.

        Subscribe to the hub first: what is published from now on follows without a gap; a token may come twice.
        """
        return self.get(id), self._generation.told(id, from_position)

    async def send(
        self, id: str, text: str, sampling: Sampling, thinking: bool | None = None, patches: str | None = None
    ) -> None:
        """Append a user turn (in `text` mode: raw text) and start the answer. Returns when the turn has been started.

        Args:
            patches: hash of the set that is in force, at all that stands before the answer, too.

        Raises:
            NotFound: no such set, or what it reads is not here.
            Invalid: empty text, or text with halves of characters.
            TooLarge: over `max_prompt_chars`, `max_new_tokens`, or the model's n_ctx.
            Busy: over `max_streams`.
            Incompatible: it is being generated already; the model's weights are not those it was made with.
        """
        check_text(self._lab.settings, text)
        check_not_empty(text)
        await self._start(id, sampling, text, thinking, patches)

    async def generate(self, id: str, sampling: Sampling, patches: str | None = None) -> None:
        """Go on from the last token; raises as `send` does, and Invalid where there is nothing to go on from."""
        await self._start(id, sampling, None, None, patches)

    async def switch_patches(self, id: str, patches: str | None) -> None:
        """Put other patches in force in the running turn, from its next token on; watchers hear where. Does nothing
        where no turn runs.

        Raises:
            NotFound, Incompatible, Unsupported: a set that is not here, or does not fit the model.
        """
        self._record(id)
        running = self._generation.get(id)
        if running is None or running.loaded is None or not running.turns:
            return
        running.asked += 1
        asked = running.asked
        edits = await self._schedules.edits(patches, running.loaded, written_at(running.turns, running.turns[-1].start))
        if running.asked == asked:  # A newer wish may have been compiled sooner.
            running.switch(edits)

    async def stop(self, id: str) -> None:
        """End the running turn; returns when it has ended. Does nothing where none runs."""
        self._record(id)
        await self._generation.stop(id)

    async def close(self) -> None:
        """Stop every running turn; they end as `interrupted`."""
        await self._generation.close()

    async def _start(
        self, id: str, sampling: Sampling, text: str | None, thinking: bool | None, patches: str | None
    ) -> None:
        self._record(id)
        check_sampling(self._lab.settings, sampling)
        running = self._generation.reserve(id)
        try:
            record = self._record(id)
            loaded = await self._loaded(record)
            running.hold(self._lab, loaded)
            ids, turns = unpack_ids(record.ids), turns_of(record)
            if text is None:
                prompt = continued(record.mode, ids, turns)
            else:
                prompt = await answered(loaded, record.mode, ids, turns, text, thinking)
            info = loaded.model.info
            loaded.model.check_ids(prompt.ids[: info.n_ctx])
            check_context(info.name, info.n_ctx, len(prompt.ids))
            beginning = (InForceFrom(start=0, set=patches),) if patches else ()
            schedule = await self._schedules.of(beginning, loaded, written_at(prompt.turns, len(prompt.ids)))
            turn = KeptTurn(
                role=prompt.role, start=len(prompt.ids), end=len(prompt.ids), sampling=sampling, patches=beginning
            )
            async with self._lab.lock(id):
                title = self._record(id).title or one_line(text or "")[:FIRST_TITLE_CHARS]
                self._generation.open(id, running, loaded, prompt, turn, schedule, turns, title)
        except BaseException:
            self._generation.abandon(id, running)
            raise

    # ── Readings ─────────────────────────────────────────────────────────────────────────────────────────

    async def read_lens(self, query: ReadLens) -> LensRows:
        """Exact rows at one position, from the kept residuals.

        Raises:
            Invalid: a position outside of the conversation; both or none of conversation and trace.
            TooLarge: over `max_k`.
        """
        if query.conversation is None or query.trace is not None:
            raise Invalid("Expected exactly one of conversation and trace.", next="Send one, leave the other out.")
        id = query.conversation

        def needed(ids: Sequence[int]) -> int:
            place = where(ids, query.position, query.read)
            return place.row + 1 if place else 0

        async with self.settled(id, needed) as source:
            return await read_rows(self._lab, source, query)

    async def grid(self, id: str, query: GridQuery) -> tuple[bytes, str]:
        """A heat map as a safetensors file (`GridHead` in its metadata), and its etag (unquoted)."""
        query = self._bounded(id, query)
        ids, loaded, pieces = await self._read_of(id, query)
        check_grid(self._lab.settings, loaded, ids, query)
        etag = etag_of(self._lab, loaded, ids, query, pieces)
        places = places_of(ids, query)
        parts: list[GridPart] = []
        for piece in pieces:
            here = [place for place in places if place and piece.start <= place.row < piece.end]
            async with self.settled(id, lambda _, end=piece.end: end) as source:
                parts.append(await read_part(self._lab, source, query, here))
        return grid_file(loaded, ids, query, parts), etag

    async def etag(self, id: str, query: GridQuery) -> str:
        """What `grid` would return as its etag, without computing anything."""
        query = self._bounded(id, query)
        ids, loaded, pieces = await self._read_of(id, query)
        return etag_of(self._lab, loaded, ids, query, pieces)

    async def _read_of(self, id: str, query: GridQuery) -> tuple[list[int], Loaded, list[Piece]]:
        """The text, its model, and what computed the positions that a heat map reads."""
        record = self._record(id)
        loaded = await self._loaded(record)
        ids = unpack_ids(record.ids)
        rows = [place.row for place in places_of(ids, query) if place]
        with self._lab.models.pinned(loaded.slug):
            read = range(rows[0], rows[-1] + 1) if rows else range(0)
            return ids, loaded, await self._schedules.pieces(record, loaded, read)

    def stretches(self, id: str) -> list[range]:
        """Positions that were computed together, in order; one stretch but where turns had other patches."""
        return self._schedules.stretches(self._record(id))

    def _bounded(self, id: str, query: GridQuery) -> GridQuery:
        """While a turn runs, a heat map that names no end stops at what is computed."""
        running = self._generation.get(id)
        if running is None or query.end is not None or not running.ids:
            return query
        return query.model_copy(update={"end": max(query.start + 1, len(running.ids) - (query.read == "after"))})

    @asynccontextmanager
    async def settled(self, id: str, needed: Callable[[Sequence[int]], int]) -> AsyncGenerator[Source]:
        """The text, `held`, as the last of the positions that are needed was computed, and once a running turn has done
        so.

        A running turn owns its state: it is waited for, since nobody else may make that state grow.
        """
        while True:
            record = self._record(id)
            loaded = await self._loaded(record)
            with self._lab.models.pinned(loaded.slug):
                rows = needed(unpack_ids(record.ids))
                source = await self._schedules.source(record, loaded, rows - 1)
            running = self._generation.get(id)
            if running is not None and source.key == id and known(self._lab, source) < rows:
                await running.grown.wait()
                continue
            async with held(self._lab, source):
                # A turn may have begun while this waited for the lock.
                if self._generation.get(id) is not running:
                    continue
                yield source
                return

    # ── Records ──────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, id: str, *, put_away: bool = False) -> ConversationRecord:
        record = kept.find(self._lab.database, id)
        if record is None or (record.deleted is not None and not put_away):
            raise NotFound(
                f"There is no conversation {id!r} here.",
                next="A link opens only on the server that made it: ask for an exported bundle and import it.",
            )
        return record

    async def _loaded(self, record: ConversationRecord) -> Loaded:
        """The model that the conversation was made with.

        Raises:
            Incompatible: the name now stands for other weights.
        """
        loaded = await self._models.resident(record.model)
        now = loaded.model.info.weights_sha256
        if now != record.weights_sha256:
            raise Incompatible(
                f"This conversation was made with weights {record.weights_sha256[:12]} of {record.model_name}; "
                f"what is loaded under that name has weights {now[:12]}.",
                next="Load the weights that it was made with, or start a new conversation.",
            )
        return loaded

    def _insert(self, record: ConversationRecord) -> str:
        """Keep it; returns its id."""
        most = self._lab.settings.max_conversations
        if kept.page(self._lab.database, "", 0, 0).total >= most:
            raise TooLarge(
                f"There are {most} conversations, which is max_conversations.",
                next="Delete some, or set MICROSCOPE_MAX_CONVERSATIONS.",
            )
        id = record.id
        kept.put(self._lab.database, record)
        self._hub.changed("conversations")
        return id


def _check_title(title: str) -> None:
    """
    Raises:
        TooLarge: over 200 characters.
    """
    if len(title) > TITLE_CHARS:
        raise TooLarge(f"The title has {len(title)} characters; at most {TITLE_CHARS} fit.", next="Shorten it.")
