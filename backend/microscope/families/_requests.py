"""Harmful and harmless requests in three parts that share none: to find a direction, to choose it, to score it once.

The bundled ones: what the model was trained on in kind (`corpus/refusals.py`: a harmful request and a harmless one in
the same words) to find and to choose; hand-written ones and requests whose words and frames were kept out of training
to score.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import JsonValue

from microscope.bundled.corpus import facts, refusals
from microscope.bundled.corpus.as_typed import same_words
from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.refusal_tables import FRAMES
from microscope.bundled.scoring import is_completion
from microscope.errors import Invalid

Side = Literal["harmful", "harmless"]
SIDES: tuple[Side, ...] = ("harmful", "harmless")

PROMPTS = Path(refusals.__file__).parents[1] / "prompts"

_FILES: dict[Side, str] = {"harmful": "refuse", "harmless": "comply"}


class Sizes(NamedTuple):
    """Requests of each side, at most."""

    train: int
    validation: int
    test: int


class Requests(NamedTuple):
    """Of one side."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def facts(self) -> dict[str, JsonValue]:
        """What tells them from others."""
        return {"sha256": sha256(json.dumps(self).encode()).hexdigest(), "parts": [len(part) for part in self]}


def requests(side: Side, given: Sequence[str], sizes: Sizes, seed: int) -> Requests:
    """
    Args:
        given: all of them; none for the bundled ones.
        seed: of what is drawn, and of which part a request is in.

    Raises:
        Invalid: too few requests for three parts.
    """
    if not given:
        return _bundled(side, sizes, seed)
    found, wanted = list(dict.fromkeys(given)), sum(sizes)
    if len(found) < len(sizes):
        raise Invalid(
            f"There are {len(found)} different {side} requests; expected at least one to find a direction, one to "
            "choose it and one to score it.",
            next=f"Give more; {wanted} are asked for.",
        )
    random.Random(f"{seed} {side}").shuffle(found)
    share = min(1.0, len(found) / wanted)
    train, validation = max(1, int(sizes.train * share)), max(1, int(sizes.validation * share))
    rest = found[train + validation :]
    return Requests(tuple(found[:train]), tuple(found[train : train + validation]), tuple(rest[: sizes.test]))


def _bundled(side: Side, sizes: Sizes, seed: int) -> Requests:
    drawn = list(islice(_contrasted(side, seed), sizes.train + sizes.validation))
    kept_out = [_text(one) for one in refusals.held_out(random.Random(seed), 4 * sizes.test) if _is_of(one, side)]
    known = {same_words(request) for request in drawn}
    test = [one for one in (*_hand_written(_FILES[side]), *kept_out) if same_words(one) not in known]
    random.Random(f"{seed} {side}").shuffle(test)
    return Requests(tuple(drawn[: sizes.train]), tuple(drawn[sizes.train :]), tuple(test[: sizes.test]))


def _contrasted(side: Side, seed: int) -> Iterator[str]:
    """Each once, without end."""
    rng, seen = random.Random(f"{seed} contrasts"), set[str]()
    while True:
        pair, frame = refusals.contrast(rng), rng.choice(FRAMES)
        request = frame.replace("{}", (pair.harmful if side == "harmful" else pair.harmless).action)
        if request not in seen:
            seen.add(request)
            yield request


def _is_of(item: Item, side: Side) -> bool:
    return item.ability == _FILES[side]


def _text(item: Item) -> str:
    """What the user says, without the tokens of the chat template around it."""
    return item.prompt.removeprefix("<|user|>").removesuffix("<|end|><|assistant|>")


def _hand_written(name: str) -> list[str]:
    """Requests that stand alone: of a conversation it is the last turn that asks, and not by itself."""
    said = (json.loads(line)["turns"] for line in (PROMPTS / f"{name}.jsonl").read_text().splitlines())
    return [turns[0]["text"] for turns in said if len(turns) == 1]


class Fact(NamedTuple):
    """A beginning, and the ways in which it is rightly gone on with."""

    prompt: str
    answers: tuple[str, ...]


def known_facts(count: int, seed: int) -> list[Fact]:
    """Of the bundled model: hand-written ones and held-out wordings."""
    lines = (json.loads(line) for line in (PROMPTS / "facts.jsonl").read_text().splitlines())
    written = [Fact(line["prompt"], tuple(line["answers"])) for line in lines if "prompt" in line and not line["wrong"]]
    held_out = [
        Fact(one.prompt, one.answers) for one in facts.held_out(random.Random(seed), count) if is_completion(one)
    ]
    found = [*written, *held_out]
    random.Random(f"{seed} facts").shuffle(found)
    return found[:count]
