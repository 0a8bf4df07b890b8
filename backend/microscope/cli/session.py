"""What a verb needs around its one call: settings, an open lab with the model in it, texts from files and keyboards.

torch is imported when a lab is opened and not before, so that what is wrong with a command is told at once.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from microscope.engine.weights import local
from microscope.errors import Invalid
from microscope.settings import Settings
from microscope.wire.conversations import Message
from microscope.wire.models import LoadModel, LoadProgress

if TYPE_CHECKING:
    from microscope.lab import Lab
    from microscope.services import Services
    from microscope.wire.patches import NamedPatch

T = TypeVar("T")


def read_settings(**given: Any) -> Settings:
    """The environment's, but for what the command line gave.

    Raises:
        Invalid: a value that a setting cannot have.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        says = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in wrong.errors())
        raise Invalid(
            f"A setting is wrong. {says}.", next="Change the option, or the variable MICROSCOPE_<NAME>."
        ) from wrong
    except SettingsError as wrong:
        raise Invalid(f"A setting cannot be read: {wrong}.", next='Write lists as JSON: \'["a", "b"]\'.') from wrong


class Session:
    """An open lab with one model, and the event loop that its services run in."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self.services = services
        self._runner = runner

    @property
    def vocabulary(self) -> bytes:
        """Of the model, as the wire has it."""
        models = self.services.models
        return models.vocabulary(models.info().slug)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Between two calls the keyboard is read, and Ctrl-C acts at once."""
        return self._runner.run(work)


@contextmanager
def opened(settings: Settings) -> Generator[Session]:
    """The lab with the settings' model loaded; closed behind it."""
    local(settings.model, settings.revision)
    from microscope.lab import Lab
    from microscope.services import open_services

    with asyncio.Runner() as runner:
        services = open_services(Lab.open(settings))
        try:
            runner.run(_load(services, settings))
            yield Session(services, runner)
        finally:
            runner.run(services.conversations.close())
            runner.run(services.lab.close())


@contextmanager
def closing(lab: Lab) -> Generator[Lab]:
    try:
        yield lab
    finally:
        asyncio.run(lab.close())


async def _load(services: Services, settings: Settings) -> None:
    request = LoadModel.model_validate(
        {name: getattr(settings, name) for name in ("model", "revision", "dtype", "device")}
    )
    with Console(stderr=True).status(f"Loading {settings.model} …") as status:

        def progress(now: LoadProgress) -> None:
            share = f" {now.done_bytes / now.of_bytes:.0%}" if now.of_bytes else ""
            status.update(f"Loading {settings.model}: {now.stage}{share}")

        await services.models.load(request, progress)


def read_text(path: Path) -> str:
    """
    Raises:
        Invalid: no such file, or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise Invalid(f"{path} cannot be read: {wrong.strerror}.", next="Give the path of a text file.") from wrong
    return decoded(content, str(path))


def decoded(content: bytes, where: str) -> str:
    """
    Raises:
        Invalid: not UTF-8.
    """
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        raise Invalid(
            f"{where} is not UTF-8: byte {wrong.start} is {content[wrong.start]:#04x}.", next="Convert it with iconv."
        ) from wrong


def read_messages(path: Path) -> tuple[Message, ...]:
    """The turns before, from a JSON file."""
    try:
        return TypeAdapter(tuple[Message, ...]).validate_json(read_text(path))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Invalid(
            f"{path} holds no messages: {first['msg']} at {'.'.join(str(part) for part in first['loc']) or 'the top'}.",
            next='Write [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}].',
        ) from wrong


def read_patches(given: Sequence[str]) -> tuple[NamedPatch, ...]:
    """Of HASH or HASH:STRENGTH each.

    Raises:
        Invalid: a strength that is no number.
    """
    named = [(one.partition(":")[0], _strength(one)) for one in given]
    if not named:
        return ()
    from microscope.wire.patches import NamedPatch

    return tuple(NamedPatch(hash=hash, strength=strength) for hash, strength in named)


def _strength(given: str) -> float:
    """Of HASH or HASH:STRENGTH."""
    _, colon, strength = given.partition(":")
    try:
        value = float(strength) if colon else 1.0
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid(
            f"Expected HASH or HASH:STRENGTH, the strength a number; got {given!r}.",
            next="The patches and their hashes: microscope patch list",
        )
    return value


def typed_turns(text: str | None) -> Iterator[str]:
    """The one given; else all of standard input, or from a keyboard turn by turn until an empty line."""
    if text is not None:
        yield text
    elif not sys.stdin.isatty():
        yield decoded(sys.stdin.buffer.read(), "Standard input").strip()
    else:
        while turn := _ask():
            yield turn


def _ask() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""
