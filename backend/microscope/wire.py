"""Every message between browser and server, once.

**HTTP** carries nouns as JSON, and arrays as safetensors files (`GET …/grid`, `GET …/vocab`) with an `ETag`.
**The socket** `/api/ws` carries whatever is live: text frames are JSON of the unions below; binary frames are
one safetensors buffer each, whose `__metadata__["message"]` is the JSON of the message that they belong to.

Token texts never cross the socket: a browser fetches the model's vocabulary once (`GET /api/models/{model}/vocab`)
and every message speaks in token ids. Layers are counted from 0; `"embed"` is what enters the first block.
Probabilities are 0 to 1, log-probabilities and entropies in nats, positions 0-based.

A reading is taken *for* a token (by the position before it; the first token has none) or *after* it.

The life of a socket:

    server  welcome
    client  watch {conversation, from_position}      → snapshot, then tokens as they come (also after a drop)
    client  send | generate | stop                   → turn_started, tokens …, turn_ended
    client  read_lens                                → lens_rows
    client  load_model                               → load_progress …, model_loaded
    client  ping                                     → pong
    server  status, changed                            whenever something that a page shows has changed
    server  failed                                     for the message with the same `id`; the socket lives on
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from safetensors.numpy import save

from microscope.core.sites import Component

# ── Shared nouns ─────────────────────────────────────────────────────────────────────────────────────────

LayerName = int | Literal["embed"]
Read = Literal["for", "after"]
LensName = Literal["logit", "tuned"]
Role = Literal["system", "user", "assistant", "template", "text"]
"""Whose token it is; `template` tokens are the chat template's own, `text` those of a plain continuation."""

EndReason = Literal["end", "length", "stopped", "context", "failed", "interrupted"]
"""Why a turn ended: an end token; `max_new_tokens`; the user; the context is full; an error; the server died."""


class Wire(BaseModel):
    """Base of all that crosses the wire: immutable, and unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Sampling(Wire):
    """How the next token is drawn. The same seed draws the same text."""

    temperature: float = Field(default=0.0, ge=0.0, le=10.0, description="0 is greedy.")
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    top_k: int = Field(default=0, ge=0, description="0 is no limit.")
    seed: int = Field(default=0, ge=0, lt=2**53)
    max_new_tokens: int = Field(default=256, ge=1)


class Check(Wire):
    """One line of the parity badge: a difference that was measured and the most that the dtype allows."""

    name: str
    measured: float
    tolerance: float
    ok: bool
    says: str = Field(description="What was compared, in a sentence.")


class Parity(Wire):
    """Whether this program reads the model as the model reads itself, measured at load."""

    ok: bool
    checks: tuple[Check, ...]


class ModelInfo(Wire):
    """A loaded model and everything that a result made with it must name."""

    slug: str = Field(description="Its name in URLs.")
    name: str = Field(description="Hub id, folder or bundled name, as it was asked for.")
    revision: str = Field(description="Hub commit; empty for a folder.")
    weights_sha256: str
    tokenizer_sha256: str
    architecture: str
    n_layers: int
    d_model: int
    n_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    n_parameters: int
    tied: bool = Field(description="The unembedding is the embedding, transposed.")
    dtype: str
    device: str
    bytes: int = Field(description="Memory that the weights take.")
    chat: bool = Field(description="Has a chat template; otherwise it continues text.")
    thinking: bool = Field(description="Its template can switch thinking on and off.")
    lenses: tuple[LensName, ...] = Field(description="The lenses that are there for it.")
    parity: Parity


class ModelChoice(Wire):
    """A model that can be opened: bundled, resident or opened before."""

    slug: str
    name: str
    state: Literal["resident", "known", "loading"]
    bytes: int = Field(description="0 where it is not known.")


class Turn(Wire):
    """A stretch of a conversation's tokens with one author."""

    role: Role
    start: int
    end: int = Field(description="Exclusive.")
    sampling: Sampling | None = Field(default=None, description="Set on generated turns.")
    reason: EndReason | None = Field(default=None, description="None while it is generated, and on typed turns.")
    recomputed: int = Field(
        default=0,
        description="Positions before `start` that had to be computed again, as when a template rewrote them.",
    )


class Parent(Wire):
    conversation: str
    position: int = Field(description="The first position that differs.")


class Conversation(Wire):
    """A conversation: the ids are the truth, turns say who wrote which of them."""

    id: str
    title: str
    mode: Literal["chat", "text"]
    model: str = Field(description="Slug.")
    model_name: str
    weights_sha256: str
    parent: Parent | None = None
    created: float = Field(description="Seconds since 1970, UTC.")
    updated: float
    turns: tuple[Turn, ...]
    ids: tuple[int, ...]
    generating: bool = False


class ConversationRow(Wire):
    """A conversation in a list."""

    id: str
    title: str
    mode: Literal["chat", "text"]
    model: str
    n_tokens: int
    updated: float
    parent: Parent | None = None
    generating: bool = False


class ConversationPage(Wire):
    """One page of the list, newest first."""

    items: tuple[ConversationRow, ...]
    total: int


class Trace(Wire):
    """A text that was run once and can be looked at for ever; named by the hash of its weights, ids and roles."""

    hash: str
    model: str
    model_name: str
    weights_sha256: str
    ids: tuple[int, ...]
    roles: tuple[Role, ...] = Field(description="One for each token.")
    resident: bool = Field(description="False where its residuals would have to be computed again.")


class LensRow(Wire):
    """One layer's distribution at one position."""

    layer: LayerName
    ids: tuple[int, ...] = Field(description="Likeliest first.")
    logprobs: tuple[float, ...]
    entropy: float
    logprob: float | None = Field(description="Of the actual token; null where none followed.")
    rank: int | None = Field(description="How many tokens are likelier than the actual one.")
    kl_to_last: float = Field(description="KL(p_last || p_layer).")


class DeviceStatus(Wire):
    """What the status bar shows."""

    device: str
    memory_used_bytes: int
    memory_total_bytes: int
    models_bytes: int
    states_bytes: int
    state_budget_bytes: int
    streams: int = Field(description="Turns being generated now.")
    waiting: int = Field(description="Jobs waiting for the device.")
    forwards: int = Field(description="Forward passes since the start.")
    positions_computed: int = Field(description="Positions computed by them.")


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────


class Health(Wire):
    status: Literal["ok"] = "ok"
    version: str
    model: str | None = Field(description="Slug of the model that new conversations use.")
    uptime_s: float


class Problem(Wire):
    """Every error, on every route."""

    error: str
    next: str
    status: int


class LoadModel(Wire):
    model: str = Field(min_length=1, description="Bundled name, hub id or folder.")
    revision: str = ""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = "auto"


class NewConversation(Wire):
    model: str | None = Field(default=None, description="Slug; the current model by default.")
    mode: Literal["chat", "text"] | None = Field(default=None, description="By default what the model can do.")
    title: str = ""
    system: str = Field(default="", description="A system message to begin with.")


class Rename(Wire):
    title: str = Field(min_length=1, max_length=200)


class Branch(Wire):
    """A new conversation that shares everything before `position`."""

    position: int = Field(ge=0)
    token_id: int | None = Field(default=None, ge=0, description="Put in the place of the token at `position`.")
    text: str | None = Field(
        default=None, description="A new user turn in the place of the one that begins at or covers `position`."
    )


class NewTrace(Wire):
    """Exactly one of `text`, `ids`, `conversation`."""

    model: str | None = None
    text: str | None = None
    ids: tuple[int, ...] | None = None
    conversation: str | None = None


class SavedView(Wire):
    """State too long for a URL, kept under the hash of its content and opened at /s/<hash>."""

    path: str = Field(pattern=r"^/[^\s]*$", max_length=2_000)
    search: dict[str, str]
    title: str = Field(default="", max_length=200)


class ViewName(Wire):
    hash: str


class Bundle(Wire):
    """A view that another server can import and open at the same URL."""

    format: Literal["microscope-bundle"] = "microscope-bundle"
    version: Literal[1] = 1
    model_name: str
    weights_sha256: str
    tokenizer_sha256: str
    conversations: tuple[Conversation, ...] = ()
    traces: tuple[Trace, ...] = ()
    view: SavedView | None = None


class Imported(Wire):
    conversations: tuple[str, ...]
    traces: tuple[str, ...]
    open: str = Field(description="The address to go to.")
    warnings: tuple[str, ...] = Field(description="Such as other weights under the same name.")


class Message(Wire):
    role: Literal["system", "user", "assistant"]
    content: str


class GridQuery(Wire):
    """Which heat map: every layer at every position of `start:end`."""

    lens: LensName = "logit"
    component: Component = "resid"
    read: Read = "for"
    target: int | None = Field(default=None, ge=0, description="A token to follow; by default each position's own.")
    start: int = Field(default=0, ge=0)
    end: int | None = Field(default=None, ge=0, description="Exclusive; by default the last.")


class GridHead(Wire):
    """Metadata of a heat map's safetensors file.

    Arrays, all (row, position); of the residual stream row 0 = "embed" and row i + 1 = block i, of `attn_out` and
    `mlp_out` row i = block i: `top_ids` U32, `top_logprob` F16, `entropy` F16,
    `target_logprob` F32, `rank` U32 (0xFFFFFFFF where there is none), `kl_to_last` F32; and `ids` U32 (position),
    the text itself. Read `for` a token, position 0 has no reading: its floats are nan.
    """

    type: Literal["grid"] = "grid"
    query: GridQuery
    n_layers: int
    weights_sha256: str
    computed: Literal["kept", "step", "rebuilt"]


class ChatRequest(Wire):
    text: str = Field(description="The new user turn.")
    messages: tuple[Message, ...] = Field(default=(), description="The turns before it.")
    model: str | None = None
    sampling: Sampling = Sampling()
    k: int = Field(default=10, ge=1)
    lens: LensName = "logit"


class LensRequest(Wire):
    text: str
    k: int = Field(default=10, ge=1)
    read: Read = "for"
    model: str | None = None
    lens: LensName = "logit"
    component: Component = "resid"


class Prediction(Wire):
    id: int
    token: str
    probability: float
    rank: int


class ScriptLensRow(Wire):
    layer: LayerName
    predictions: tuple[Prediction, ...]
    entropy: float
    probability: float | None = Field(description="Of the actual token.")
    rank: int | None
    kl_to_last: float


class ScriptToken(Wire):
    id: int
    position: int
    text: str
    lens: tuple[ScriptLensRow, ...] = Field(description="Empty for the first token read `for`.")


class ChatResponse(Wire):
    text: str
    tokens: tuple[ScriptToken, ...]
    user_tokens: tuple[ScriptToken, ...]


class LensResponse(Wire):
    tokens: tuple[ScriptToken, ...]


class Example(Wire):
    """Something to click on the first page."""

    title: str
    says: str
    mode: Literal["chat", "text"]
    text: str
    token: int | None = Field(default=None, description="Position to select when it opens.")


# ── Socket: browser → server ─────────────────────────────────────────────────────────────────────────────


class Ask(Wire):
    """Base of what a browser sends; the answer, or `failed`, carries the same `id`."""

    id: int = Field(ge=0, lt=2**53)


class Watch(Ask):
    """Follow a conversation; also the way back in after a drop."""

    type: Literal["watch"] = "watch"
    conversation: str
    from_position: int = Field(default=0, ge=0, description="Tokens before it are not sent again.")


class Unwatch(Ask):
    type: Literal["unwatch"] = "unwatch"
    conversation: str


class Send(Ask):
    """A new user turn, then the model's answer. In `text` mode: text appended, then continued."""

    type: Literal["send"] = "send"
    conversation: str
    text: str
    sampling: Sampling = Sampling()
    thinking: bool | None = None


class Generate(Ask):
    """Go on from the last token: after a stop, a branch or an edit."""

    type: Literal["generate"] = "generate"
    conversation: str
    sampling: Sampling = Sampling()


class Stop(Ask):
    """End the turn that is being generated; the device is free within one token."""

    type: Literal["stop"] = "stop"
    conversation: str


class ReadLens(Ask):
    """Exact rows at one position, from the kept residuals: no forward pass, or one counted step (`computed`)."""

    type: Literal["read_lens"] = "read_lens"
    conversation: str | None = None
    trace: str | None = Field(default=None, description="Exactly one of conversation and trace.")
    position: int = Field(ge=0)
    read: Read = "for"
    lens: LensName = "logit"
    component: Component = "resid"
    k: int = Field(default=10, ge=1)


class LoadModelLive(Ask):
    type: Literal["load_model"] = "load_model"
    request: LoadModel


class Ping(Ask):
    type: Literal["ping"] = "ping"


ClientMessage = Annotated[
    Watch | Unwatch | Send | Generate | Stop | ReadLens | LoadModelLive | Ping, Field(discriminator="type")
]

# ── Socket: server → browser ─────────────────────────────────────────────────────────────────────────────


class Welcome(Wire):
    type: Literal["welcome"] = "welcome"
    version: str
    model: ModelInfo | None
    status: DeviceStatus
    heartbeat_s: float
    max_message_bytes: int
    max_prompt_chars: int
    max_new_tokens: int


class Snapshot(Wire):
    """Answer to `watch`: the conversation as it stands; `ids` are all of them."""

    type: Literal["snapshot"] = "snapshot"
    id: int
    conversation: Conversation


class TurnStarted(Wire):
    type: Literal["turn_started"] = "turn_started"
    conversation: str
    turn: Turn
    reused: int = Field(description="Positions whose state was there already.")
    computed: int = Field(description="Positions that the prompt cost.")


class Tokens(Wire):
    """One or more consecutive tokens; several when a reader fell behind.

    A binary frame with the arrays `ids` U32 (n); and, for generated tokens (`lens` is true), read *for* each token:
    `top_ids` U32 (n, row, k), `top_probabilities` F32 (n, row, k), `entropy` F32 (n, row), `chosen` F32 (n, row).
    Row 0 is "embed", row i + 1 is block i.
    """

    type: Literal["tokens"] = "tokens"
    conversation: str
    start: int = Field(description="Position of the first.")
    role: Role
    lens: bool


class TurnEnded(Wire):
    type: Literal["turn_ended"] = "turn_ended"
    conversation: str
    turn: Turn
    tokens_per_s: float


class LensRows(Wire):
    """Answer to `read_lens`."""

    type: Literal["lens_rows"] = "lens_rows"
    id: int
    position: int
    read: Read
    actual: int | None = Field(description="The token that is read about.")
    rows: tuple[LensRow, ...] = Field(description="From `embed` to the last block; empty where there is no reading.")
    computed: Literal["kept", "step", "rebuilt"] = Field(
        description="kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."
    )


class LoadProgress(Wire):
    type: Literal["load_progress"] = "load_progress"
    model: str
    stage: str
    done_bytes: int
    of_bytes: int


class ModelLoaded(Wire):
    type: Literal["model_loaded"] = "model_loaded"
    id: int | None = Field(description="Of the message that asked, on the socket that asked.")
    model: ModelInfo


class Status(Wire):
    type: Literal["status"] = "status"
    status: DeviceStatus


class Changed(Wire):
    """A list that a page may be showing is out of date."""

    type: Literal["changed"] = "changed"
    what: Literal["conversations", "models"]


class Done(Wire):
    """Answer to messages that have no other: unwatch, send, generate, stop."""

    type: Literal["done"] = "done"
    id: int


class Failed(Wire):
    type: Literal["failed"] = "failed"
    id: int | None = Field(description="Of the message that failed; null where it could not be read.")
    error: str
    next: str
    status: int


class Pong(Wire):
    type: Literal["pong"] = "pong"
    id: int


ServerMessage = Annotated[
    Welcome
    | Snapshot
    | TurnStarted
    | Tokens
    | TurnEnded
    | LensRows
    | LoadProgress
    | ModelLoaded
    | Status
    | Changed
    | Done
    | Failed
    | Pong,
    Field(discriminator="type"),
]

CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
SERVER: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)

CLOSE_GOING_AWAY = 1001
CLOSE_TOO_LARGE = 1009
CLOSE_UNAUTHORIZED = 4401
CLOSE_FOREIGN_ORIGIN = 4403
CLOSE_TOO_MANY = 4429
"""Close codes; every other trouble is answered with `failed` and leaves the socket open."""


def pack(arrays: dict[str, np.ndarray], message: Wire | None = None) -> bytes:
    """One safetensors buffer; `message` travels as JSON in its metadata."""
    metadata = None if message is None else {"message": message.model_dump_json()}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=metadata)


def unpack_message(buffer: bytes) -> ServerMessage:
    """The message in a binary frame's metadata: what `pack` put there."""
    length = int.from_bytes(buffer[:8], "little")
    header = json.loads(buffer[8 : 8 + length])
    return SERVER.validate_json(header["__metadata__"]["message"])
