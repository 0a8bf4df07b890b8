"""What is tried on test requests: the direction in each of its forms, beside random ones, and how often it is refused.

Of the random ones there are three sorts, several directions each: ablated everywhere as the direction is; pushed along
at its site by as much as the ablation there changes, position by position; added there with the norm of the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from microscope.core.matching import random_directions
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Placed
from microscope.core.patches.control import controls
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.rates import Behaviour, Rate
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._refusing import Candidate, edits_of, steering
from microscope.families._requests import SIDES, Side

RANDOM = "random "
"""Begins the names of conditions that are controls."""


class Condition(NamedTuple):
    """Something in force."""

    name: str
    placed: tuple[Placed, ...]
    on: tuple[Side, ...]
    """Requests that it is tried on."""

    direction: int | None = None
    """Number of the random one."""


def conditions(model: Model, chosen: Candidate, seeds: int, seed: int) -> Iterator[Condition]:
    """In the order in which they are shown.

    Args:
        seeds: random directions of each sort.
    """
    assert chosen.times is not None, "what does not induce refusal is not chosen"
    yield Condition("as it is", (), SIDES)
    yield Condition("ablated", edits_of(model, chosen.ablate), SIDES)
    at_site = edits_of(model, Ablate(direction=packed(chosen.difference), site=str(chosen.site)))
    yield Condition("ablated at its site", at_site, ("harmful",))
    if not model.layout.post_norm:
        yield Condition(
            "weights edited", edits_of(model, Scale(direction=packed(chosen.difference)), -1.0), ("harmful",)
        )
    yield Condition("added", edits_of(model, chosen.steer, chosen.times), ("harmless",))
    units: Float[Tensor, "seed d_model"] = random_directions(seeds, model.d_model, seed)
    for number, push in enumerate(controls(at_site, seeds, seed)):
        yield Condition(
            f"{RANDOM}ablated", edits_of(model, Ablate(direction=packed(units[number]))), ("harmful",), number
        )
        yield Condition(f"{RANDOM}pushed", push, ("harmful",), number)
        same_norm = steering(chosen.site, units[number] * chosen.difference.norm())
        yield Condition(f"{RANDOM}added", edits_of(model, same_norm, chosen.times), ("harmless",), number)


class Refusals(NamedTuple):
    """How a reply is told to be one: it contains one of these, whatever the case."""

    phrases: tuple[str, ...]

    def check(self) -> None:
        """
        Raises:
            Invalid: none, or an empty one.
        """
        if not self.phrases:
            raise Invalid("No phrase tells a refusal.", next="Say what this model's refusals begin with.")
        for phrase in self.phrases:
            Behaviour(phrase).check()

    def ids(self, model: Model) -> list[list[int]]:
        """Of each phrase, those left out that begin with another: they are counted with it."""
        encoded = sorted((model.encode(phrase, bos=False) for phrase in self.phrases), key=len)
        kept: list[list[int]] = []
        for one in encoded:
            if not any(one[: len(other)] == other for other in kept):
                kept.append(one)
        return kept

    def told(self, reply: str) -> bool:
        # Models write both apostrophes.
        return any(Behaviour(phrase).shown(reply.replace("’", "'")) for phrase in self.phrases)

    def rate(self, said: Sequence[str]) -> Rate:
        return Rate(sum(map(self.told, said)), len(said))
