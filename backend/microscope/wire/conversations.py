"""Conversations: turns, token ids and branches. Token texts are the model's vocabulary: here are only ids."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from microscope.wire.base import Wire

Role = Literal["system", "user", "assistant", "template", "text"]
"""Whose token it is; `template` tokens are the chat template's own, `text` those of a plain continuation."""


EndReason = Literal["end", "length", "stopped", "context", "failed", "interrupted"]
"""Why a turn ended: an end token; `max_new_tokens`; the user; the context is full; an error; the server died."""


class Sampling(Wire):
    """How the next token is drawn. The same seed draws the same text."""

    temperature: float = Field(default=0.0, ge=0.0, le=10.0)
    """0 is greedy: always the likeliest token."""

    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Draw from the likeliest tokens that together have this probability; 1 is all of them."""

    top_k: int = Field(default=0, ge=0)
    """Draw from this many of the likeliest tokens; 0 is no limit."""

    seed: int = Field(default=0, ge=0, lt=2**53)
    """Of the generator that draws."""

    max_new_tokens: int = Field(default=256, ge=1)
    """Tokens to generate at most; the server's own limit is MICROSCOPE_MAX_NEW_TOKENS."""


class InForceFrom(Wire):
    """A set of patches, from a position on."""

    start: int = Field(ge=0)
    """The first position that is computed with it: the first token that it may change is the one behind."""

    set: str | None
    """Hash of the set; null where patches were taken out."""


class Turn(Wire):
    """A stretch of a conversation's tokens with one author."""

    role: Role
    """Whose tokens they are."""

    start: int
    """Position of its first token."""

    end: int
    """Behind its last token."""

    sampling: Sampling | None = None
    """How it was generated; null on turns that nobody generated."""

    reason: EndReason | None = None
    """Why it ended; null while it is generated, and on turns that nobody generated."""

    patches: tuple[InForceFrom, ...] = ()
    """What was in force while it was generated: from position 0 on what it began with, then what was put in its place
    while it was said; empty where it was said by the model as it is."""

    recomputed: int = 0
    """Positions before `start` that had to be computed again, as when a template rewrote them."""


class Parent(Wire):
    """The conversation that another branched from."""

    conversation: str
    """Id of the conversation that was branched from."""

    position: int
    """The first position that differs."""


class Conversation(Wire):
    """A conversation: the ids are the truth, turns say who wrote which of them."""

    id: str
    """Its name in URLs."""

    title: str
    """Empty until it is named or its first text names it."""

    mode: Literal["chat", "text"]
    """Turns in a chat template, or one text that is continued."""

    model: str
    """Slug of the model that it was made with."""

    model_name: str
    """That model's hub id, folder or bundled name."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    parent: Parent | None = None
    """Where it branched off; null where it did not."""

    created: float
    """Seconds since 1970, UTC."""

    updated: float
    """When its tokens last changed here, in seconds since 1970, UTC."""

    turns: tuple[Turn, ...]
    """In order, one behind the other; together they cover `ids`."""

    ids: tuple[int, ...]
    """Every token's id, by position."""

    generating: bool = False
    """A turn is being generated now."""


class ConversationRow(Wire):
    """A conversation in a list."""

    id: str
    """Its name in URLs."""

    title: str
    """Empty until it is named or its first text names it."""

    mode: Literal["chat", "text"]
    """Turns in a chat template, or one text that is continued."""

    model: str
    """Slug of the model that it was made with."""

    n_tokens: int
    """How many tokens it has."""

    updated: float
    """When its tokens last changed here, in seconds since 1970, UTC."""

    parent: Parent | None = None
    """Where it branched off; null where it did not."""

    patched: bool = False
    """Some of it was said with patches in force."""

    generating: bool = False
    """A turn is being generated now."""


class ConversationPage(Wire):
    """One page of the list, newest first."""

    items: tuple[ConversationRow, ...]
    """At most `limit` of them."""

    total: int
    """How many match, on all pages."""


class NewConversation(Wire):
    """What a conversation begins with."""

    model: str | None = None
    """Slug; the current model by default."""

    mode: Literal["chat", "text"] | None = None
    """By default chat where the model has a chat template, text otherwise."""

    title: str = Field(default="", max_length=200)
    """By default its first text names it."""

    system: str = ""
    """A system message to begin with; none by default."""


class Rename(Wire):
    """A conversation's new title."""

    title: str = Field(min_length=1, max_length=200)
    """One line; control characters are dropped."""


class Branch(Wire):
    """A new conversation that shares everything before `position`."""

    position: int = Field(ge=0)
    """The first position that may differ: what is before it is shared."""

    token_id: int | None = Field(default=None, ge=0)
    """Put in the place of the token at `position`."""

    text: str | None = None
    """A new user turn in the place of the one that begins at or covers `position`."""

    thinking: bool | None = None
    """Switches a template's thinking on or off; null leaves it as the template has it."""


class Message(Wire):
    """One turn of a chat, as a chat template takes it."""

    role: Literal["system", "user", "assistant"]
    """Who says it."""

    content: str
    """What is said."""

    @field_validator("content", mode="before")
    @classmethod
    def _text_alone(cls, content: object) -> object:
        if isinstance(content, list):
            raise PydanticCustomError(
                "parts", "Expected text, got a list of parts; images are not read: give the text alone"
            )
        return content
