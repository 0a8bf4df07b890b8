"""For scripts: chat and lens in one request, with tokens as texts."""

from __future__ import annotations

from pydantic import Field

from microscope.core.sites import Component
from microscope.wire.base import Wire
from microscope.wire.conversations import Message, Sampling
from microscope.wire.lenses import LayerName, LensName, Read
from microscope.wire.patches import Named


class ChatRequest(Wire):
    """A user turn to answer. A model without a chat template continues `text`."""

    text: str
    """The new user turn."""

    messages: tuple[Message, ...] = ()
    """The turns before it."""

    model: str | None = None
    """Slug; the current one by default, or the one that the first patch was made for."""

    patches: Named = ()
    """In force all along, as of `POST /api/inference`: hash of a patch or of a set, or several with their strengths and
    scopes; none by default, whatever is enabled."""

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
    """Slug; the current one by default, or the one that the first patch was made for."""

    patches: Named = ()
    """As of `POST /api/chat`; to a scope, no token of the text was generated."""

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


class _UnderPatches(Wire):
    set: str | None = None
    """Hash of the patches in force, with their strengths and scopes, kept as a set or not; null where there are
    none."""


class ChatResponse(_UnderPatches):
    """An answer, token by token."""

    text: str
    """The answer, without the token that ended it."""

    tokens: tuple[ScriptToken, ...]
    """The answer's tokens, with the lens *for* each; the one that ended it included."""

    user_tokens: tuple[ScriptToken, ...]
    """Those of the user's turn, in the same way."""


class LensResponse(_UnderPatches):
    """A text, token by token."""

    tokens: tuple[ScriptToken, ...]
    """Every token of the text, what the tokenizer puts before it included."""
