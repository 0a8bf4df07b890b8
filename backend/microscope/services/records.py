"""Conversations as the database keeps them and as the wire shows them."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence

from microscope.lab import Loaded
from microscope.services.turns import KeptTurn, Rendered, cut, shown
from microscope.store.database import ConversationRecord, pack_ids, unpack_ids
from microscope.wire.conversations import Conversation, ConversationRow, Parent

ID_LETTERS, ID_ALL = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz234567"
TITLE_CHARS = 200
"""Of a conversation's title, as on the wire."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""C0, C1 and Unicode's bidirectional controls."""


def new_record(loaded: Loaded, mode: str, title: str, prompt: Rendered) -> ConversationRecord:
    now = time.time()
    return ConversationRecord(
        id=new_id(),
        title=one_line(title),
        mode=mode,
        model=loaded.slug,
        model_name=loaded.model.info.name,
        weights_sha256=loaded.model.info.weights_sha256,
        created=now,
        updated=now,
        turns=dumped(prompt.turns),
        ids=pack_ids(prompt.ids),
        n_tokens=len(prompt.ids),
    )


def imported(conversation: Conversation, id: str, model: str) -> ConversationRecord:
    """A record of what was exported elsewhere; a turn that was running there was stopped."""
    turns = [KeptTurn.model_validate(turn.model_dump()) for turn in conversation.turns]
    return ConversationRecord(
        id=id,
        title=one_line(conversation.title)[:TITLE_CHARS],
        mode=conversation.mode,
        model=model,
        model_name=conversation.model_name,
        weights_sha256=conversation.weights_sha256,
        parent=conversation.parent.conversation if conversation.parent else None,
        parent_position=conversation.parent.position if conversation.parent else None,
        created=conversation.created,
        updated=time.time(),
        turns=dumped(cut(turns, len(conversation.ids))),
        ids=pack_ids(conversation.ids),
        n_tokens=len(conversation.ids),
    )


def conversation_of(record: ConversationRecord) -> Conversation:
    ids = unpack_ids(record.ids)
    return Conversation(
        id=record.id,
        title=record.title,
        mode="chat" if record.mode == "chat" else "text",
        model=record.model,
        model_name=record.model_name,
        weights_sha256=record.weights_sha256,
        parent=_parent(record),
        created=record.created,
        updated=record.updated,
        turns=shown(turns_of(record), len(ids)),
        ids=tuple(ids),
        generating=record.generating,
    )


def row_of(record: ConversationRecord) -> ConversationRow:
    return ConversationRow(
        id=record.id,
        title=record.title,
        mode="chat" if record.mode == "chat" else "text",
        model=record.model,
        n_tokens=record.n_tokens,
        updated=record.updated,
        parent=_parent(record),
        patched=any(one.set for turn in turns_of(record) for one in turn.patches),
        generating=record.generating,
    )


def turns_of(record: ConversationRecord) -> list[KeptTurn]:
    return [KeptTurn.model_validate(turn) for turn in record.turns]


def dumped(turns: Sequence[KeptTurn]) -> list[dict[str, object]]:
    return [turn.model_dump(mode="json") for turn in turns]


def one_line(text: str) -> str:
    """Fit for a title: no controls, and nothing that turns the direction of what stands beside it."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def new_id() -> str:
    """10 base32 letters, the first no digit: an id never reads as a number."""
    return secrets.choice(ID_LETTERS) + "".join(secrets.choice(ID_ALL) for _ in range(9))


def _parent(record: ConversationRecord) -> Parent | None:
    if record.parent is None or record.parent_position is None:
        return None
    return Parent(conversation=record.parent, position=record.parent_position)
