"""Texts that are run once and can be looked at for ever, each named by the hash of its content."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import NamedTuple

from pydantic import JsonValue, TypeAdapter

from microscope.core.patches.scope import Written, written_in
from microscope.engine.edits import Schedule
from microscope.engine.state import in_chunks
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.lab import Lab, Loaded
from microscope.services.given import encoded
from microscope.services.models import Models
from microscope.services.patch_sets import PatchSets
from microscope.services.reading import etag_of, read_grid, read_rows
from microscope.services.records import turns_of
from microscope.services.schedules import Piece, Schedules
from microscope.services.states import Source, computed_to, held
from microscope.services.turns import last_generated, writer_of
from microscope.store.conversations import find
from microscope.store.database import unpack_ids
from microscope.store.objects import Objects
from microscope.wire.base import Wire
from microscope.wire.conversations import InForceFrom, Role, Turn
from microscope.wire.lenses import GridQuery, LensRows, ReadLens
from microscope.wire.traces import NewTrace, Trace, TraceRow

KIND = "traces"

TITLE_TOKENS = 16
"""Of a trace in a list."""


class Content(Wire):
    """What a trace's name is the hash of: the same wherever the weights lie."""

    weights_sha256: str
    ids: tuple[int, ...]
    roles: tuple[Role, ...]
    patches: str | None = None
    schedule: tuple[InForceFrom, ...] | None = None

    @property
    def named(self) -> dict[str, JsonValue]:
        """What is hashed: without patches as it was before there were any."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value is not None}

    @property
    def in_force(self) -> tuple[InForceFrom, ...]:
        """By position."""
        one = (InForceFrom(start=0, set=self.patches),) if self.patches else ()
        return self.schedule or one


class _Asked(NamedTuple):
    """What is run."""

    ids: Sequence[int]
    roles: Sequence[Role]
    patches: str | None = None
    schedule: tuple[InForceFrom, ...] | None = None


class _Kept(Content):
    model_name: str


_KEPT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


class Traces:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models, sets: PatchSets) -> None:
        self._lab = lab
        self._models = models
        self._sets = sets

    async def create(self, new: NewTrace) -> Trace:
        """Run a text, ids, or those of a conversation or of another trace, and keep it.

        Special tokens spelled out in a text are special tokens here: the whole text is the asker's own.

        Raises:
            Invalid: not exactly one of text, ids, conversation and trace; empty; ids outside of the vocabulary.
            NotFound, Incompatible: no such conversation or trace, or its weights are not here.
            TooLarge: over `max_prompt_chars` or the model's n_ctx.
        """
        given = [name for name in ("text", "ids", "conversation", "trace") if getattr(new, name) is not None]
        if len(given) != 1:
            raise Invalid(
                f"Expected exactly one of text, ids, conversation and trace; got {', '.join(given) or 'none'}.",
                next="Give one of them and leave the others out.",
            )
        if new.conversation is not None:
            slug, said = self._of_conversation(new.conversation)
            asked = _Asked(said.ids, said.roles, new.patches) if "patches" in new.model_fields_set else said
            return await self._run(await self._models.resident(slug), asked)
        if new.trace is not None:
            other = self.get(new.trace)
            return await self._run(await self._loaded(other), _Asked(other.ids, other.roles, new.patches))
        loaded = await self._models.resident(new.model)
        with self._lab.models.pinned(loaded.slug):
            text, settings = new.text, self._lab.settings
            ids = list(new.ids or ()) if text is None else await encoded(settings, loaded.model, text)
            return await self._run(loaded, _Asked(ids, ("text",) * len(ids), new.patches))

    async def _run(self, loaded: Loaded, asked: _Asked) -> Trace:
        loaded.model.check_ids(asked.ids)
        info = loaded.model.info
        content = Content(
            weights_sha256=info.weights_sha256,
            ids=tuple(asked.ids),
            roles=tuple(asked.roles),
            patches=asked.patches,
            schedule=asked.schedule,
        )
        with self._lab.models.pinned(loaded.slug):
            schedule = await self._schedule(content, loaded)
            hash = self.keep(content, info.name)
            source = _of(hash, loaded, asked.ids, schedule)
            async with held(self._lab, source):
                await computed_to(self._lab, source, len(asked.ids))
        return self.get(hash)

    async def _schedule(self, content: Content, loaded: Loaded) -> Schedule:
        return await Schedules(self._sets).of(content.in_force, loaded, written_by(content.roles))

    def keep(self, content: Content, model_name: str) -> str:
        """Write it down without running it; returns its name."""
        return self._lab.objects.put(KIND, content.named, {"model_name": model_name})

    def get(self, hash: str) -> Trace:
        """
        Raises:
            NotFound: no such trace is kept here.
        """
        content = _KEPT.validate_python(self._lab.objects.get(KIND, hash))
        record = self._models.record(content.weights_sha256, content.model_name)
        slug = record.slug if record else ""
        loaded = self._lab.models.get(slug) if slug else None
        state = self._lab.states.get(_key(hash))
        resident = loaded is not None and state is not None and state.model is loaded.model
        return Trace(hash=hash, model=slug, resident=resident, **content.model_dump())

    def list(self, model: str, limit: int) -> tuple[TraceRow, ...]:
        """
        Args:
            model: slug.
            limit: of traces returned.

        Returns:
            The model's traces, the last kept first.
        """
        kept = (self.get(hash) for hash in self._lab.objects.names(KIND))
        return tuple(row_of(trace) for trace in islice((trace for trace in kept if trace.model == model), limit))

    async def read_lens(self, query: ReadLens) -> LensRows:
        """As for conversations; `rebuilt` where its residuals had been evicted.

        Raises:
            Invalid: a position outside of the trace; both or none of conversation and trace.
            TooLarge: over `max_k`.
        """
        if query.trace is None or query.conversation is not None:
            raise Invalid("Expected exactly one of conversation and trace.", next="Send one, leave the other out.")
        source = await self._source(query.trace)
        async with held(self._lab, source):
            return await read_rows(self._lab, source, query)

    async def grid(self, hash: str, query: GridQuery) -> tuple[bytes, str]:
        """A heat map as a safetensors file (`GridHead` in its metadata), and its etag (unquoted)."""
        source = await self._source(hash)
        async with held(self._lab, source):
            return await read_grid(self._lab, source, query), _etag(self._lab, source, query)

    async def etag(self, hash: str, query: GridQuery) -> str:
        """What `grid` would return as its etag, without computing anything."""
        source = await self._source(hash)
        return _etag(self._lab, source, query)

    @asynccontextmanager
    async def settled(self, hash: str) -> AsyncGenerator[Source]:
        """The text, `held`.

        Raises:
            NotFound: no such trace, or its model was not opened here.
            Incompatible: other weights are loaded under its model's name.
        """
        source = await self._source(hash)
        async with held(self._lab, source):
            yield source

    async def _source(self, hash: str) -> Source:
        trace = self.get(hash)
        loaded = await self._loaded(trace)
        with self._lab.models.pinned(loaded.slug):
            return _of(hash, loaded, trace.ids, await self._schedule(content_of(trace), loaded))

    async def _loaded(self, trace: Trace) -> Loaded:
        """The weights that it was made with.

        Raises:
            NotFound, Incompatible: as `settled` says.
        """
        if not trace.model:
            raise NotFound(
                f"The model of this trace, {trace.model_name}, was not opened here.",
                next=f"Load it: microscope ui --model {trace.model_name}",
            )
        loaded = await self._models.resident(trace.model)
        now = loaded.model.info.weights_sha256
        if now != trace.weights_sha256:
            raise Incompatible(
                f"This trace was made with weights {trace.weights_sha256[:12]} of {trace.model_name}; "
                f"what is loaded under that name has weights {now[:12]}.",
                next="Load the weights that it was made with.",
            )
        return loaded

    def _of_conversation(self, id: str) -> tuple[str, _Asked]:
        """Its model, and the text as its last answer was computed."""
        record = find(self._lab.database, id)
        if record is None or record.deleted is not None:
            raise NotFound(f"There is no conversation {id!r} here.", next="The list: GET /api/conversations")
        ids, turns = unpack_ids(record.ids), turns_of(record)
        last = last_generated(turns)
        patches, schedule = _in_force(last.patches if last else ())
        return record.model, _Asked(ids, _roles(turns, len(ids)), patches, schedule)


def _roles(turns: Sequence[Turn], n_tokens: int) -> list[Role]:
    """One for each token; what an open turn has generated so far is its own."""
    ends = [turn.end for turn in turns[:-1]] + [n_tokens]
    return [writer_of(turn) for turn, end in zip(turns, ends, strict=False) for _ in range(turn.start, end)]


def written_by(roles: Sequence[Role]) -> Written:
    """What the model wrote of a text."""
    return written_in((at, at + 1) for at, role in enumerate(roles) if role == "assistant")


def _in_force(said: Sequence[InForceFrom]) -> tuple[str | None, tuple[InForceFrom, ...] | None]:
    """One set for all of a text, or which one from where; neither where there never was one."""
    if not any(one.set for one in said):
        return None, None
    return (said[0].set, None) if len(said) == 1 and said[0].start == 0 else (None, tuple(said))


def content_of(trace: Trace) -> Content:
    """What its name is the hash of."""
    return Content.model_validate(trace.model_dump(include=set(Content.model_fields)))


def run_with(objects: Objects, hash: str) -> frozenset[str]:
    """The sets of patches of a trace.

    Raises:
        NotFound: no such trace is kept here.
        ValidationError: its file holds something else.
    """
    return frozenset(one.set for one in _KEPT.validate_python(objects.get(KIND, hash)).in_force if one.set)


def _of(hash: str, loaded: Loaded, ids: Sequence[int], schedule: Schedule) -> Source:
    """A trace is always computed whole, and so in the same bits."""
    return Source(_key(hash), loaded, ids, in_chunks(ids, schedule=schedule), schedule)


def row_of(trace: Trace) -> TraceRow:
    return TraceRow(
        hash=trace.hash,
        model=trace.model,
        patches=trace.patches,
        n_tokens=len(trace.ids),
        begins=trace.ids[:TITLE_TOKENS],
    )


def _etag(lab: Lab, source: Source, query: GridQuery) -> str:
    return etag_of(lab, source.loaded, source.ids, query, [Piece(source, 0, len(source.ids))])


def _key(hash: str) -> str:
    return f"trace:{hash}"
