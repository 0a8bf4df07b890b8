"""What the first page offers to click."""

from __future__ import annotations

from typing import Literal

from microscope.wire.base import Wire
from microscope.wire.lenses import Read


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

    adapter: str | None = None
    """Name of an adapter beside the model, to be tried with it too."""
