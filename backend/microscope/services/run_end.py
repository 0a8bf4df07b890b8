"""How an attempt at a run ended, in words and as its row in the database has it."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import JsonValue

from microscope.engine.memory import ran_out
from microscope.errors import Denied, Invalid, NotFound, TooLarge, Trouble, Unsupported
from microscope.families.base import Result
from microscope.services.finite import finite
from microscope.services.run_claim import Stop


class Ended(NamedTuple):
    """How an attempt ended."""

    status: str
    """As the row has it; `lost` where another worker has it now."""

    failure: dict[str, str] | None = None
    result: Result | None = None
    may_pass: bool = False
    """Of a failure: going on with the same spec may come further."""

    def columns(self, now: float) -> dict[str, Any]:
        """Of its row.

        Args:
            now: Unix time in seconds.
        """
        columns: dict[str, Any] = {"status": self.status, "failure": self.failure}
        if self.status in ("succeeded", "failed", "cancelled"):
            columns["ended"] = now
        if self.result is not None:
            metrics = self.result.metrics
            columns["headline"] = {name: _number(metrics.get(name)) for name in self.result.headline}
        return columns


def stopped(why: Stop, asking: str | None) -> tuple[str, str]:
    """Status of a run that has stopped before its end, and what the log says.

    Args:
        why: it was to stop.
        asking: what somebody wants by now: a worker that ends takes nothing of it back.
    """
    match asking, why:
        case "cancel", _:
            return "cancelled", "Cancelled."
        case "pause", _:
            return "paused", "Paused."
        case _, "leave":
            return "planned", "Its worker ends; planned again."
        case _:
            return "planned", "Resumed while it stopped; planned again."


def may_pass(wrong: Exception) -> bool:
    """Not so what was asked for wrongly: it is as wrong the next time."""
    return not isinstance(wrong, Invalid | NotFound | Unsupported | TooLarge | Denied)


def failure(wrong: Exception) -> dict[str, str]:
    """In words: what failed, and what to do about it."""
    match wrong:
        case Trouble():
            return {"error": wrong.error, "next": wrong.next}
        case _ if ran_out(wrong):
            return {"error": f"Out of memory. {wrong}".strip(), "next": "Use a smaller batch or model, and requeue it."}
        case _:
            return {
                "error": f"The family failed. {type(wrong).__name__}: {wrong}",
                "next": "The log has the traceback; requeue it to go on from its last checkpoint.",
            }


def _number(value: JsonValue) -> float | None:
    return finite(value) if isinstance(value, int | float) else None
