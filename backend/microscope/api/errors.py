"""One handler, one shape: every error on every route is a `Problem`."""

from __future__ import annotations

import logging
from json import JSONDecodeError

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from microscope.errors import Invalid, Trouble, sentences
from microscope.services.room import out_of_memory
from microscope.wire.status import Problem

log = logging.getLogger("microscope")

OURS = "This is a fault of the program, not of the request."


def problem_of(trouble: BaseException) -> Problem:
    """What a user is told about an exception; what is not theirs to mend is logged with its traceback."""
    match trouble:
        case Trouble():
            return Problem(error=trouble.error, next=trouble.next, status=trouble.status)
        case RequestValidationError() | HTTPException() if isinstance(trouble.__cause__, ValueError | RecursionError):
            return problem_of(unreadable("body", trouble.__cause__))
        case RequestValidationError() if isinstance(trouble.body, bytes):
            return problem_of(
                Invalid("The body is not declared as JSON.", next="Send the header Content-Type: application/json.")
            )
        case RequestValidationError() | ValidationError():
            return Problem(error=_sentences(trouble), next="See /docs for what is expected.", status=400)
        case Exception() if full := out_of_memory(trouble):
            log.warning("out of memory", exc_info=trouble)
            return problem_of(full)
        case HTTPException():
            return Problem(
                error=str(trouble.detail), next="See /docs for the addresses there are.", status=trouble.status_code
            )
        case _:
            log.error("unexpected", exc_info=trouble)
            return Problem(
                error=f"{OURS} {type(trouble).__name__}: {trouble}",
                next="The server's log has the traceback.",
                status=500,
            )


def unreadable(what: str, why: ValueError | RecursionError) -> Invalid:
    """What is told of a body or a message that the JSON parser refused."""
    match why:
        case JSONDecodeError():
            place = f"line {why.lineno}, column {why.colno}"
            return Invalid(f"The {what} is no JSON ({place}): {why.msg}.", next="See /docs for what is expected.")
        case UnicodeDecodeError():
            return Invalid(f"The {what} is not UTF-8: byte {why.start}.", next="Send UTF-8 text.")
        case RecursionError():
            return Invalid(f"The {what}'s JSON is nested too deeply.", next="Send flatter JSON.")
        case ValueError():
            return Invalid(f"The {what}'s JSON holds a number of too many digits.", next="Send a shorter one.")


def _sentences(trouble: RequestValidationError | ValidationError) -> str:
    """What is wrong with each field; a body's go by their own names."""
    found = ({**error, "loc": [part for part in error["loc"] if part != "body"]} for error in trouble.errors())
    return sentences(found, "body")


async def answer(_: Request, trouble: Exception) -> JSONResponse:
    problem = problem_of(trouble)
    later = trouble.retry_after_s if isinstance(trouble, Trouble) else None
    headers = None if later is None else {"Retry-After": str(later)}
    return JSONResponse(problem.model_dump(), status_code=problem.status, headers=headers)


def install(app: FastAPI) -> None:
    for kind in (Trouble, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)
