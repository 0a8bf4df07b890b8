"""Half of a surrogate pair, which JSON can spell and UTF-8 cannot, is refused before anything reads what holds it.

Whatever part of a body or a message it stands in, names of fields included: what got further would break where it is
written down, hashed or said again.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request

from microscope.services.limits import half_a_character


def check_characters(value: object, what: str) -> None:
    """
    Args:
        value: JSON as it was parsed.
        what: what it was parsed from, as `body`.

    Raises:
        Invalid: half of a character, wherever it stands.
    """
    for name, text in _texts(value, what):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise half_a_character(error, name) from error


async def whole_characters(request: Request) -> None:
    """Of every route: its body, where that is JSON; what is none is told of by the route itself."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return
    check_characters(body, "body")


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Every text, with the name of the field that it stands in. No recursion, since the asker says how deep it goes."""
    waiting: list[tuple[str, object]] = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        match value:
            case str(text):
                yield name, text
            case list(items):
                waiting += [(name, item) for item in items]
            case dict(fields):
                waiting += [(str(key), item) for key, item in fields.items()]
                waiting += [("name of a field", key) for key in fields]  # First of all: the texts are told under it.
