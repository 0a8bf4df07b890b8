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

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from microscope.engine.generate import Finished, Reading, Request
from microscope.engine.sampling import Sampling as Draw
from microscope.engine.state import State, common_prefix
from microscope.engine.streams import Token
from microscope.engine.tokenizer import Message
from microscope.errors import Incompatible, Invalid, NotFound, TooLarge, Trouble, Unsupported
from microscope.lab import Lab, Loaded
from microscope.services.hub import Hub, Outgoing, merged, topic_of
from microscope.services.limits import check_context, check_not_empty, check_sampling, check_text
from microscope.services.models import Models
from microscope.services.reading import Source, etag_of, read_grid, read_rows, span_of, where
from microscope.services.states import forked, known, state_for_turn
from microscope.services.turns import (
    KeptTurn,
    Rendered,
    cut,
    generated_end,
    is_open,
    joined,
    messages_of,
    rendered,
    shown,
    spliced,
)
from microscope.store import conversations as kept
from microscope.store.database import ConversationRecord, pack_ids, unpack_ids
from microscope.wire import (
    Branch,
    Conversation,
    ConversationPage,
    ConversationRow,
    EndReason,
    Failed,
    GridQuery,
    LensRows,
    NewConversation,
    Parent,
    ReadLens,
    Role,
    Sampling,
    Tokens,
    TurnEnded,
    TurnStarted,
)

TITLE_CHARS = 60
ID_LETTERS, ID_ALL = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz234567"

REMEMBERED_TURNS = 32
"""Conversations whose newest turn can be told again with its lens, after a drop."""


class _Prompt(NamedTuple):
    """What a turn begins from."""

    ids: list[int]
    turns: list[KeptTurn]
    role: Role
    """Of what will be generated."""

    changed: int
    """The first position that differs from what the conversation held."""


class _Running:
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
        self.began_s = 0.0
        self.held = ExitStack()
        """Keeps the model and the state in memory."""

    def stop(self, reason: EndReason) -> None:
        self.stopping = self.stopping or reason
        if self.loaded is not None and self.stream is not None:
            self.loaded.streams.stop(self.stream)

    def wake(self) -> None:
        """Let everyone who waits for the next token look again."""
        self.grown.set()
        self.grown.clear()


class Conversations:
    """All methods belong to the event loop's thread. Every one that takes an id raises NotFound for an unknown one."""

    def __init__(self, lab: Lab, models: Models, hub: Hub) -> None:
        self._lab = lab
        self._models = models
        self._hub = hub
        self._running: dict[str, _Running] = {}
        self._told: OrderedDict[str, list[Outgoing]] = OrderedDict()
        """Tokens with their lens of the newest turn of a conversation."""

    # ── Nouns ────────────────────────────────────────────────────────────────────────────────────────────

    async def create(self, new: NewConversation) -> Conversation:
        """
        Raises:
            NotFound: no model of that slug is known, or none is loaded.
            Unsupported: `chat` with a model that has no chat template.
            TooLarge: over `max_conversations` or `max_prompt_chars`.
        """
        loaded = await self._models.resident(new.model)
        chat = loaded.model.info.chat
        mode = new.mode or ("chat" if chat else "text")
        if mode == "chat" and not chat:
            raise Unsupported(
                f"{loaded.model.info.name} has no chat template, so it cannot chat.",
                next="Use mode text, or load an instruction-tuned model.",
            )
        self._check_text(new.system)
        self._check_text(new.title)
        prompt = Rendered([], [])
        if new.system.strip():
            message = Message("system", new.system)
            if mode == "chat":
                chat_ids = loaded.model.chat_ids([message], add_generation_prompt=False)
                prompt = rendered(chat_ids, [message], loaded.model.tokenizer)
            else:
                ids = loaded.model.encode(new.system)
                prompt = Rendered(ids, [KeptTurn(role="text", start=0, end=len(ids))])
        record = self._new_record(loaded, mode, new.title, prompt.ids, prompt.turns)
        self._insert(record)
        return self.get(record.id)

    def get(self, id: str) -> Conversation:
        record = self._record(id)
        ids = unpack_ids(record.ids)
        parent = None
        if record.parent is not None and record.parent_position is not None:
            parent = Parent(conversation=record.parent, position=record.parent_position)
        return Conversation(
            id=record.id,
            title=record.title,
            mode="chat" if record.mode == "chat" else "text",
            model=record.model,
            model_name=record.model_name,
            weights_sha256=record.weights_sha256,
            parent=parent,
            created=record.created,
            updated=record.updated,
            turns=shown(_turns(record), len(ids)),
            ids=tuple(ids),
            generating=record.generating,
        )

    def list(self, q: str = "", offset: int = 0, limit: int = 50) -> ConversationPage:
        """Newest first; `q` is looked for in titles, whatever the case."""
        page = kept.page(self._lab.database, q, offset, limit)
        return ConversationPage(items=tuple(_row(record) for record in page.records), total=page.total)

    def rename(self, id: str, title: str) -> Conversation:
        self._record(id)
        check_text(self._lab.settings, title)
        if not _one_line(title):
            raise Invalid("The title is empty; expected 1 to 200 characters.")
        kept.change(self._lab.database, id, title=_one_line(title)[:200])
        self._hub.changed("conversations")
        return self.get(id)

    async def delete(self, id: str) -> None:
        """Stops it and puts it away; `restore` brings it back."""
        self._record(id)
        await self.stop(id)
        kept.change(self._lab.database, id, deleted=time.time())
        self._lab.forget_state(id)
        self._told.pop(id, None)
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
        turns = [KeptTurn.model_validate(turn.model_dump()) for turn in conversation.turns]
        record = ConversationRecord(
            id=_new_id() if found is not None else conversation.id,
            title=_one_line(conversation.title),
            mode=conversation.mode,
            model=model,
            model_name=conversation.model_name,
            weights_sha256=conversation.weights_sha256,
            parent=conversation.parent.conversation if conversation.parent else None,
            parent_position=conversation.parent.position if conversation.parent else None,
            created=conversation.created,
            updated=time.time(),
            turns=_dumped(cut(turns, len(conversation.ids))),
            ids=pack_ids(conversation.ids),
            n_tokens=len(conversation.ids),
        )
        id = record.id
        self._insert(record)
        return id

    # ── Branches ─────────────────────────────────────────────────────────────────────────────────────────

    async def branch(self, id: str, branch: Branch) -> Conversation:
        """A new conversation that shares what is before `branch.position`, its computed state included.

        `token_id` in a typed stretch keeps the typed tokens behind it (edit and rerun); in a generated turn it is the
        last token. `text` is a new user turn with all that the template puts around it, so that `generate` answers it.
        """
        loaded = await self._loaded(self._record(id))
        record = self._record(id)
        ids = unpack_ids(record.ids)
        turns = [turn.model_copy(update={"end": len(ids)}) if is_open(turn) else turn for turn in _turns(record)]
        if branch.position > len(ids):
            raise Invalid(f"Position {branch.position} was asked for; the conversation has {len(ids)} tokens.")
        if branch.text is not None and branch.token_id is not None:
            raise Invalid("Both text and token_id were given; expected one of them, or neither.")
        if branch.text is not None:
            prompt = await self._with_text(loaded, record.mode, ids, turns, branch.position, branch.text)
        elif branch.token_id is not None:
            prompt = _with_token(loaded, ids, turns, branch.position, branch.token_id)
        else:
            prompt = Rendered(ids[: branch.position], cut(turns, branch.position))
        new = self._new_record(loaded, record.mode, record.title, prompt.ids, prompt.turns)
        shared = common_prefix(ids, prompt.ids)
        new.parent, new.parent_position = id, shared
        new_id = new.id
        self._insert(new)
        state = await forked(self._lab, id, loaded, ids, shared)
        if state is not None:
            self._lab.states.put(new_id, state)
        return self.get(new_id)

    async def _with_text(
        self, loaded: Loaded, mode: str, ids: Sequence[int], turns: Sequence[KeptTurn], position: int, text: str
    ) -> Rendered:
        """Another user turn in the place of the one that begins at, covers, or follows `position`."""
        self._check_text(text)
        if mode == "text":
            tail = loaded.model.encode(text, bos=position == 0)
            typed = KeptTurn(role="text", start=position, end=position + len(tail))
            return Rendered([*ids[:position], *tail], [*cut(turns, position), typed])
        at = next((turn.start for turn in turns if turn.role == "user" and turn.end > position), len(ids))
        before = cut(turns, at)
        prompt = await self._rendered(loaded, [*self._messages(loaded, before, ids), Message("user", text)], None)
        return Rendered(prompt.ids, spliced(before, prompt.turns, common_prefix(ids[:at], prompt.ids)))

    # ── Watching ─────────────────────────────────────────────────────────────────────────────────────────

    def watch(self, id: str, from_position: int = 0) -> tuple[Conversation, tuple[Outgoing, ...]]:
        """The conversation as it stands, and the tokens with lens of the newest generated turn from `from_position` on.

        Subscribe to the hub first: what is published from now on follows without a gap; a token may come twice.
        """
        conversation = self.get(id)
        group = [told for told in self._told.get(id, []) if _position(told) >= from_position]
        return conversation, (merged(group),) if group else ()

    # ── Turns ────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, id: str, text: str, sampling: Sampling, thinking: bool | None = None) -> None:
        """Append a user turn (in `text` mode: raw text) and start the answer. Returns when the turn has been started.

        Raises:
            Invalid: empty text, or text with halves of characters.
            TooLarge: over `max_prompt_chars`, `max_new_tokens`, or the model's n_ctx.
            Busy: over `max_streams`.
            Incompatible: it is being generated already; the model's weights are not those it was made with.
        """
        self._check_text(text)
        check_not_empty(text)
        await self._start(id, sampling, text, thinking)

    async def generate(self, id: str, sampling: Sampling) -> None:
        """Go on from the last token; raises as `send` does, and Invalid where there is nothing to go on from."""
        await self._start(id, sampling, None, None)

    async def stop(self, id: str) -> None:
        """End the running turn; returns when it has ended. Does nothing where none runs."""
        self._record(id)
        running = self._running.get(id)
        if running is not None:
            running.stop("stopped")
            await running.ended.wait()

    async def close(self) -> None:
        """Stop every running turn; they end as `interrupted`."""
        running = tuple(self._running.values())
        for one in running:
            one.stop("interrupted")
        for one in running:
            await one.ended.wait()

    async def _start(self, id: str, sampling: Sampling, text: str | None, thinking: bool | None) -> None:
        self._record(id)
        self._check_room(id, sampling)
        self._lab.begin_turn()
        running = self._running[id] = _Running()
        try:
            record = self._record(id)
            loaded = running.loaded = await self._loaded(record)
            running.held.enter_context(self._lab.models.pinned(loaded.slug))
            old, turns = unpack_ids(record.ids), _turns(record)
            if text is None:
                prompt = _continued(record.mode, old, turns)
            else:
                prompt = await self._answered(loaded, record.mode, old, turns, text, thinking)
            loaded.model.check_ids(prompt.ids[: loaded.model.info.n_ctx])
            check_context(loaded.model.info.name, loaded.model.info.n_ctx, len(prompt.ids))
            async with self._lab.lock(id):
                self._open_turn(id, running, loaded, prompt, sampling, text)
        except BaseException:
            self._end(id, running)
            raise

    def _end(self, id: str, running: _Running) -> None:
        """The turn is over, or never began."""
        running.held.close()
        del self._running[id]
        self._lab.end_turn()
        running.ended.set()
        running.grown.set()

    def _open_turn(
        self,
        id: str,
        running: _Running,
        loaded: Loaded,
        prompt: _Prompt,
        sampling: Sampling,
        text: str | None,
    ) -> None:
        """Write the prompt and the open turn down, tell the watchers, and let it run."""
        record = self._record(id, put_away=True)
        reused = known(self._lab, id, loaded, prompt.ids)
        before = self._computed_before(id, _turns(record))
        start = len(prompt.ids)
        turn = KeptTurn(
            role=prompt.role, start=start, end=start, sampling=sampling, recomputed=max(0, min(before, start) - reused)
        )
        running.ids, running.turns = prompt.ids, [*prompt.turns, turn]
        title = record.title or _one_line(text or "")[:TITLE_CHARS]
        self._write(id, running, title=title, generating=True)
        self._told[id] = []
        self._told.move_to_end(id)
        while len(self._told) > REMEMBERED_TURNS:
            self._told.popitem(last=False)
        for typed in prompt.turns:
            if typed.end > prompt.changed:
                self._tell_typed(id, typed.role, max(typed.start, prompt.changed), prompt.ids[: typed.end])
        self._tell(
            id,
            Outgoing(
                TurnStarted(
                    conversation=id,
                    turn=shown([turn], start)[0],
                    reused=reused,
                    computed=start - reused,
                )
            ),
        )
        self._hub.changed("conversations")
        state = state_for_turn(self._lab, id, loaded)
        running.held.enter_context(self._lab.states.pinned(id))
        running.task = asyncio.create_task(self._run(id, running, loaded, state, sampling))

    def _computed_before(self, id: str, turns: Sequence[KeptTurn]) -> int:
        """Positions of this conversation that have been computed at some time."""
        state, recipe = self._lab.states.get(id), self._lab.recipes.get(id)
        if state is not None:
            return len(state)
        return len(recipe.ids) if recipe is not None else max(0, generated_end(turns) - 1)

    async def _run(self, id: str, running: _Running, loaded: Loaded, state: State, sampling: Sampling) -> None:
        """The turn itself: it outlives every socket, and always ends with a reason."""
        request = Request(
            tuple(running.ids),
            Draw(sampling.temperature, sampling.top_p, sampling.top_k, sampling.seed),
            sampling.max_new_tokens,
            loaded.model.end_ids,
        )
        reason: EndReason = "failed"
        running.began_s = time.monotonic()
        try:
            async for event in loaded.streams.generate(state, request):
                match event:
                    case Reading(stream, progress):
                        running.stream = stream
                        if running.stopping:
                            running.stop(running.stopping)
                        if progress.done == progress.of:
                            running.began_s = time.monotonic()
                    case Token():
                        self._take(id, running, event)
                    case Finished(_, ended):
                        reason = (running.stopping or "stopped") if ended == "stopped" else ended
        except Trouble as trouble:
            self._tell(id, Outgoing(Failed(id=None, error=trouble.error, next=trouble.next, status=trouble.status)))
        except Exception as error:  # Whatever broke this stream: the others go on, and its watchers hear of it.
            says = f"Generation broke off: {type(error).__name__}: {error}"
            self._tell(id, Outgoing(Failed(id=None, error=says, next="What was said is kept; try again.", status=500)))
        finally:
            self._close_turn(id, running, reason)

    def _take(self, id: str, running: _Running, token: Token) -> None:
        """One new token: into the database, then to whoever watches."""
        assert token.position == len(running.ids), f"token {token.position} came, expected {len(running.ids)}"
        running.ids.append(token.token_id)
        kept.change(self._lab.database, id, ids=running.ids)
        lens = token.lens
        message = Tokens(conversation=id, start=token.position, role=running.turns[-1].role, lens=True)
        arrays = {
            "ids": np.array([token.token_id], dtype=np.uint32),
            "top_ids": lens.ids.numpy().astype(np.uint32)[None],
            "top_probabilities": lens.probabilities.float().numpy()[None],
            "entropy": lens.entropy.float().numpy()[None],
            "chosen": lens.chosen.float().numpy()[None],
        }
        outgoing = Outgoing(message, arrays)
        self._told.setdefault(id, []).append(outgoing)
        self._tell(id, outgoing)
        running.wake()

    def _close_turn(self, id: str, running: _Running, reason: EndReason) -> None:
        turn = running.turns[-1].model_copy(update={"end": len(running.ids), "reason": reason})
        running.turns[-1] = turn
        # A turn that broke before its first token is told of, and leaves no empty stretch behind.
        if turn.end == turn.start:
            running.turns.pop()
        elapsed_s = max(time.monotonic() - running.began_s, 1e-6)
        ended = TurnEnded(
            conversation=id, turn=shown([turn], turn.end)[0], tokens_per_s=(turn.end - turn.start) / elapsed_s
        )
        try:
            self._write(id, running, generating=False)
        finally:
            self._end(id, running)
            self._tell(id, Outgoing(ended))
            self._hub.changed("conversations")
            self._lab.states.trim()

    # ── Prompts ──────────────────────────────────────────────────────────────────────────────────────────

    async def _answered(
        self,
        loaded: Loaded,
        mode: str,
        old: Sequence[int],
        turns: Sequence[KeptTurn],
        text: str,
        thinking: bool | None,
    ) -> _Prompt:
        """The conversation with a new user turn, up to where the answer begins."""
        if mode == "text":
            tail = await asyncio.to_thread(loaded.model.encode, text, bos=not old)
            typed = KeptTurn(role="text", start=len(old), end=len(old) + len(tail))
            return _Prompt([*old, *tail], [*turns, typed], "text", len(old))
        messages = [*self._messages(loaded, turns, old), Message("user", text)]
        prompt = await self._rendered(loaded, messages, thinking)
        changed = common_prefix(old, prompt.ids)
        return _Prompt(prompt.ids, spliced(turns, prompt.turns, changed), "assistant", changed)

    def _messages(self, loaded: Loaded, turns: Sequence[KeptTurn], ids: Sequence[int]) -> list[Message]:
        return messages_of(turns, ids, loaded.model.tokenizer, loaded.model.end_ids)

    async def _rendered(self, loaded: Loaded, messages: list[Message], thinking: bool | None) -> Rendered:
        """Off the event loop: a hundred thousand characters take a while."""
        chat = await asyncio.to_thread(loaded.model.chat_ids, messages, thinking=thinking)
        return await asyncio.to_thread(rendered, chat, messages, loaded.model.tokenizer)

    # ── Readings ─────────────────────────────────────────────────────────────────────────────────────────

    async def read_lens(self, query: ReadLens) -> LensRows:
        """Exact rows at one position, from the kept residuals.

        Raises:
            Invalid: a position outside of the conversation; both or none of conversation and trace.
            TooLarge: over `max_k`.
        """
        if query.conversation is None or query.trace is not None:
            raise Invalid("Expected exactly one of conversation and trace.")
        id = query.conversation
        source = await self._source(id)
        place = where(source.ids, query.position, query.read)
        await self._until_computed(id, source, place.row + 1 if place else 0)
        async with self._lab.lock(id):
            with self._lab.states.pinned(id):
                return await read_rows(self._lab, await self._source(id), query)

    async def grid(self, id: str, query: GridQuery) -> tuple[bytes, str]:
        """A heat map as a safetensors file (`GridHead` in its metadata), and its etag (unquoted)."""
        source = await self._source(id)
        query = self._bounded(id, query)
        await self._until_computed(id, source, span_of(query, len(source.ids)).end - (query.read == "for"))
        async with self._lab.lock(id):
            with self._lab.states.pinned(id):
                return await read_grid(self._lab, source, query), etag_of(self._lab, source.loaded, source.ids, query)

    async def etag(self, id: str, query: GridQuery) -> str:
        """What `grid` would return as its etag, without computing anything."""
        source = await self._source(id)
        return etag_of(self._lab, source.loaded, source.ids, self._bounded(id, query))

    async def _source(self, id: str) -> Source:
        record = self._record(id)
        return Source(id, await self._loaded(record), unpack_ids(record.ids))

    def _bounded(self, id: str, query: GridQuery) -> GridQuery:
        """While a turn runs, a heat map that names no end stops at what is computed."""
        running = self._running.get(id)
        if running is None or query.end is not None or not running.ids:
            return query
        return query.model_copy(update={"end": max(query.start + 1, len(running.ids) - (query.read == "after"))})

    async def _until_computed(self, id: str, source: Source, needed: int) -> None:
        """A running turn is about to compute its newest positions: wait for them, do not compute them twice."""
        while (running := self._running.get(id)) and known(self._lab, id, source.loaded, source.ids) < needed:
            await running.grown.wait()

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

    def _new_record(
        self, loaded: Loaded, mode: str, title: str, ids: Sequence[int], turns: Sequence[KeptTurn]
    ) -> ConversationRecord:
        now = time.time()
        return ConversationRecord(
            id=_new_id(),
            title=_one_line(title)[:200],
            mode=mode,
            model=loaded.slug,
            model_name=loaded.model.info.name,
            weights_sha256=loaded.model.info.weights_sha256,
            created=now,
            updated=now,
            turns=_dumped(turns),
            ids=pack_ids(list(ids)),
            n_tokens=len(ids),
        )

    def _insert(self, record: ConversationRecord) -> None:
        most = self._lab.settings.max_conversations
        if kept.page(self._lab.database, "", 0, 0).total >= most:
            raise TooLarge(
                f"There are {most} conversations, which is max_conversations.",
                next="Delete some, or set MICROSCOPE_MAX_CONVERSATIONS.",
            )
        kept.put(self._lab.database, record)
        self._hub.changed("conversations")

    def _write(self, id: str, running: _Running, *, generating: bool, title: str | None = None) -> None:
        named = {} if title is None else {"title": title}
        kept.change(
            self._lab.database,
            id,
            ids=running.ids,
            turns=_dumped(running.turns),
            generating=generating,
            updated=time.time(),
            **named,
        )

    # ── Checks and messages ──────────────────────────────────────────────────────────────────────────────

    def _check_text(self, text: str) -> None:
        check_text(self._lab.settings, text)

    def _check_room(self, id: str, sampling: Sampling) -> None:
        if id in self._running:
            raise Incompatible("An answer is being generated in this conversation.", next="Stop it first, or wait.")
        check_sampling(self._lab.settings, sampling)

    def _tell(self, id: str, outgoing: Outgoing) -> None:
        self._hub.publish(topic_of(id), outgoing)

    def _tell_typed(self, id: str, role: Role, start: int, ids: Sequence[int]) -> None:
        """The last stretch of `ids`, from `start` on."""
        message = Tokens(conversation=id, start=start, role=role, lens=False)
        self._tell(id, Outgoing(message, {"ids": np.array(ids[start:], dtype=np.uint32)}))


def _continued(mode: str, ids: list[int], turns: list[KeptTurn]) -> _Prompt:
    """Going on from the last token.

    Raises:
        Invalid: there is none, or it ended its turn.
    """
    if not ids:
        raise Invalid("The conversation is empty; there is nothing to go on from.", next="Send a text first.")
    last = turns[-1] if turns else None
    if mode == "chat" and last is not None and last.reason == "end":
        raise Invalid("The last turn ended by itself.", next="Send a message, or branch at one of its tokens.")
    return _Prompt(ids, turns, "assistant" if mode == "chat" else "text", len(ids))


def _with_token(
    loaded: Loaded, ids: Sequence[int], turns: Sequence[KeptTurn], position: int, token_id: int
) -> Rendered:
    """Another token at one position; typed tokens behind it stay, up to the next generated turn."""
    if token_id >= loaded.model.d_vocab:
        raise Invalid(f"Token {token_id} is outside the vocabulary of {loaded.model.d_vocab}.")
    if position >= len(ids):
        raise Invalid(f"Position {position} has no token to replace; the conversation has {len(ids)}.")
    generated = [turn for turn in turns if turn.sampling is not None and turn.end > position]
    inside = bool(generated) and generated[0].start <= position
    end = position + 1 if inside else generated[0].start if generated else len(ids)
    before = cut(turns, end)
    edited = [turn.model_copy(update={"text": None}) if turn.start <= position < turn.end else turn for turn in before]
    return Rendered([*ids[:position], token_id, *ids[position + 1 : end]], joined(edited))


def _turns(record: ConversationRecord) -> list[KeptTurn]:
    return [KeptTurn.model_validate(turn) for turn in record.turns]


def _dumped(turns: Sequence[KeptTurn]) -> list[dict[str, object]]:
    return [turn.model_dump(mode="json") for turn in turns]


def _row(record: ConversationRecord) -> ConversationRow:
    parent = None
    if record.parent is not None and record.parent_position is not None:
        parent = Parent(conversation=record.parent, position=record.parent_position)
    return ConversationRow(
        id=record.id,
        title=record.title,
        mode="chat" if record.mode == "chat" else "text",
        model=record.model,
        n_tokens=record.n_tokens,
        updated=record.updated,
        parent=parent,
        generating=record.generating,
    )


def _position(outgoing: Outgoing) -> int:
    assert isinstance(outgoing.message, Tokens), "only tokens are told again"
    return outgoing.message.start


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _new_id() -> str:
    """10 base32 letters, the first no digit: an id never reads as a number."""
    return secrets.choice(ID_LETTERS) + "".join(secrets.choice(ID_ALL) for _ in range(9))
