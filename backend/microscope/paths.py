"""Paths as people write them."""

from __future__ import annotations

import os
from pathlib import Path

from microscope.errors import Invalid

LONGEST_NAME = 255
"""Bytes of one name, on the file systems that are in use."""

LONGEST_PATH = 4_095
"""Bytes, on Linux; what is longer is a mistake elsewhere, too."""


def expanded(path: Path | str) -> Path:
    """With a home folder in the place of `~`.

    Raises:
        Invalid: the home of nobody, or what no file can be called.
    """
    try:
        return possible(Path(path).expanduser())
    except RuntimeError as nobody:
        user = Path(path).parts[0].removeprefix("~")
        raise Invalid(
            f"{path}: there is no user of the name {user!r} here.",
            next="Write the whole path, or ~/ for your own home folder.",
        ) from nobody


def possible(path: Path) -> Path:
    """The path, which a file can have.

    Raises:
        Invalid: none can.
    """
    written = str(path)
    if "\0" in written:
        raise Invalid("The path holds a zero byte, as no file's name does.", next="Type the path again.")
    try:
        names = [os.fsencode(part) for part in path.parts]
    except UnicodeEncodeError as half:
        raise Invalid(
            f"The path holds half of a character at position {half.start}; expected valid Unicode.",
            next="Type the path again.",
        ) from half
    if max(map(len, names), default=0) > LONGEST_NAME or len(os.fsencode(path)) > LONGEST_PATH:
        raise Invalid(
            f"{written[:40]}… is longer than a path can be: {LONGEST_NAME} bytes for a name, {LONGEST_PATH:,} in all.",
            next="Give a shorter one.",
        )
    return path
