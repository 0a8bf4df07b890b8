"""What a foreign configuration says, value by value; a value that is not of the type that its layout writes is refused.

Whatever else goes wrong where one is read, such as a number in the place of an object, is told by `understood`.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from microscope.errors import Invalid, sentences

AGAIN = "Copy or download it again."

MALFORMED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What comes of values that are not what a layout writes; a RecursionError is a RuntimeError."""

_SHOWN = 60
"""Characters of a value that is told."""


class Odd(ValueError):
    """A value of another type or range than its layout writes; says which."""


@contextmanager
def understood(file: Path, layout: str) -> Generator[None]:
    """Reads of what stands beside some tensors.

    Raises:
        Invalid: it is not what that layout writes.
    """
    try:
        yield
    except MALFORMED as wrong:
        if "allocate memory" in str(wrong):  # The CPU's allocator raises a plain RuntimeError.
            raise
        raise Invalid(
            f"What stands beside {file} cannot be understood as {layout} writes it: {_says(wrong)}.", next=AGAIN
        ) from wrong


def word(config: Mapping[str, Any], name: str) -> str:
    """Text; empty where it is not set.

    Raises:
        Odd: something else.
    """
    value = config.get(name)
    if value is not None and not isinstance(value, str):
        raise Odd(f"{name} is {shown(value)}, expected text")
    return value or ""


def nested(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object; empty where it is not set.

    Raises:
        Odd: something else.
    """
    value = config.get(name)
    if value is not None and not isinstance(value, dict):
        raise Odd(f"{name} is {shown(value)}, expected an object")
    return value or {}


def truth(config: Mapping[str, Any], name: str) -> bool | None:
    """True or false, as JSON has it or as 1 and 0; None where it is not set.

    Raises:
        Odd: something else.
    """
    value = config.get(name)
    if value is not None and not (isinstance(value, (bool, int)) and value in (0, 1)):
        raise Odd(f"{name} is {shown(value)}, expected true or false")
    return None if value is None else bool(value)


def whole(config: Mapping[str, Any], name: str) -> int | None:
    """A whole number from 0 on, as JSON has it or in digits; None where it is not set.

    Raises:
        Odd: something else.
    """
    value = config.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not (isinstance(value, (int, float, str)) and str(value).isdecimal()):
        raise Odd(f"{name} is {shown(value)}, expected a whole number from 0 on")
    return int(value)


def above_0(config: Mapping[str, Any], name: str) -> float:
    """A number above 0; 1 where it is not set.

    Raises:
        Odd: something else.
    """
    value = config.get(name, 1.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise Odd(f"{name} is {shown(value)}, expected a number above 0")
    return float(value)


def check_characters(value: object) -> None:
    """Of all text in it, names included: what JSON, YAML and pickles can spell and UTF-8 cannot could be written down
    nowhere, and would spoil every answer that it is a part of.

    Raises:
        Odd: half of a surrogate pair.
    """
    try:
        json.dumps(value, ensure_ascii=False, skipkeys=True, default=lambda _other: None).encode()
    except UnicodeEncodeError as wrong:
        half = ord(wrong.object[wrong.start])
        raise Odd(f"it holds half of a character (U+{half:04X}), expected valid Unicode") from wrong


def shown(value: object) -> str:
    """As it is told: quoted where it is text, and not without end."""
    said = repr(value)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"


def _says(wrong: Exception) -> str:
    match wrong:
        case ValidationError():
            return sentences(wrong.errors(), "it")
        case Odd():
            return str(wrong)
        case KeyError():
            return f"it lacks {wrong}"
        case RecursionError():
            return "values lie too deep in each other"
        case ArithmeticError():
            return f"a number is out of range ({wrong})"
        case _:
            return f"a value is of another type ({wrong})"
