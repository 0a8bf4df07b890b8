"""The socket itself: its first message, its heartbeat, and answers that say no more than done or failed."""

from __future__ import annotations

from typing import Literal

from microscope.wire.base import Ask, Wire
from microscope.wire.models import LoadFailure, LoadProgress, ModelInfo
from microscope.wire.status import DeviceStatus

CLOSE_TOO_LARGE = 1009
CLOSE_UNAUTHORIZED = 4401
CLOSE_FOREIGN_ORIGIN = 4403
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4429
"""Close codes; every other trouble is answered with `failed` and leaves the socket open."""


class Ping(Ask):
    """Sign of life; answered with `pong`."""

    type: Literal["ping"] = "ping"


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


class Status(Wire):
    """What the status bar shows, with every heartbeat."""

    type: Literal["status"] = "status"
    status: DeviceStatus
    """As it stands."""


ListName = Literal["conversations", "models", "runs", "saes", "features", "patches"]


class Changed(Wire):
    """A list that a page may be showing is out of date."""

    type: Literal["changed"] = "changed"
    what: ListName
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
