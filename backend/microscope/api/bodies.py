"""What a JSON parser lets through and nothing behind it can use is refused before anything reads it.

Half of a surrogate pair, which JSON can spell and UTF-8 cannot, would break wherever it is written down, hashed or
said again; NaN and Infinity, which are no JSON and which Python's parser takes, are neither below nor above a limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fastapi import Request

from microscope.errors import Invalid
from microscope.services.limits import half_a_character


def check_json(value: object, what: str) -> None:
    """
    Args:
        value: JSON as it was parsed.
        what: what it was parsed from, as `body`.

    Raises:
        Invalid: half of a character or a number that is not finite, in whatever part, names of fields included.
    """
    for name, part in _parts(value, what):
        match part:
            case str(text):
                try:
                    text.encode()
                except UnicodeEncodeError as error:
                    raise half_a_character(error, name) from error
            case float(number) if not math.isfinite(number):
                raise Invalid(f"The {name} is {number}; expected a finite number.", next="Give one, or leave it out.")
            case _:
                pass


async def usable(request: Request) -> None:
    """Of every route: its body, where that is JSON; what is none is told of by the route itself."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return
    check_json(body, "body")


def _parts(value: object, name: str) -> Iterator[tuple[str, object]]:
    """Whatever is no list and no object, with the name of the field that it stands in. No recursion, since the asker
    says how deep it goes."""
    waiting: list[tuple[str, object]] = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        match value:
            case list(items):
                waiting += [(name, item) for item in items]
            case dict(fields):
                waiting += [(str(key), item) for key, item in fields.items()]
                waiting += [("name of a field", key) for key in fields]  # First of all: the rest is told under it.
            case _:
                yield name, value
