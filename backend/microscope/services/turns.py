"""Whose tokens they are: pure bookkeeping over a conversation's turns and ids.

A kept turn is the wire's turn with the text that was typed: a template renders what people wrote, and bytes read back
from ids may have been trimmed or joined with the template's own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from microscope.core.patches.scope import Written, written_from, written_in
from microscope.engine.tokenizer import ChatIds, Message, Tokenizer
from microscope.wire.conversations import Role, Turn


class KeptTurn(Turn):
    """A turn as the database keeps it."""

    text: str | None = None
    """What was typed; None on generated and template turns, and where a token was edited."""


class Rendered(NamedTuple):
    """A conversation as the model sees it."""

    ids: list[int]
    turns: list[KeptTurn]


def shown(turns: Sequence[KeptTurn], n_tokens: int) -> tuple[Turn, ...]:
    """As they cross the wire; the open turn reaches to the last token."""
    return tuple(
        Turn.model_validate({**turn.model_dump(exclude={"text"}), "end": n_tokens if is_open(turn) else turn.end})
        for turn in turns
    )


def is_open(turn: Turn) -> bool:
    """Being generated, or it was when the server died."""
    return turn.sampling is not None and turn.reason is None


def messages_of(
    turns: Sequence[KeptTurn], ids: Sequence[int], tokenizer: Tokenizer, end_ids: frozenset[int]
) -> list[Message]:
    """The messages that a chat template is given; a reply that was stopped and continued is one message."""
    spoken = [turn for turn in turns if turn.role in ("system", "user", "assistant") and turn.end > turn.start]
    messages: list[Message] = []
    for role, group in groupby(spoken, key=lambda turn: turn.role):
        stretch = list(group)
        if role == "assistant":
            said = [index for turn in stretch for index in ids[turn.start : turn.end]]
            while said and said[-1] in end_ids:
                said.pop()
            messages.append(Message(role, _text(tokenizer, said), tuple(said)))
        else:
            messages += [Message(role, _typed(turn, ids, tokenizer)) for turn in stretch]
    return messages


def _typed(turn: KeptTurn, ids: Sequence[int], tokenizer: Tokenizer) -> str:
    return turn.text if turn.text is not None else _text(tokenizer, ids[turn.start : turn.end])


def _text(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    return tokenizer.decode(ids).decode(errors="replace")


def rendered(chat: ChatIds, messages: Sequence[Message], tokenizer: Tokenizer) -> Rendered:
    """Turns of a rendered conversation: each message's own tokens, and the template's around them."""
    masked = [_masked(index, tokenizer) for index in chat.ids]
    offsets = [0, *accumulate(len(piece) for piece in masked)]
    turns: list[KeptTurn] = []
    at = 0
    for message, (first, last) in zip(
        messages, _places(chat, messages, b"".join(masked), offsets, tokenizer), strict=True
    ):
        # A token may hold the end of a message and the beginning of what the template puts behind it.
        start = max(at, bisect_right(offsets, first) - 1)
        end = max(start, bisect_left(offsets, last))
        typed = message.content if message.role != "assistant" else None
        turns.append(KeptTurn(role="template", start=at, end=start))
        turns.append(KeptTurn(role=_role(message.role), start=start, end=end, text=typed))
        at = end
    turns.append(KeptTurn(role="template", start=at, end=len(chat.ids)))
    return Rendered(list(chat.ids), joined([turn for turn in turns if turn.end > turn.start]))


def _role(role: str) -> Role:
    match role:
        case "system" | "user" | "assistant":
            return role
        case _:
            return "template"


def _masked(index: int, tokenizer: Tokenizer) -> bytes:
    """A token's bytes; a special token's never match what somebody wrote."""
    token = tokenizer.token_bytes[index]
    return b"\xff" * len(token) if index in tokenizer.special else token


class _Place(NamedTuple):
    """Bytes `start:end` of a rendered conversation; empty where a message cannot be found."""

    start: int
    end: int


def _places(
    chat: ChatIds, messages: Sequence[Message], whole: bytes, offsets: Sequence[int], tokenizer: Tokenizer
) -> list[_Place]:
    """Where each message's own bytes lie: within its span, and from its end, since a header may spell the same word.

    Spans are wrong where a template changes what stands at the beginning; then messages are looked for from the last
    to the first.
    """
    spans = [_Place(offsets[span.start], offsets[span.end]) for span in chat.spans[: len(messages)]]
    found = [
        _place(message, whole, span.start, span.end, tokenizer) for message, span in zip(messages, spans, strict=True)
    ]
    if all(place or not message.content.strip() for place, message in zip(found, messages, strict=True)):
        return [place or _Place(span.end, span.end) for place, span in zip(found, spans, strict=True)]
    places: list[_Place] = []
    before = len(whole)
    for message in reversed(messages):
        place = _place(message, whole, 0, before, tokenizer) or _Place(before, before)
        places.insert(0, place)
        before = place.start
    return places


def _place(message: Message, whole: bytes, start: int, end: int, tokenizer: Tokenizer) -> _Place | None:
    """The last occurrence in `start:end` of what was said; of what a template leaves of it otherwise."""
    said = message.content.encode(errors="replace")
    answer = said.rpartition(b"</think>")[2]
    generated = b"".join(_masked(index, tokenizer) for index in message.ids)
    for text in (generated, said, said.strip(), answer.strip()):
        at = whole.rfind(text, start, end) if text else -1
        if at >= 0:
            return _Place(at, at + len(text))
    return None


def joined(turns: Sequence[KeptTurn]) -> list[KeptTurn]:
    """Neighbouring stretches of the template as one."""
    result: list[KeptTurn] = []
    for turn in turns:
        if result and result[-1].role == turn.role == "template" and result[-1].end == turn.start:
            result[-1] = result[-1].model_copy(update={"end": turn.end})
        else:
            result.append(turn)
    return result


def cut(turns: Sequence[KeptTurn], end: int) -> list[KeptTurn]:
    """The turns of the first `end` positions. A typed turn that is cut has no text of its own any more, a generated one
    was stopped there."""
    kept: list[KeptTurn] = []
    for turn in turns:
        if turn.start >= end:
            break
        if turn.end > end or is_open(turn):
            reason = "stopped" if turn.sampling else None
            patches = tuple(one for one in turn.patches if one.start < end)
            turn = turn.model_copy(
                update={"end": min(end, turn.end), "text": None, "reason": reason, "patches": patches}
            )
        kept.append(turn)
    return kept


def spliced(old: Sequence[KeptTurn], new: Sequence[KeptTurn], at: int) -> list[KeptTurn]:
    """Old turns before `at`, new ones from there on: what stays keeps its sampling and its reason."""
    before = cut(old, at)
    after = [
        turn.model_copy(update={"start": max(turn.start, at), "text": turn.text if turn.start >= at else None})
        for turn in new
        if turn.end > at
    ]
    if before and after and (before[-1].role, before[-1].end) == (after[0].role, at) and before[-1].sampling is None:
        last = before[-1]
        whole = next((turn.text for turn in new if (turn.start, turn.role) == (last.start, last.role)), None)
        before[-1] = last.model_copy(update={"end": after[0].end, "text": whole})
        after = after[1:]
    return joined([*before, *after])


def last_generated(turns: Sequence[KeptTurn]) -> KeptTurn | None:
    return next((turn for turn in reversed(turns) if turn.sampling is not None), None)


def written_at(turns: Sequence[Turn], position: int) -> Written:
    """What the model wrote of a text, and goes on writing from a position on."""
    before = [(turn.start, turn.end) for turn in turns if turn.start < position and writer_of(turn) == "assistant"]
    return written_from(position, written_in(before))


def writer_of(turn: Turn) -> Role:
    """Whose tokens it has: the model's, too, where it went on with somebody's raw text."""
    return "assistant" if turn.sampling is not None else turn.role


def n_computed(turns: Sequence[Turn]) -> int:
    """Leading positions that generating these turns took: all up to the last generated token, which itself did not."""
    return max((turn.end - 1 for turn in turns if turn.sampling is not None), default=0)
