"""Text ⇄ token ids: exact bytes of every token, and conversations through the model's own chat template.

    1. render the template to text
    2. cut the text where ids are already known (earlier replies) or where typed text must stay inert
    3. encode the pieces; the concatenated ids are the truth
    4. find each message's span by rendering every prefix of the conversation

Knows tokenizers; knows no model weights.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from microscope.engine.slices import SLICE, can_slice, in_slices
from microscope.errors import Invalid, Unsupported

_MARK = re.compile("(\ue000\\d+\\.\\d+\ue001)")
"""Stands for a text that a template is not to see; its first number is one that no content has behind a U+E000."""


class Message(NamedTuple):
    """One turn of a conversation."""

    role: str
    content: str

    ids: tuple[int, ...] = ()
    """The tokens that were really generated for `content`, its end token left out; empty where only text is known."""


class Span(NamedTuple):
    """Positions `start:end` belong to one message, the template's tokens around it included."""

    role: str
    start: int
    end: int


class ChatIds(NamedTuple):
    ids: list[int]
    spans: list[Span]
    """In order, without gaps; with a generation prompt the last one is the reply that has yet to come."""


class _Piece(NamedTuple):
    """Characters `start:start + len(text)` of the rendered conversation."""

    start: int
    text: str
    ids: tuple[int, ...] = ()
    inert: bool = False
    """Special tokens spelled out in here are text."""


class Tokenizer:
    """A transformers tokenizer with exact bytes. Its methods may be called from any thread."""

    def __init__(self, plain: Any, d_vocab: int) -> None:
        self._plain = plain
        self._d_vocab = d_vocab

    @cached_property
    def _inert(self) -> Any:
        """A second tokenizer, since the switch for typed special tokens is the tokenizer's own state."""
        inert = copy.deepcopy(self._plain)
        inert.split_special_tokens = True
        return inert

    @property
    def has_chat_template(self) -> bool:
        return bool(self._plain.chat_template)

    @cached_property
    def special(self) -> frozenset[int]:
        """Ids of special tokens: begin, end, chat roles."""
        added = {index for index, token in self._plain.added_tokens_decoder.items() if token.special}
        return frozenset(added | set(self._plain.all_special_ids))

    @cached_property
    def begin_ids(self) -> frozenset[int]:
        """Tokens that begin a text (BOS) by the tokenizer's own account."""
        return frozenset() if self._plain.bos_token_id is None else frozenset({self._plain.bos_token_id})

    @cached_property
    def end_ids(self) -> frozenset[int]:
        """Tokens that end a text by the tokenizer's own account."""
        return frozenset() if self._plain.eos_token_id is None else frozenset({self._plain.eos_token_id})

    @cached_property
    def token_bytes(self) -> list[bytes]:
        """The bytes of every id below d_vocab; empty for padding rows of the embedding that no token uses."""
        return _token_bytes(self._plain, self._d_vocab)

    def save(self, folder: Path) -> None:
        """As transformers reads it."""
        self._plain.save_pretrained(folder)

    def decode(self, ids: Sequence[int]) -> bytes:
        """The exact bytes; they may end inside a character."""
        return b"".join(self.token_bytes[index] for index in ids)

    def encode(self, text: str, *, inert: bool = False, bos: bool = True) -> list[int]:
        """Token ids of a text.

        Args:
            inert: special tokens spelled out in the text are encoded as the characters that they are.
            bos: put the tokens in front that the tokenizer itself would put there.
        """
        _check_unicode(text)
        encoded = (self._inert if inert else self._plain)(text, add_special_tokens=bos, verbose=False)
        return list(encoded["input_ids"])

    def encode_on(self, text: str) -> Iterator[list[int]]:
        """The same ids as `encode` without BOS, of a long text a slice after the other where that is possible."""
        _check_unicode(text)
        if len(text) > SLICE and self._sliceable:
            yield from in_slices(self._plain, text)
        else:
            yield self.encode(text, bos=False)

    @cached_property
    def _sliceable(self) -> bool:
        return can_slice(self._plain)

    def chat(
        self, messages: Sequence[Message], *, add_generation_prompt: bool = True, thinking: bool | None = None
    ) -> ChatIds:
        """A conversation as the model was trained to see it.

        Replies whose ids are known are spliced in as they were generated, unless the template rewrites them.

        Raises:
            Unsupported: the tokenizer has no chat template.
            Invalid: the template refuses the messages.
        """
        if not self.has_chat_template:
            raise Unsupported(
                "This model has no chat template.",
                next="Use it in continuation mode, or load an instruction-tuned model.",
            )
        for message in messages:
            _check_unicode(message.content)
        contents = [message.content for message in messages]
        full = self._render(messages, contents, add_generation_prompt, thinking)
        ids: list[int] = []
        starts: list[int] = []
        for piece in self._pieces(messages, full, add_generation_prompt, thinking):
            piece_ids, offsets = self._encode_piece(piece)
            ids += piece_ids
            starts += [piece.start + offset for offset in offsets]
        return ChatIds(ids, self._spans(messages, full, starts, add_generation_prompt, thinking))

    def _render(
        self, messages: Sequence[Message], contents: Sequence[str], generation_prompt: bool, thinking: bool | None
    ) -> str:
        turns = [
            {"role": message.role, "content": content} for message, content in zip(messages, contents, strict=True)
        ]
        options: dict[str, bool] = {} if thinking is None else {"enable_thinking": thinking}
        try:
            return str(
                self._plain.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=generation_prompt, **options
                )
            )
        except Exception as error:  # A template is a program from outside: any exception is its way to refuse.
            raise Invalid(
                f"The model's chat template refuses these messages: {error}.", next="Check the order of the roles."
            ) from error

    def _pieces(
        self, messages: Sequence[Message], full: str, generation_prompt: bool, thinking: bool | None
    ) -> list[_Piece]:
        """The rendered text, cut at contents with known ids or with special tokens typed as text."""
        if not any(message.ids or self._spelled.search(message.content) for message in messages):
            return [_Piece(0, full)]
        every = frozenset(range(len(messages)))
        replies = frozenset(index for index, message in enumerate(messages) if message.role == "assistant")
        # A template that rewrites history, such as one that drops earlier thinking, must see the real text of it.
        for unseen in (every, every - replies, frozenset[int]()):
            cuts, contents = self._marked(messages, full, unseen)
            rendered = self._render(messages, contents, generation_prompt, thinking)
            pieces = _cut(full, rendered, cuts)
            if "".join(piece.text for piece in pieces) == full:
                return pieces
        raise Invalid(
            "The model's chat template rewrites special tokens that are spelled out in a message; "
            "they cannot be told from its own.",
            next="Write them in another way, for instance with a space inside.",
        )

    @cached_property
    def _spelled(self) -> re.Pattern[str]:
        """A special token's spelling, the longest first."""
        special = [str(token) for token in self._plain.added_tokens_decoder.values() if token.special]
        return re.compile("|".join(re.escape(token) for token in sorted(special, key=len, reverse=True)) or "(?!)")

    def _marked(
        self, messages: Sequence[Message], full: str, unseen: frozenset[int]
    ) -> tuple[dict[str, _Piece], list[str]]:
        """Contents with marks, and what each mark stands for.

        Args:
            unseen: messages that the template does not see: a mark stands for the whole content. In the others marks
                stand for special tokens typed as text, but for those that a reply's own ids hold.
        """
        known = (*(message.content for message in messages), full)
        opening = next(opening for opening in map("\ue000{}.".format, count()) if not any(opening in t for t in known))
        cuts: dict[str, _Piece] = {}

        def mark(text: str, ids: tuple[int, ...] = ()) -> str:
            name = f"{opening}{len(cuts)}\ue001"
            cuts[name] = _Piece(0, text, ids, inert=True)
            return name

        def marked(index: int, message: Message) -> str:
            if index in unseen and (message.ids or self._spelled.search(message.content)):
                return mark(message.content, message.ids)
            own = {self.token_bytes[id].decode(errors="replace") for id in self.special.intersection(message.ids)}
            return self._spelled.sub(lambda found: found[0] if found[0] in own else mark(found[0]), message.content)

        return cuts, [marked(index, message) for index, message in enumerate(messages)]

    def _encode_piece(self, piece: _Piece) -> tuple[list[int], list[int]]:
        """Ids, and the first character of each within the piece."""
        if piece.ids:
            return list(piece.ids), [0] * len(piece.ids)
        if not piece.text:
            return [], []
        tokenizer = self._inert if piece.inert else self._plain
        encoded = tokenizer(piece.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return list(encoded["input_ids"]), [start for start, _ in encoded["offset_mapping"]]

    def _spans(
        self, messages: Sequence[Message], full: str, starts: list[int], generation_prompt: bool, thinking: bool | None
    ) -> list[Span]:
        """Where each message ends in the rendered text, by rendering the conversation up to it."""
        spans: list[Span] = []
        start = 0
        for end_message, message in enumerate(messages, start=1):
            end_char = self._end_of(messages[:end_message], full, thinking)
            end = max(start, sum(1 for first in starts if first < end_char))
            spans.append(Span(message.role, start, end))
            start = end
        if generation_prompt:
            spans.append(Span("assistant", start, len(starts)))
        elif spans:
            spans[-1] = spans[-1]._replace(end=len(starts))
        return spans

    def _end_of(self, messages: Sequence[Message], full: str, thinking: bool | None) -> int:
        """The character where these messages end; a template that refuses a part of a conversation ends it at 0."""
        try:
            prefix = self._render(messages, [message.content for message in messages], False, thinking)
        except Invalid:
            return 0
        return next(
            (i for i, (a, b) in enumerate(zip(prefix, full, strict=False)) if a != b), min(len(prefix), len(full))
        )


def _cut(full: str, rendered: str, cuts: dict[str, _Piece]) -> list[_Piece]:
    """Pieces of `full` as the marks in `rendered` cut it; they spell another text where it is not `full` with marks."""
    pieces: list[_Piece] = []
    at = 0
    for text in _MARK.split(rendered):
        piece = cuts.get(text, _Piece(0, text))
        # Templates often trim what was typed; where they do, known ids no longer spell the text.
        if piece.inert and not full.startswith(piece.text, at):
            piece = piece._replace(text=piece.text.strip(), ids=())
        pieces.append(piece._replace(start=at))
        at += len(piece.text)
    return pieces


def _check_unicode(text: str) -> None:
    """Half of a surrogate pair has no bytes, and so no tokens."""
    try:
        text.encode()
    except UnicodeEncodeError as half:
        raise Invalid(
            f"The text holds half of a character (U+{ord(text[half.start]):04X}) at position {half.start}; expected "
            "Unicode.",
            next="Remove it or paste the text again.",
        ) from half


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's stand-ins for the 256 bytes: printable Latin-1 stands for itself, the rest is moved up to U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(moved)}


def _token_bytes(tokenizer: Any, d_vocab: int) -> list[bytes]:
    added = {index: str(token) for index, token in tokenizer.added_tokens_decoder.items()}
    texts: dict[int, str] = {index: text for text, index in tokenizer.get_vocab().items()}
    backend = getattr(tokenizer, "backend_tokenizer", None)
    byte_level = backend is not None and '"ByteLevel"' in json.dumps(json.loads(backend.to_str())["decoder"])
    alphabet = _byte_alphabet()

    def bytes_of(index: int) -> bytes:
        if index in added:
            return added[index].encode()
        text = texts.get(index, "")
        if byte_level:
            return bytes(alphabet[character] for character in text)
        if len(text) == 6 and text.startswith("<0x") and text.endswith(">"):
            return bytes([int(text[3:5], 16)])
        return text.replace("\u2581", " ").encode()

    return [bytes_of(index) for index in range(d_vocab)]
