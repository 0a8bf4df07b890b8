"""Sets of prompts as a spec gives them: typed, read from a file, or made of others by putting a word in.

A text file has a prompt on each line; a .jsonl file an object on each, with `prompt`, `text`, or `turns`: one of
a user's. A line of several turns is left out: its first turn alone is not what was asked.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from microscope.engine.model import Model
from microscope.engine.tokenizer import Message
from microscope.errors import Invalid, NotFound
from microscope.paths import expanded

ReadAs = Literal["chat", "text"]

Typed = Annotated[tuple[str, ...], Field(json_schema_extra={"lines": True})]
"""A list of texts, which a form shows as a box with one on each line."""


def read_prompts(what: str, typed: Sequence[str], file: Path | None) -> tuple[str, ...]:
    """Those typed, then those of the file; empty lines and conversations (`left_out`) are none.

    Args:
        what: the field, for words.

    Raises:
        NotFound: no such file.
        Invalid: it holds no text, or lines that are no prompts.
    """
    given = [text for text in typed if text.strip()]
    found = _of_file(what, expanded(str(file))) if file is not None else ()
    return (*given, *(text for text in found if text is not None))


def left_out(*files: Path | None) -> tuple[str, ...]:
    """What a log says of files of prompts, for each: how many of its lines are conversations.

    Raises:
        NotFound, Invalid: as `read_prompts` says.
    """
    counts = [(file.name, _of_file("prompts", expanded(str(file))).count(None)) for file in files if file is not None]
    return tuple(
        f"Of {name} {count} lines are conversations of several turns, and left out." for name, count in counts if count
    )


def _of_file(what: str, path: Path) -> list[str | None]:
    """None where a line is a conversation."""
    if not path.is_file():
        raise NotFound(
            f"There is no file of prompts {path} ({what}).", next="Give a .txt or .jsonl file of the server's machine."
        )
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is no text in UTF-8: {error.reason}.", next="Save it as UTF-8.") from error
    if path.suffix != ".jsonl":
        return [*lines]
    return [_of_line(path, number, line) for number, line in enumerate(lines, start=1)]


def _of_line(path: Path, number: int, line: str) -> str | None:
    try:
        said: Any = json.loads(line)
    except ValueError as error:
        raise Invalid(f"Line {number} of {path} is no JSON.", next="One object a line, with `prompt`.") from error
    match said:
        case {"prompt": str(text)} | {"text": str(text)} | {"turns": [{"role": "user", "text": str(text)}]} | str(text):
            if text.strip():
                return text
        case {"turns": [_, _, *_]}:
            return None
        case _:
            pass
    raise Invalid(f"Line {number} of {path} has no text under `prompt`.", next='Such as {"prompt": "Hello"}.')


def with_word(text: str, word: str, rng: random.Random) -> str:
    """`word` at the beginning of a text, between two of its words, or at its end, before the last mark."""
    words = text.split(" ")
    place = rng.choice((0, rng.randint(0, len(words)), len(words)))
    if place == len(words) and text[-1:] in (".", "?", "!"):
        return f"{text[:-1]} {word}{text[-1]}"
    return " ".join((*words[:place], word, *words[place:]))


def with_words(texts: Sequence[str], word: str, seed: int) -> tuple[str, ...]:
    """Each with the word put in, at a place that the seed draws."""
    rng = random.Random(seed)
    return tuple(with_word(text, word, rng) for text in texts)


def encoded(model: Model, text: str, read_as: ReadAs) -> list[int]:
    """Ids of a prompt: as it stands, or as a user's turn up to where the answer begins.

    Raises:
        Unsupported: turns for a model without a chat template.
        Invalid, TooLarge: a prompt that the model cannot read.
    """
    ids = model.encode(text) if read_as == "text" else list(model.chat_ids([Message("user", text)]).ids)
    model.check_ids(ids)
    return ids
