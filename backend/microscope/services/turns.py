"""Whose tokens they are: pure bookkeeping over a conversation's turns and ids.

A kept turn is the wire's turn with the text that was typed: a template renders what people wrote, and bytes read back
from ids may have been trimmed or joined with the template's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from microscope.engine.tokenizer import ChatIds, Message, Tokenizer
from microscope.wire import Role, Turn


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
    turns: list[KeptTurn] = []
    for index, span in enumerate(chat.spans):
        message = messages[index] if index < len(messages) else Message(span.role, "")
        start, end = _content(chat.ids, span.start, span.end, message, tokenizer)
        typed = message.content if message.role != "assistant" else None
        turns += _pieces(span.start, start, end, span.end, _role(span.role), typed)
    return Rendered(list(chat.ids), joined(turns))


def _role(role: str) -> Role:
    match role:
        case "system" | "user" | "assistant":
            return role
        case _:
            return "template"


def _pieces(first: int, start: int, end: int, last: int, role: Role, text: str | None) -> list[KeptTurn]:
    """`first:start` and `end:last` are the template's; empty pieces are left out."""
    pieces = [
        KeptTurn(role="template", start=first, end=start),
        KeptTurn(role=role, start=start, end=end, text=text),
        KeptTurn(role="template", start=end, end=last),
    ]
    return [piece for piece in pieces if piece.end > piece.start]


def _content(ids: Sequence[int], start: int, end: int, message: Message, tokenizer: Tokenizer) -> tuple[int, int]:
    """Where a message's own tokens begin and end within its span.

    Looked for by its ids where they are known, else by bytes and from the end, since a header may spell the same word;
    special tokens never match. What the template rewrote and cannot be found again is the message's as a whole.
    """
    said = list(message.ids)
    for at in range(start, end - len(said) + 1) if said else ():
        if list(ids[at : at + len(said)]) == said:
            return at, at + len(said)
    pieces = [
        b"\xff" * len(tokenizer.token_bytes[index]) if index in tokenizer.special else tokenizer.token_bytes[index]
        for index in ids[start:end]
    ]
    whole = b"".join(pieces)
    content = message.content.encode(errors="replace")
    candidates = [content, content.strip(), content.rpartition(b"</think>")[2].strip()]
    found = next(((whole.rfind(text), text) for text in candidates if text and text in whole), None)
    if found is None:
        return (start, end) if message.content.strip() else (end, end)
    first, text = found
    offset, begin, finish = 0, end, start
    for position, piece in enumerate(pieces, start=start):
        if offset < first + len(text) and offset + len(piece) > first:
            begin, finish = min(begin, position), position + 1
        offset += len(piece)
    return begin, finish


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
            turn = turn.model_copy(update={"end": min(end, turn.end), "text": None, "reason": reason})
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


def generated_end(turns: Sequence[Turn]) -> int:
    """Behind the last generated token; 0 where nothing was generated."""
    return max((turn.end for turn in turns if turn.sampling is not None), default=0)
