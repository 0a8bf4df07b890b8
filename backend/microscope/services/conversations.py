"""Conversations: the ids are the truth, turns say who wrote which of them.

Generation belongs to the server and not to a socket: a turn goes on when every tab is closed. Every token is in the
database before it is published. What a watcher hears, in order, on the hub's topic `conversation:<id>`:

    tokens         (lens = false) one for each stretch of typed and template tokens. A `start` below what is known
                   means that the template rewrote what was there: ids and turns from `start` on are replaced.
    turn_started   for generated turns only; `reused` and `computed` say what the prompt cost
    tokens …       (lens = true)
    turn_ended
    failed         (id = null) before turn_ended, where an error ended the turn
"""

from __future__ import annotations

from microscope.lab import Lab
from microscope.services.hub import Hub, Outgoing
from microscope.services.models import Models
from microscope.wire import (
    Branch,
    Conversation,
    ConversationPage,
    GridQuery,
    LensRows,
    NewConversation,
    ReadLens,
    Sampling,
)


class Conversations:
    """All methods belong to the event loop's thread. Every one that takes an id raises NotFound for an unknown one."""

    def __init__(self, lab: Lab, models: Models, hub: Hub) -> None: ...

    async def create(self, new: NewConversation) -> Conversation:
        """
        Raises:
            NotFound: no model of that slug is known, or none is loaded.
            Unsupported: `chat` with a model that has no chat template.
            TooLarge: over `max_conversations` or `max_prompt_chars`.
        """
        raise NotImplementedError

    def get(self, id: str) -> Conversation:
        raise NotImplementedError

    def list(self, q: str = "", offset: int = 0, limit: int = 50) -> ConversationPage:
        """Newest first; `q` is looked for in titles, whatever the case."""
        raise NotImplementedError

    def rename(self, id: str, title: str) -> Conversation:
        raise NotImplementedError

    async def delete(self, id: str) -> None:
        """Stops it and puts it away; `restore` brings it back."""
        raise NotImplementedError

    def restore(self, id: str) -> Conversation:
        raise NotImplementedError

    async def branch(self, id: str, branch: Branch) -> Conversation:
        """A new conversation that shares what is before `branch.position`, its computed state included.

        `token_id` in a typed stretch keeps the typed tokens behind it (edit and rerun); in a generated turn it is the
        last token. `text` is a new user turn with all that the template puts around it, so that `generate` answers it.
        """
        raise NotImplementedError

    def watch(self, id: str, from_position: int = 0) -> tuple[Conversation, tuple[Outgoing, ...]]:
        """The conversation as it stands, and the tokens with lens of the newest generated turn from `from_position` on.

        Subscribe to the hub first: what is published from now on follows without a gap; a token may come twice.
        """
        raise NotImplementedError

    async def send(self, id: str, text: str, sampling: Sampling, thinking: bool | None = None) -> None:
        """Append a user turn (in `text` mode: raw text) and start the answer. Returns when the turn has been started.

        Raises:
            Invalid: empty text, or text with halves of characters.
            TooLarge: over `max_prompt_chars`, `max_new_tokens`, or the model's n_ctx.
            Busy: over `max_streams`.
            Incompatible: it is being generated already; the model's weights are not those it was made with.
        """
        raise NotImplementedError

    async def generate(self, id: str, sampling: Sampling) -> None:
        """Go on from the last token; raises as `send` does, and Invalid where there is nothing to go on from."""
        raise NotImplementedError

    async def stop(self, id: str) -> None:
        """End the running turn; returns when it has ended. Does nothing where none runs."""
        raise NotImplementedError

    async def read_lens(self, query: ReadLens) -> LensRows:
        """Exact rows at one position, from the kept residuals.

        Raises:
            Invalid: a position outside of the conversation; both or none of conversation and trace.
            TooLarge: over `max_k`.
        """
        raise NotImplementedError

    async def grid(self, id: str, query: GridQuery) -> tuple[bytes, str]:
        """A heat map as a safetensors file (`GridHead` in its metadata), and its etag (unquoted)."""
        raise NotImplementedError

    def etag(self, id: str, query: GridQuery) -> str:
        """What `grid` would return as its etag, without computing anything."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop every running turn; they end as `interrupted`."""
        raise NotImplementedError
