"""A command whose troubles are told in words."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import TYPE_CHECKING, ParamSpec

import typer

from microscope.errors import Trouble, sentences

if TYPE_CHECKING:
    from microscope.wire.status import Problem

P = ParamSpec("P")


def verb(app: typer.Typer, name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a command. What its user can mend ends in a sentence on stderr and exit code 1, never in a traceback;
    with `--json` in the shape that HTTP has.
    """

    def decorate(run: Callable[P, None]) -> Callable[P, None]:
        @app.command(name)
        @functools.wraps(run)
        def told(*args: P.args, **kwargs: P.kwargs) -> None:
            speak(as_json=bool(kwargs.get("as_json")))
            try:
                run(*args, **kwargs)
            except (Trouble, ValueError) as trouble:
                problem = problem_of(trouble, name)
                if kwargs.get("as_json"):
                    print(problem.model_dump_json(), file=sys.stderr)
                else:
                    print(f"{problem.error}\n{problem.next}".strip(), file=sys.stderr)
                raise typer.Exit(1) from trouble

        return told

    return decorate


def speak(*, as_json: bool) -> None:
    """Whatever the terminal's encoding lacks is told by its number; JSON is UTF-8 everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if as_json else None, errors="backslashreplace")


def problem_of(trouble: Trouble | ValueError, name: str) -> Problem:
    """As a message; a ValueError that is not pydantic's is a fault of ours and raised again."""
    from pydantic import ValidationError

    from microscope.wire.status import Problem

    match trouble:
        case Trouble():
            return Problem(error=trouble.error, next=trouble.next, status=trouble.status)
        case ValidationError():
            return Problem(error=sentences(trouble.errors(), name), next=f"See microscope {name} --help.", status=400)
        case _:
            raise trouble
