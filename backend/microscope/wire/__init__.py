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
    client  try_feature                              → tried_feature
    client  read_features | color_by_feature         → position_features | feature_activations
    client  ping                                     → pong
    server  status, changed                            whenever something that a page shows has changed
    server  failed                                     for the message with the same `id`; the socket lives on
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, TypeAdapter, field_validator
from pydantic_core import PydanticCustomError
from safetensors.numpy import save

from microscope.core.sites import Component
from microscope.wire.base import Ask as Ask
from microscope.wire.base import Wire as Wire
from microscope.wire.feature_readings import (
    ColorByFeature,
    FeatureActivations,
    PositionFeatures,
    ReadFeatures,
    TriedFeature,
    TryFeature,
)
from microscope.wire.runs import FollowRun, RunNews, UnfollowRun

# ── Shared nouns ─────────────────────────────────────────────────────────────────────────────────────────

LayerName = int | Literal["embed"]
Read = Literal["for", "after"]
LensName = Literal["logit", "tuned"]
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


class Check(Wire):
    """One line of the parity badge: a difference that was measured and the most that the dtype allows."""

    name: str
    """Which difference: `logits` or `blocks`."""

    measured: float | None
    """The largest difference found; of `logits` absolute, of `blocks` a share of the block's largest entry. Null where
    what the model computes is not finite."""

    tolerance: float
    """The largest difference that rounding in the model's dtype explains."""

    ok: bool
    """`measured` is at most `tolerance`."""

    says: str
    """What was compared, in a sentence."""

    blocks: tuple[float | None, ...] = ()
    """What `measured` is the largest of, for every block; empty for `logits`."""


class Parity(Wire):
    """Whether this program reads the model as the model reads itself, measured at load."""

    ok: bool
    """Every check holds and every logit is finite."""

    checks: tuple[Check, ...]
    """What was compared, each with its numbers."""

    problems: tuple[str, ...] = ()
    """What is off and what to do about it, in sentences; empty where nothing is."""


class Badge(Wire):
    """The parity that was measured of some weights, and where."""

    weights_sha256: str
    """Of the weights: 64 hex digits."""

    dtype: str
    """In which they computed: `float32`, `bfloat16` or `float16`."""

    device: str
    """Where they lay, such as `cpu` or `cuda:0`."""

    parity: Parity
    """What was found."""


class LoadFailure(Wire):
    """Why a model could not be loaded."""

    model: str
    """Hub id, folder or bundled name, as it was asked for."""

    error: str
    """What was expected and what was found, in a sentence."""

    next: str
    """What to do about it."""

    status: int
    """As of an HTTP answer."""


class TunedLens(Wire):
    """The file that the lens "tuned" reads: beside the model, or one of this server's own, which goes first."""

    path: str
    """Where it lies on the server's machine."""

    sha256: str
    """Of the file: 64 hex digits."""

    says: str
    """How it was made and what it is worth, as far as its file says so."""


class ModelInfo(Wire):
    """A loaded model and everything that a result made with it must name."""

    slug: str
    """Its name in URLs."""

    name: str
    """Hub id, folder or bundled name, as it was asked for."""

    revision: str
    """Hub commit; empty for a folder."""

    weights_sha256: str
    """Of the safetensors file, or of the list `name hash` of several: 64 hex digits."""

    tokenizer_sha256: str
    """Of the vocabulary's bytes as `GET /api/models/{model}/vocab` gives them: 64 hex digits."""

    architecture: str
    """transformers' model_type, such as `gpt2`."""

    n_layers: int
    """Blocks."""

    d_model: int
    """Width of the residual stream."""

    n_heads: int
    """Attention heads per block, counted by their queries."""

    d_head: int
    """Width of one head."""

    d_mlp: int
    """Width of an MLP's hidden layer."""

    d_vocab: int
    """Rows of the unembedding: token ids are below it."""

    n_ctx: int
    """Positions that the model can read at most."""

    n_parameters: int
    """Weights and biases; tied ones count once."""

    tied: bool
    """The unembedding is the embedding, transposed."""

    dtype: str
    """In which it computes: `float32`, `bfloat16` or `float16`."""

    device: str
    """Where its weights are, such as `cpu` or `cuda:0`."""

    bytes: int
    """Memory that the weights take."""

    chat: bool
    """Has a chat template; otherwise it continues text."""

    thinking: bool
    """Its template can switch thinking on and off."""

    lenses: tuple[LensName, ...]
    """The lenses that are there for it."""

    tuned_lens: TunedLens | None
    """Which lens "tuned" names; null where it is not among the lenses."""

    parity: Parity
    """The parity badge."""


class ModelChoice(Wire):
    """A model that can be opened: bundled, resident or opened before."""

    slug: str
    """Its name in URLs."""

    name: str
    """Hub id, folder or bundled name."""

    state: Literal["resident", "known", "loading"]
    """resident: in memory. known: bundled or opened before. loading: being read now."""

    bytes: int
    """Memory that its weights take; 0 where it is not known."""


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

    generating: bool = False
    """A turn is being generated now."""


class ConversationPage(Wire):
    """One page of the list, newest first."""

    items: tuple[ConversationRow, ...]
    """At most `limit` of them."""

    total: int
    """How many match, on all pages."""


class Trace(Wire):
    """A text that was run once and can be looked at for ever; named by the hash of its weights, ids and roles."""

    hash: str
    """Its name in URLs: of its weights, ids and roles."""

    model: str
    """Slug of its model here; empty where that was never opened."""

    model_name: str
    """Hub id, folder or bundled name of the model that it was made with."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    ids: tuple[int, ...]
    """Every token's id, by position."""

    roles: tuple[Role, ...]
    """One for each token."""

    resident: bool
    """Its residuals are in memory; otherwise a reading computes them again."""


class LensRow(Wire):
    """One layer's distribution at one position. Where a logit is not finite: no ids, and all numbers null."""

    layer: LayerName
    """Block, from 0, whose output is read; `embed` is what enters the first."""

    ids: tuple[int, ...]
    """The k likeliest tokens, likeliest first."""

    logprobs: tuple[float, ...]
    """Of `ids`, in the same order, in nats."""

    entropy: float | None
    """Of the whole distribution, in nats: 0 to ln d_vocab."""

    logprob: float | None
    """Of the actual token, in nats; null where none followed."""

    rank: int | None
    """How many tokens are likelier than the actual one, from 0: equally likely ones share a rank. Null where none
    followed."""

    kl_to_last: float | None
    """KL(p_last || p_layer) in nats, 0 or more; p_last is the model's own prediction. Null also where p_last is not
    finite."""


class DeviceStatus(Wire):
    """What the status bar shows."""

    device: str
    """Where models compute, such as `cpu` or `cuda:0`; `auto` until one is loaded."""

    memory_used_bytes: int
    """Memory of the device that is in use, by other programs too."""

    memory_total_bytes: int
    """Memory that the device has."""

    models_bytes: int
    """Taken by resident models."""

    states_bytes: int
    """Taken by kept caches and residuals."""

    state_budget_bytes: int
    """Most that caches and residuals may take before the oldest are evicted."""

    streams: int
    """Turns being generated now."""

    waiting: int
    """Jobs waiting for the device."""

    forwards: int
    """Forward passes since the start."""

    positions_computed: int
    """Positions computed by them."""


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────


class Health(Wire):
    """Sign of life."""

    status: Literal["ok"] = "ok"
    """Always `ok`: no answer is the other case."""

    version: str
    """Of this program."""

    model: str | None
    """Slug of the model that new conversations use; null until one is loaded."""

    loading: LoadProgress | None
    """The model that is being loaded now."""

    load_failure: LoadFailure | None
    """Why the last load failed; null where it did not."""

    uptime_s: float
    """Seconds since the server started."""


class Problem(Wire):
    """Every error, on every route."""

    error: str
    """What was expected and what was got, in a sentence."""

    next: str
    """What to do about it."""

    status: int
    """HTTP status: 4xx is the request's fault, 5xx the server's."""


class LoadModel(Wire):
    """Which model to make resident and current, and how."""

    model: str = Field(min_length=1)
    """Bundled name, hub id or folder."""

    revision: str = ""
    """Of a hub id: branch, tag or commit; empty is its main branch."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """`auto` is the dtype as stored, but float32 for float16 weights on a CPU."""

    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps; `balanced` spreads over several GPUs."""


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


class NewTrace(Wire):
    """Exactly one of `text`, `ids`, `conversation`."""

    model: str | None = None
    """Slug; the current model by default. A conversation brings its own."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab."""

    conversation: str | None = None
    """Id of a conversation whose tokens are run."""


class SavedView(Wire):
    """State too long for a URL, kept under the hash of its content and opened at /s/<hash>."""

    path: str = Field(pattern=r"^/([^\s/\\]\S*)?$", max_length=2_000)
    """Of the page's address, such as `/chat/abc`; one slash first, since two name another server."""

    search: dict[str, str]
    """The address's parameters."""

    title: str = Field(default="", max_length=200)
    """What the page was called."""


class ViewName(Wire):
    """Where a saved view was put."""

    hash: str
    """Of the view's content; it opens at /s/<hash>."""


class Bundle(Wire):
    """A view that another server can import and open at the same URL."""

    format: Literal["microscope-bundle"] = "microscope-bundle"
    """Tells a bundle from other JSON."""

    version: Literal[1] = 1
    """Of the format."""

    model_name: str
    """Of the one model that made all of it: hub id, bundled name, or a folder's own name without its path."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    tokenizer_sha256: str
    """Of its tokenizer: 64 hex digits; empty where it is not known."""

    badges: tuple[Badge, ...] = ()
    """Under which it was made: one for each dtype and device in which the model was loaded for it."""

    conversations: tuple[Conversation, ...] = ()
    """With all their turns and ids."""

    traces: tuple[Trace, ...] = ()
    """With all their ids; residuals are computed again."""

    view: SavedView | None = None
    """What to open after the import; by default the page of the first thing in it."""


class Imported(Wire):
    """What an import kept, and under which names."""

    conversations: tuple[str, ...]
    """Their ids here: a new one where another content has the id already."""

    traces: tuple[str, ...]
    """Their hashes, as they were."""

    open: str
    """The address to go to."""

    warnings: tuple[str, ...]
    """Such as other weights under the same name."""


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


class TraceRow(Wire):
    """A trace in a list."""

    hash: str
    """Its name in URLs."""

    model: str
    """Slug of its model."""

    n_tokens: int
    """How many tokens it has."""

    begins: tuple[int, ...]
    """Its first ids, for a title."""


class GridQuery(Wire):
    """Which heat map: every layer at every position of `start:end`."""

    lens: LensName = "logit"
    """How a residual becomes a distribution; `tuned` reads `resid` only."""

    component: Component = "resid"
    """What is read: the residual stream, or what attention or the MLP alone added to it."""

    read: Read = "for"
    """`for` the token at a position, from the position before it; or `after` it."""

    target: int | None = Field(default=None, ge=0)
    """Id of a token to follow everywhere; by default each position's own."""

    start: int = Field(default=0, ge=0)
    """First position."""

    end: int | None = Field(default=None, ge=0)
    """Behind the last position; by default the end of the text."""


class GridHead(Wire):
    """Metadata of a heat map's safetensors file.

    Arrays, all (row, position); of the residual stream row 0 = "embed" and row i + 1 = block i, of `attn_out` and
    `mlp_out` row i = block i: `top_ids`, `top_logprob` F16, `entropy` F16, `target_logprob` F32,
    `rank` (the largest number of its dtype where there is none), `kl_to_last` F16; and `ids` (position), the text
    itself. Ids are U16 where d_vocab ≤ 65,536 and ranks where it is smaller, else U32. Read `for` a token, position 0
    has no reading: its floats are nan. So are those of a cell whose logits are not finite; its `top_ids` mean nothing.
    """

    type: Literal["grid"] = "grid"
    query: GridQuery
    """What was asked for."""

    n_layers: int
    """Blocks of the model."""

    weights_sha256: str
    """Of the model's weights: 64 hex digits."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""

    original: bool
    """In every bit what was computed first; false where an evicted state had to be made again by passes of other
    shapes, as after a restart: equal within the dtype's tolerance."""


class ChatRequest(Wire):
    """A user turn to answer. A model without a chat template continues `text`."""

    text: str
    """The new user turn."""

    messages: tuple[Message, ...] = ()
    """The turns before it."""

    model: str | None = None
    """Slug; the current model by default."""

    sampling: Sampling = Sampling()
    """How the answer is drawn; greedy by default."""

    thinking: bool | None = None
    """Switches a template's thinking on or off; null leaves it as the template has it."""

    k: int = Field(default=10, ge=1)
    """Predictions listed per layer."""

    lens: LensName = "logit"
    """How a residual becomes a distribution."""


class LensRequest(Wire):
    """A text to read, as it stands: special tokens that are spelled out in it are special."""

    text: str
    """What to read."""

    k: int = Field(default=10, ge=1)
    """Predictions listed per layer."""

    read: Read = "for"
    """`for` each token, from the position before it; or `after` it."""

    model: str | None = None
    """Slug; the current model by default."""

    lens: LensName = "logit"
    """How a residual becomes a distribution; `tuned` reads `resid` only."""

    component: Component = "resid"
    """What is read: the residual stream, or what attention or the MLP alone added to it."""


class Prediction(Wire):
    """One token of a layer's distribution."""

    id: int
    """Token id."""

    token: str
    """Its text; bytes that are no UTF-8 by themselves show as U+FFFD."""

    probability: float
    """0 to 1."""

    rank: int
    """Place in this list, from 0: equally likely ones, frequent in 16 bits, stand in any order."""


class ScriptLensRow(Wire):
    """One layer's distribution at one position, in words. Where a logit is not finite: no predictions, and all numbers
    null."""

    layer: LayerName
    """Block, from 0, whose output is read; `embed` is what enters the first."""

    predictions: tuple[Prediction, ...]
    """The k likeliest tokens, likeliest first."""

    entropy: float | None
    """Of the whole distribution, in nats: 0 to ln d_vocab."""

    probability: float | None
    """Of the actual token, 0 to 1; null where none followed."""

    rank: int | None
    """How many tokens are likelier than the actual one, from 0: equally likely ones share a rank. Null where none
    followed."""

    kl_to_last: float | None
    """KL(p_last || p_layer) in nats, 0 or more; p_last is the model's own prediction. Null also where p_last is not
    finite."""


class ScriptToken(Wire):
    """A token and what every layer says about it."""

    id: int
    """Token id."""

    position: int
    """In the whole text, template included, from 0."""

    text: str
    """Its text; bytes that are no UTF-8 by themselves show as U+FFFD."""

    lens: tuple[ScriptLensRow, ...]
    """From `embed` to the last block; empty for the first token read `for`."""


class ChatResponse(Wire):
    """An answer, token by token."""

    text: str
    """The answer, without the token that ended it."""

    tokens: tuple[ScriptToken, ...]
    """The answer's tokens, with the lens *for* each; the one that ended it included."""

    user_tokens: tuple[ScriptToken, ...]
    """Those of the user's turn, in the same way."""


class LensResponse(Wire):
    """A text, token by token."""

    tokens: tuple[ScriptToken, ...]
    """Every token of the text, what the tokenizer puts before it included."""


class Example(Wire):
    """Something to click on the first page."""

    title: str
    """What it shows, in a few words."""

    says: str
    """What to look for."""

    mode: Literal["chat", "text"]
    """Turns in a chat template, or one text that is continued."""

    text: str
    """What to send."""

    answer: str | None = None
    """The text that is expected to come next, where there is one."""

    token: int | None = None
    """Position to select when it opens."""

    read: Read = "for"
    """How that token is read."""

    pins: tuple[int, ...] = ()
    """Ids of the tokens to follow when it opens: what the answer begins with."""

    python: str | None = None
    """A script for what no page does yet."""


# ── Socket: browser → server ─────────────────────────────────────────────────────────────────────────────


class Watch(Ask):
    """Follow a conversation; also the way back in after a drop."""

    type: Literal["watch"] = "watch"
    conversation: str
    """Id of the conversation."""

    from_position: int = Field(default=0, ge=0)
    """Tokens before it are not sent again."""


class Unwatch(Ask):
    """Follow a conversation no longer; answered with `done`."""

    type: Literal["unwatch"] = "unwatch"
    conversation: str
    """Id of the conversation."""


class Send(Ask):
    """A new user turn, then the model's answer. In `text` mode: text appended, then continued."""

    type: Literal["send"] = "send"
    conversation: str
    """Id of the conversation."""

    text: str
    """What is said, or appended."""

    sampling: Sampling = Sampling()
    """How the answer is drawn; greedy by default."""

    thinking: bool | None = None
    """Switches a template's thinking on or off; null leaves it as the template has it."""


class Generate(Ask):
    """Go on from the last token: after a stop, a branch or an edit."""

    type: Literal["generate"] = "generate"
    conversation: str
    """Id of the conversation."""

    sampling: Sampling = Sampling()
    """How the next tokens are drawn; greedy by default."""


class Stop(Ask):
    """End the turn that is being generated; the device is free within one token."""

    type: Literal["stop"] = "stop"
    conversation: str
    """Id of the conversation."""


class ReadLens(Ask):
    """Exact rows at one position, from the kept residuals: no forward pass, or one counted step (`computed`)."""

    type: Literal["read_lens"] = "read_lens"
    conversation: str | None = None
    """Id of a conversation. Exactly one of conversation and trace."""

    trace: str | None = None
    """Hash of a trace. Exactly one of conversation and trace."""

    position: int = Field(ge=0)
    """Of the token that is read about, from 0."""

    read: Read = "for"
    """`for` the token at the position, from the position before it; or `after` it."""

    lens: LensName = "logit"
    """How a residual becomes a distribution; `tuned` reads `resid` only."""

    component: Component = "resid"
    """What is read: the residual stream, or what attention or the MLP alone added to it."""

    k: int = Field(default=10, ge=1)
    """Predictions listed per layer."""


class LoadModelLive(Ask):
    """Make a model resident and current; answered with `load_progress` as it goes, then `model_loaded`."""

    type: Literal["load_model"] = "load_model"
    request: LoadModel
    """Which model, and how."""


class Ping(Ask):
    """Sign of life; answered with `pong`."""

    type: Literal["ping"] = "ping"


ClientMessage = Annotated[
    Watch
    | Unwatch
    | Send
    | Generate
    | Stop
    | ReadLens
    | LoadModelLive
    | FollowRun
    | UnfollowRun
    | TryFeature
    | ReadFeatures
    | ColorByFeature
    | Ping,
    Field(discriminator="type", description="What a browser asks for."),
]

# ── Socket: server → browser ─────────────────────────────────────────────────────────────────────────────


class Welcome(Wire):
    """First message on every socket: who is there, and what may be asked for."""

    type: Literal["welcome"] = "welcome"
    version: str
    """Of this program."""

    model: ModelInfo | None
    """What new conversations use; null until one is loaded."""

    loading: LoadProgress | None
    """The model that is being loaded now."""

    load_failure: LoadFailure | None
    """Why the last load failed; null where it did not."""

    status: DeviceStatus
    """As it stands."""

    heartbeat_s: float
    """Seconds between two `status` messages; silence of several times that is a dead socket."""

    max_message_bytes: int
    """Of one message from the browser."""

    max_prompt_chars: int
    """Of one typed text."""

    max_new_tokens: int
    """Of one turn."""


class Snapshot(Wire):
    """Answer to `watch`: the conversation as it stands; `ids` are all of them."""

    type: Literal["snapshot"] = "snapshot"
    id: int
    """Of the `watch`."""

    conversation: Conversation
    """All of it, whatever `from_position` was."""


class TurnStarted(Wire):
    """A turn begins to be generated, and what its prompt cost."""

    type: Literal["turn_started"] = "turn_started"
    conversation: str
    """Id of the conversation."""

    turn: Turn
    """As it begins."""

    reused: int
    """Positions whose state was there already."""

    computed: int
    """Positions that the prompt cost."""


class Tokens(Wire):
    """One or more consecutive tokens; several when a reader fell behind.

    A binary frame with the arrays `ids` (n); and, for generated tokens (`lens` is true), read *for* each token:
    `top_ids` (n, row, k), `top_probabilities` F32 (n, row, k), `entropy` F32 (n, row), `chosen` F32 (n, row).
    Ids are U16 where d_vocab ≤ 65,536, else U32. Row 0 is "embed", row i + 1 is block i.
    """

    type: Literal["tokens"] = "tokens"
    conversation: str
    """Id of the conversation."""

    start: int
    """Position of the first."""

    role: Role
    """Whose tokens they are."""

    lens: bool
    """Whether the arrays of the lens are there: generated tokens have them."""


class TurnEnded(Wire):
    """A turn is complete, or was cut off."""

    type: Literal["turn_ended"] = "turn_ended"
    conversation: str
    """Id of the conversation."""

    turn: Turn
    """As it ended, with its `reason`."""

    tokens_per_s: float
    """Of the generated tokens, their lens included."""


class LensRows(Wire):
    """Answer to `read_lens`."""

    type: Literal["lens_rows"] = "lens_rows"
    id: int
    """Of the `read_lens`."""

    position: int
    """As it was asked for."""

    read: Read
    """As it was asked for."""

    actual: int | None
    """Id of the token that is read about; null where none followed."""

    rows: tuple[LensRow, ...]
    """From `embed` to the last block; empty where there is no reading."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""

    original: bool
    """In every bit what was computed first; false where an evicted state had to be made again by passes of other
    shapes, as after a restart: equal within the dtype's tolerance."""


class LoadProgress(Wire):
    """How far a model that is being loaded is."""

    type: Literal["load_progress"] = "load_progress"
    model: str
    """Hub id, folder or bundled name, as it was asked for."""

    stage: str
    """One after another: find, download, weights, hash, check."""

    done_bytes: int
    """Of the stage, as a share of `of_bytes`."""

    of_bytes: int
    """Size of the weights' files; 0 where it is not known yet."""


class ModelLoaded(Wire):
    """A model is resident and current."""

    type: Literal["model_loaded"] = "model_loaded"
    id: int | None
    """Of the message that asked, on the socket that asked."""

    model: ModelInfo
    """What new conversations use from now on."""


class Status(Wire):
    """What the status bar shows, with every heartbeat."""

    type: Literal["status"] = "status"
    status: DeviceStatus
    """As it stands."""


class Changed(Wire):
    """A list that a page may be showing is out of date."""

    type: Literal["changed"] = "changed"
    what: Literal["conversations", "models", "runs", "saes", "features"]
    """Which list; `features` is what people, rules and models say of them."""


class Done(Wire):
    """Answer to messages that have no other: unwatch, send, generate, stop."""

    type: Literal["done"] = "done"
    id: int
    """Of the message that it answers."""


class Failed(Wire):
    """It was not done, and what to do instead; the socket lives on."""

    type: Literal["failed"] = "failed"
    id: int | None
    """Of the message that failed; null where it could not be read."""

    error: str
    """What was expected and what was got, in a sentence."""

    next: str
    """What to do about it."""

    status: int
    """As an HTTP status: 4xx is the message's fault, 5xx the server's."""


class Pong(Wire):
    """Answer to `ping`."""

    type: Literal["pong"] = "pong"
    id: int
    """Of the `ping`."""


ServerMessage = Annotated[
    Welcome
    | Snapshot
    | TurnStarted
    | Tokens
    | TurnEnded
    | LensRows
    | LoadProgress
    | ModelLoaded
    | RunNews
    | TriedFeature
    | PositionFeatures
    | FeatureActivations
    | Status
    | Changed
    | Done
    | Failed
    | Pong,
    Field(discriminator="type", description="What the server says."),
]

CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
SERVER: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)

CLOSE_TOO_LARGE = 1009
CLOSE_UNAUTHORIZED = 4401
CLOSE_FOREIGN_ORIGIN = 4403
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4429
"""Close codes; every other trouble is answered with `failed` and leaves the socket open."""


def index_dtype(count: int) -> type[np.uint16] | type[np.uint32]:
    """Of the numbers below `count`, such as ids below d_vocab."""
    return np.uint16 if count <= 1 << 16 else np.uint32


def pack(arrays: dict[str, np.ndarray], message: Wire | None = None) -> bytes:
    """One safetensors buffer; `message` travels as JSON in its metadata."""
    metadata = None if message is None else {"message": message.model_dump_json()}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=metadata)


def unpack_message(buffer: bytes) -> ServerMessage:
    """The message in a binary frame's metadata: what `pack` put there."""
    length = int.from_bytes(buffer[:8], "little")
    header = json.loads(buffer[8 : 8 + length])
    return SERVER.validate_json(header["__metadata__"]["message"])
