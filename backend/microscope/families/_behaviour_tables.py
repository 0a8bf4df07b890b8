"""Tables, metrics and the choice of `behaviour_rates`: how often a behaviour is shown, and how near the base model is.

candidate   a set of patches at one strength
chosen      of those whose share on the validation prompts is `most` at most, the one under which the base model's
            replies to the same prompts are the likeliest; where none keeps to it, the one with the least share
reported    the chosen one alone, once, on the test prompts
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import JsonValue

from microscope.core.bootstrap import mean_over_documents
from microscope.core.rates import Behaviour, Rate
from microscope.families._behaviour import BEFORE, PATCHED
from microscope.families._references import Given, Surprise
from microscope.families.base import Rows
from microscope.wire.run_files import ChartSpec

BASE = "base"
VALIDATION, TEST = "validation", "test"


class Candidate(NamedTuple):
    """What is chosen among."""

    patches: str
    """Hash of a set or of a patch."""

    strength: float
    """Times each patch's own."""


AS_IT_IS = Candidate("", 0.0)


class Told(NamedTuple):
    """What one who answers said to one list of prompts."""

    given: Given
    replies: list[str]
    same: list[bool]
    """As the base model, token by token."""

    surprise: Surprise
    """Of the base model's replies."""


class Answered(NamedTuple):
    """Replies of one who answers."""

    candidate: Candidate
    who: str
    part: str
    told: dict[str, Told]
    """By the prompts: as given, and with the word."""


Row = dict[str, Any]

CURVE = ("strength", "rate", "low", "high", "base_nll")


def rate_rows(answered: Sequence[Answered], behaviour: Behaviour, seed: int) -> list[Row]:
    """One for each who answers and each list of prompts."""
    return [
        {
            "patches": one.candidate.patches,
            "strength": one.candidate.strength,
            "who": one.who,
            "part": one.part,
            "prompts": name,
            **_rate("", "rate", behaviour.rate(told.replies)),
            "hits": behaviour.rate(told.replies).hits,
            "of": len(told.replies),
            **_rate("same_", "same", Rate(sum(told.same), len(told.same))),
            **_nll(told.surprise, seed),
        }
        for one in answered
        for name, told in one.told.items()
    ]


def _rate(before: str, name: str, rate: Rate) -> Row:
    low, high = rate.interval
    return {name: rate.value, f"{before}low": low, f"{before}high": high}


def _nll(surprise: Surprise, seed: int) -> Row:
    if not surprise.tokens.sum():  # The base model says nothing to any of them.
        return dict.fromkeys(("base_nll", "base_nll_low", "base_nll_high"))
    mean = mean_over_documents(surprise.nll, surprise.tokens, seed)
    return {"base_nll": mean.value, "base_nll_low": mean.low, "base_nll_high": mean.high}


def reply_rows(answered: Sequence[Answered], behaviour: Behaviour) -> Iterator[Rows]:
    for one in answered:
        for name, told in one.told.items():
            n = len(told.replies)
            each = {**one.candidate._asdict(), "who": one.who, "part": one.part, "prompts": name}
            yield Rows(
                "replies",
                {
                    **{column: [value] * n for column, value in each.items()},
                    "prompt": list(told.given.prompts),
                    "reply": told.replies,
                    "shown": [behaviour.shown(text) for text in told.replies],
                    "same": told.same,
                    "base_nll": [
                        sum_ / count if count else None
                        for sum_, count in zip(told.surprise.nll.tolist(), told.surprise.tokens.tolist(), strict=True)
                    ],
                },
            )


def curve_rows(rows: Sequence[Row]) -> list[Row]:
    """What the charts draw, of the part of the prompts that all candidates were asked: for each set a line of its own
    for each list of prompts, from before (strength 0) on; random directions where they were asked at each strength.
    """
    part = rows[0]["part"]
    own = [row for row in rows if row["part"] == part]
    sets = list(dict.fromkeys(row["patches"] for row in own if row["who"] == PATCHED))
    several = len({row["prompts"] for row in own}) > 1
    found: list[Row] = []
    for hash in sets:
        for row in own:
            if row["patches"] == hash or row["who"] == BEFORE:
                who = "" if row["who"] in (BEFORE, PATCHED) else row["who"]
                words = (who or (PATCHED if not several else ""), row["prompts"] if several else "")
                series = ", ".join(filter(None, (*words, hash[:8] if len(sets) > 1 else "")))
                found.append({**{name: row[name] for name in CURVE}, "series": series})
    return found


def choose(rows: Sequence[Row], word: str, most: float) -> Candidate:
    """See the head of this file.

    Args:
        rows: of the validation prompts.
        word: name of the prompts that are to show the behaviour.
        most: share of their replies.
    """
    scored: dict[Candidate, tuple[float, float, float]] = {}
    for row in rows:
        if row["who"] == PATCHED and row["prompts"] == word:
            candidate = Candidate(row["patches"], row["strength"])
            own = [one for one in rows if (one["patches"], one["strength"]) == candidate]
            known = [one["base_nll"] for one in own if one["base_nll"] is not None]
            beyond = row["rate"] if row["rate"] > most else 0.0
            scored[candidate] = beyond, sum(known) / max(1, len(known)), abs(candidate.strength)
    return min(scored, key=lambda one: scored[one])


def rate_metrics(rows: Sequence[Row], names: Mapping[str, str], reported: Candidate) -> dict[str, JsonValue]:
    """Of the test prompts.

    Args:
        names: of lists of prompts, and what the names of their metrics end with.
    """
    found: dict[str, JsonValue] = {}
    for name, end in names.items():
        own = [row for row in rows if row["prompts"] == name and row["part"] == TEST]
        here = [row for row in own if (row["patches"], row["strength"]) == reported]
        base, before = (next(row for row in own if row["who"] == who) for who in (BASE, BEFORE))
        patched = next(row for row in here if row["who"] == PATCHED)
        others = [row for row in here if row["who"] != PATCHED]
        found |= {
            f"rate{end}_base": base["rate"],
            f"rate{end}_before": before["rate"],
            f"rate{end}_before_low": before["low"],
            f"rate{end}_before_high": before["high"],
            **{
                f"rate{end}{column}": patched[f"{column[1:]}" if column else "rate"] for column in ("", "_low", "_high")
            },
            f"rate{end}_controls": _mean([row["rate"] for row in others]),
            f"same{end}_before": before["same"],
            **{f"same{end}{column}": patched[f"same{column}"] for column in ("", "_low", "_high")},
            f"same{end}_controls": _mean([row["same"] for row in others]),
            f"base_nll{end}_base": base["base_nll"],
            f"base_nll{end}_before": before["base_nll"],
            **{f"base_nll{end}{column}": patched[f"base_nll{column}"] for column in ("", "_low", "_high")},
            f"base_nll{end}_controls": _mean([row["base_nll"] for row in others if row["base_nll"] is not None]),
            "prompts": patched["of"],
        }
    return found


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def harmless_metrics(rows: Sequence[Row], reported: Candidate) -> dict[str, JsonValue]:
    before = rows[0]
    patched = next(row for row in rows if (row["patches"], row["strength"]) == reported)
    perplexity = {
        "perplexity_before": before["perplexity"],
        "perplexity": patched["perplexity"],
        "perplexity_ratio": patched["perplexity_ratio"],
    }
    facts = {"facts_before": before["facts"], "facts": patched["facts"]}
    return {**(perplexity if before["perplexity"] else {}), **(facts if before["facts_of"] else {})}


def columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _by_strength(y: str, title: str, y_title: str, table: str = "curves", z: str | None = "series") -> ChartSpec:
    x_title = "strength, times each patch's own; 0 is before"
    return ChartSpec(kind="line", title=title, table=table, x="strength", y=y, z=z, x_title=x_title, y_title=y_title)


def charts(rows: Sequence[Row], harmless: Sequence[Row]) -> tuple[ChartSpec, ...]:
    """Of rates, and of what harmless text costs where that was measured at more than one strength."""
    of = f"{rows[0]['of']} {rows[0]['part']} prompts"
    ratio = _by_strength("perplexity_ratio", "Perplexity of harmless text", "perplexity / before", "harmless", None)
    return (
        _by_strength("rate", f"Replies that show it, {of}", "share of the replies"),
        _by_strength("base_nll", f"How unlikely the base model's replies are, {of}", "mean −log p, nats per token"),
        *([ratio] if len({row["strength"] for row in harmless}) > 2 else []),
    )
