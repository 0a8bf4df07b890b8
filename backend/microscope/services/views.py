"""Saved views, and bundles: what makes a link open on another machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from microscope.engine.weights import cached, portable
from microscope.errors import Invalid, Trouble
from microscope.lab import Lab
from microscope.services.conversations import Conversations
from microscope.services.models import Models
from microscope.services.patch_library import MadeFor
from microscope.services.patch_sets import PatchSets, members_of, name_of_members
from microscope.services.patch_tensors import Carried, carried, take_in
from microscope.services.traces import Traces, content_of
from microscope.store.database import ModelRecord
from microscope.store.objects import name_of
from microscope.wire.conversations import Conversation, Turn
from microscope.wire.patches import PatchSet
from microscope.wire.traces import Trace
from microscope.wire.views import Bundle, Imported, SavedView, ViewName

KIND = "views"

MOST = 2**32
"""Above every token id and every position that can be kept."""

_SET = "set:"
"""Before the hash of a set of patches in `vs`."""

_EXPORT_AGAIN = "Export it again where it came from."

T = TypeVar("T", Conversation, Trace)

_VIEW: TypeAdapter[SavedView] = TypeAdapter(SavedView)


class Views:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models, conversations: Conversations, traces: Traces, sets: PatchSets) -> None:
        self._lab = lab
        self._models = models
        self._conversations = conversations
        self._traces = traces
        self._sets = sets

    def save(self, view: SavedView) -> ViewName:
        return ViewName(hash=self._lab.objects.put(KIND, view.model_dump(mode="json")))

    def open(self, hash: str) -> SavedView:
        """
        Raises:
            NotFound: no such view is kept here.
        """
        return _VIEW.validate_python(self._lab.objects.get(KIND, hash))

    async def export(
        self, conversations: Sequence[str] = (), traces: Sequence[str] = (), view: SavedView | None = None
    ) -> Bundle:
        """Conversations and traces of one model as something that another server can import.

        Args:
            view: what to open after the import; by default the first of them.

        Raises:
            NotFound: one of them is not here.
            Invalid: none was named, or they are of several models.
        """
        chats = tuple(_leaving(self._conversations.get(id), generating=False) for id in conversations)
        texts = tuple(_leaving(self._traces.get(hash)) for hash in traces)
        made_with = {one.weights_sha256: one.model_name for one in (*chats, *texts)}
        if len(made_with) != 1:
            raise Invalid(
                f"A bundle holds what one model made; these are of {len(made_with)} models.",
                next="Name at least one conversation or trace, and export the models' one by one.",
            )
        weights, name = made_with.popitem()
        record = self._models.record(weights, name)
        badges = [self._models.badge(slug, weights) for slug in sorted({one.model for one in (*chats, *texts)})]
        sets = [self._sets.get(hash) for hash in _sets_of(chats, texts, view)]
        tensors = await self._carried(sets, record)
        return Bundle(
            model_name=name,
            weights_sha256=weights,
            tokenizer_sha256=record.tokenizer_sha256 if record else "",
            badges=tuple(badge for badge in badges if badge is not None),
            conversations=chats,
            traces=texts,
            patch_sets=tuple(sets),
            tensors=tensors.tensors,
            tensors_bytes=tensors.n_bytes,
            left_out=tensors.left_out,
            view=view,
        )

    async def export_conversation(self, id: str, search: Mapping[str, str]) -> Bundle:
        """A conversation's page, with the conversation that it stands beside.

        Args:
            search: the page's parameters.
        """
        view = SavedView(path=f"/chat/{id}", search=dict(search))
        return await self.export(conversations=_with_other(id, search), view=view)

    async def export_trace(self, hash: str, search: Mapping[str, str]) -> Bundle:
        """A trace's page, with the trace that it stands beside."""
        view = SavedView(path=f"/lens/{hash}", search=dict(search))
        return await self.export(traces=_with_other(hash, search), view=view)

    async def export_set(self, hash: str) -> Bundle:
        """A set of patches and its page, so that every link that names it opens elsewhere.

        Raises:
            NotFound, Invalid: as `PatchSets.get` and `PatchSets.made_for` say.
        """
        made_for = self._sets.made_for(hash)
        record = self._models.record(made_for.weights_sha256, made_for.model_name)
        kept = self._sets.get(hash)
        tensors = await self._carried([kept], record)
        return Bundle(
            model_name=portable(made_for.model_name),
            weights_sha256=made_for.weights_sha256,
            tokenizer_sha256=record.tokenizer_sha256 if record else "",
            patch_sets=(kept,),
            tensors=tensors.tensors,
            tensors_bytes=tensors.n_bytes,
            left_out=tensors.left_out,
            view=SavedView(path=f"/patches/sets/{hash}", search={}),
        )

    async def _carried(self, sets: Sequence[PatchSet], record: ModelRecord | None) -> Carried:
        """What their patches read beside their own content, as far as it is here and the bundle has room."""
        members = [member for one in sets for member in members_of(one)]
        if (folder := await self._folder(record)) is not None:
            with suppress(Trouble):  # What is not here cannot come along; whoever imports the bundle is told.
                await self._sets.keep_tensors(members, folder)
        limit = self._lab.settings.max_bundle_bytes
        return await asyncio.to_thread(carried, self._lab.folder, members, limit)

    async def _folder(self, record: ModelRecord | None) -> Path | None:
        """Of a model that was opened here; None where it was moved since."""
        try:
            return await asyncio.to_thread(cached, record.name, record.revision) if record else None
        except Trouble:
            return None

    async def import_bundle(self, bundle: Bundle) -> Imported:
        """Keep what a bundle holds. A conversation whose id is taken by another content gets a new id.

        Raises:
            Invalid: ids that do not fit the model or that no vocabulary has, turns that do not fit the ids, a trace
                under a wrong hash.
            TooLarge: over `max_conversations`.
        """
        for conversation in bundle.conversations:
            _check_turns(conversation)
            _check_parent(conversation)
        for trace in bundle.traces:
            _check_trace(trace)
        await self._keep_sets(bundle)
        for one in (*bundle.conversations, *bundle.traces):
            _check_ids(one)
        record = self._models.record(bundle.weights_sha256, bundle.model_name)
        warnings = self._warnings(bundle, record)
        lacking = await self._lacks(bundle, record)
        renamed = {
            conversation.id: self._conversations.add(conversation, record.slug if record else conversation.model)
            for conversation in bundle.conversations
        }
        kept = [self._traces.keep(content_of(trace), trace.model_name) for trace in bundle.traces]
        return Imported(
            conversations=tuple(renamed.values()),
            traces=tuple(kept),
            open=_address(bundle, renamed, kept),
            warnings=(*warnings, *lacking, *(bundle.left_out if lacking else ()), *_doubts(bundle)),
        )

    async def _keep_sets(self, bundle: Bundle) -> None:
        """
        Raises:
            Invalid: a set under a wrong hash, or one that a text names and the bundle lacks; tensors that are not what
                their hash says.
            NoRoom: the disk is full.
        """
        for one in bundle.patch_sets:
            if (name := name_of_members(members_of(one))) != one.hash:
                raise Invalid(
                    f"The set of patches {one.hash!r} has the name {name} by its content.", next=_EXPORT_AGAIN
                )
        named = _sets_of(bundle.conversations, bundle.traces, bundle.view)
        if lacking := named.keys() - {one.hash for one in bundle.patch_sets}:
            raise Invalid(f"The bundle lacks the set of patches {min(lacking)!r} of a text in it.", next=_EXPORT_AGAIN)
        members = [member for one in bundle.patch_sets for member in members_of(one)]
        await asyncio.to_thread(take_in, self._lab.folder, members, bundle.tensors)
        for one in bundle.patch_sets:
            self._sets.take_in(one, MadeFor(bundle.model_name, bundle.weights_sha256))

    async def _lacks(self, bundle: Bundle, record: ModelRecord | None) -> list[str]:
        """What its patches read that is not here: their texts can be read, but not run."""
        folder = await self._folder(record)
        found = [text for one in bundle.patch_sets for text in await self._sets.lacks(one.hash, folder)]
        why = "A text here was run with patches. " if bundle.conversations or bundle.traces else ""
        return [f"{why}{text}" for text in dict.fromkeys(found)]

    def _warnings(self, bundle: Bundle, record: ModelRecord | None) -> list[str]:
        """What a reader must know before trusting the numbers.

        Raises:
            Invalid: ids outside of the vocabulary, where the model is in memory.
        """
        if record is None:
            return [f"{bundle.model_name} was not opened here: load it to look at what was imported."]
        if record.weights_sha256 != bundle.weights_sha256:
            texts = "the texts can be read, their lens cannot" if bundle.conversations or bundle.traces else ""
            patches = "its patches can be put in force here, and may do something else" if bundle.patch_sets else ""
            return [
                f"{bundle.model_name} has other weights here ({record.weights_sha256[:12]}) than where this "
                f"was made ({bundle.weights_sha256[:12]}): {'; '.join(filter(None, (texts, patches)))}."
            ]
        loaded = self._lab.models.get(record.slug)
        for one in (*bundle.conversations, *bundle.traces):
            if loaded is not None and one.ids:
                loaded.model.check_ids(one.ids)
        if record.tokenizer_sha256 != bundle.tokenizer_sha256:
            return [f"{bundle.model_name} has another tokenizer here: its tokens may read differently."]
        return []


def _sets_of(conversations: Sequence[Conversation], traces: Sequence[Trace], view: SavedView | None) -> dict[str, None]:
    """The sets of patches that these texts were run with, and that of the page, each once, in order."""
    said = (one.set for text in conversations for turn in text.turns for one in turn.patches)
    run = (one.set for text in traces for one in content_of(text).in_force)
    shown = view.search.get("patches") if view and view.path.startswith("/chat") else None
    beside = view.search.get("vs", "") if view else ""
    other = beside.removeprefix(_SET) if beside.startswith(_SET) else None
    return dict.fromkeys(hash for hash in (*said, *run, shown, other) if hash)


def _with_other(name: str, search: Mapping[str, str]) -> list[str]:
    """What a page shows: its own thing, and what `vs` names, unless that is the same tokens in another way."""
    other = search.get("vs", name)
    return [name] if other in {name, "base"} or other.startswith(("lens:", _SET)) else [name, other]


def _leaving(one: T, **changed: object) -> T:
    """Without the path of this machine's folder, and as `changed` says."""
    return one.model_copy(update={"model_name": portable(one.model_name), **changed})


def _doubts(bundle: Bundle) -> list[str]:
    """Where the model's parity did not hold when it made what is in the bundle."""
    return [
        f"Made with {bundle.model_name} in {badge.dtype} on {badge.device}, whose parity does not hold: {problem}"
        for badge in bundle.badges
        for problem in badge.parity.problems
    ]


def _check_turns(conversation: Conversation) -> None:
    """
    Raises:
        Invalid: turns that are not one behind the other, or do not cover the ids.
    """
    at = 0
    for turn in conversation.turns:
        if turn.start != at or turn.end < turn.start:
            raise Invalid(
                f"A turn of conversation {conversation.id!r} covers {turn.start}:{turn.end}; expected it at {at}.",
                next=_EXPORT_AGAIN,
            )
        _check_in_force(conversation.id, turn)
        at = turn.end
    if at != len(conversation.ids):
        raise Invalid(
            f"The turns of conversation {conversation.id!r} cover {at} of {len(conversation.ids)} tokens.",
            next=_EXPORT_AGAIN,
        )
    if not conversation.id.isalnum() or not conversation.id.isascii() or len(conversation.id) > 32:
        raise Invalid(
            f"{conversation.id!r} is no conversation id; expected up to 32 letters and digits.", next=_EXPORT_AGAIN
        )


def _check_in_force(id: str, turn: Turn) -> None:
    """
    Raises:
        Invalid: sets of patches that were not put in force one behind the other while the turn was said.
    """
    starts = [one.start for one in turn.patches]
    said = [start for start in starts if start]  # It may have begun with one, which was in force at all before it.
    inside = all(turn.start <= start < turn.end for start in said)
    if starts != sorted(set(starts)) or not inside or (starts and turn.sampling is None):
        raise Invalid(
            f"A turn of conversation {id!r}, {turn.start}:{turn.end}, was said under patches from the positions "
            f"{', '.join(map(str, starts))}; expected 0 or positions of a generated turn, in order.",
            next=_EXPORT_AGAIN,
        )


def _check_ids(one: Conversation | Trace) -> None:
    """
    Raises:
        Invalid: a token id that no vocabulary has.
    """
    for id in one.ids:
        if not 0 <= id < MOST:
            raise Invalid(f"Token id {id} is in the bundle; expected 0 to {MOST - 1}.", next=_EXPORT_AGAIN)


def _check_parent(conversation: Conversation) -> None:
    """
    Raises:
        Invalid: branched off where no text can have a position.
    """
    if conversation.parent is not None and not 0 <= conversation.parent.position < MOST:
        raise Invalid(
            f"Conversation {conversation.id!r} branched off at position {conversation.parent.position}; "
            f"expected 0 to {MOST - 1}.",
            next=_EXPORT_AGAIN,
        )


def _check_trace(trace: Trace) -> None:
    """
    Raises:
        Invalid: a name that is not the hash of the content.
    """
    name = name_of(content_of(trace).named)
    if name != trace.hash or len(trace.roles) != len(trace.ids):
        raise Invalid(
            f"Trace {trace.hash!r} was changed on the way: its content has the name {name}.", next=_EXPORT_AGAIN
        )


def _address(bundle: Bundle, renamed: dict[str, str], traces: Sequence[str]) -> str:
    """Where to go: the bundle's view, with the conversations' new ids in it, or the page of the first thing."""
    if bundle.view is not None:
        path, search = bundle.view.path, bundle.view.search
        for old, new in renamed.items():
            path = path.replace(f"/chat/{old}", f"/chat/{new}")
            search = {key: new if value == old else value for key, value in search.items()}
        return f"{path}?{urlencode(search)}" if search else path
    if renamed:
        return f"/chat/{next(iter(renamed.values()))}"
    return f"/lens/{traces[0]}" if traces else "/"
