"""The mistakes a user can make, drawn as a tree. Our own mistakes are `assert`s.

    Trouble
    ├── Invalid        400  the request cannot be understood as it stands
    │   └── Incompatible 409  two things that do not fit together
    ├── Denied         403  a foreign origin, a missing token
    ├── NotFound       404  a claim about something that is not there
    ├── TooLarge       413  over a limit, which is named
    ├── Unsupported    422  understood, and not something that this program can do
    ├── Busy           429  a limit on how much runs at once
    ├── NoRoom         507  not enough memory or disk
    └── Unavailable    503  something outside is missing: a network, a file, a built frontend
        └── StillLoading 503  the model is on its way; HTTP says when to ask again

Every error says what was expected, what was got and what to do next. One shape everywhere:
`{"error", "next", "status"}` on HTTP, the same fields in `Failed` on the socket, the same
sentences in the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

GOT_CHARS = 60
"""Of a value that is repeated in a sentence."""


class Trouble(Exception):
    """Base of all: `error` says what is wrong, `next` what to do about it."""

    status: int = 500

    retry_after_s: int | None = None
    """When the same request may succeed; None where that is not known."""

    def __init__(self, error: str, *, next: str) -> None:
        super().__init__(f"{error} {next}")
        self.error = error
        self.next = next


class Invalid(Trouble):
    status = 400


class Incompatible(Invalid):
    status = 409


class Denied(Trouble):
    status = 403


class NotFound(Trouble):
    status = 404


class TooLarge(Trouble):
    status = 413


class Unsupported(Trouble):
    status = 422


class Busy(Trouble):
    status = 429


class Unavailable(Trouble):
    status = 503


class StillLoading(Unavailable):
    retry_after_s = 5


class NoRoom(Trouble):
    status = 507


def sentences(found: Iterable[Mapping[str, Any]], whole: str) -> str:
    """`text: Field required; k: Input should be greater than 0, got -1`.

    Args:
        found: pydantic's errors.
        whole: what an error is told of that has no place in it.
    """
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or whole}: {_says(one)}{_got(one)}" for one in found)


def _says(one: Mapping[str, Any]) -> str:
    return one["msg"].removeprefix("Value error, ")


def _got(one: Mapping[str, Any]) -> str:
    """What stood there, unless the sentence says it already."""
    if one["type"] in ("missing", "extra_forbidden") or "got" in one["msg"]:
        return ""
    match one["input"]:
        case None | bool() | int() | float() | str() as value:
            shown = json.dumps(value, ensure_ascii=False)
            return f", got {shown}" if len(shown) <= GOT_CHARS else f", got {shown[:GOT_CHARS]}…"
        case list():
            return ", got a list"
        case dict() if one["type"].endswith("_type"):  # Otherwise something in it is wrong.
            return ", got an object"
        case _:
            return ""
