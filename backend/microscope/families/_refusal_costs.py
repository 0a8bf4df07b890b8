"""What taking a direction out costs: known facts, loss on a control text; and the identities of its patches."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from pydantic import JsonValue

from microscope.engine.model import Model
from microscope.families._behaviour import known
from microscope.families._effects import lost
from microscope.families._identities import Identities, identities
from microscope.families._losses import Losses
from microscope.families._refusing import Candidate, edits_of
from microscope.families._requests import Fact
from microscope.families.base import Event, Progress

IDENTITY_TEXTS = 4

WANTED = ("kl", "kl_low", "kl_high", "loss_base", "loss", "perplexity_base", "perplexity", "agreement", "tokens")
"""Of what losses are measured by."""


def elsewhere(
    model: Model, chosen: Candidate, facts: Sequence[Fact], texts: Sequence[Sequence[int]], seed: int
) -> Generator[Event, None, dict[str, JsonValue]]:
    """Figures of facts and of the control text, with the direction ablated.

    Args:
        facts: none where no rate of them is wanted.
    """
    ablated = edits_of(model, chosen.ablate)
    found: dict[str, JsonValue] = {}
    for name, placed in (("base", ()), ("ablated", ablated)) if facts else ():
        right = yield from known(model, facts, placed, "asking facts")
        found |= {f"facts_{name}": right.value, "facts": right.of}
    losses = Losses([len(ids) for ids in texts], ("1",), 0)
    for some in lost(model, texts, {"1": ablated}, 0, seed):
        if some is not None:
            losses.add(some)
        yield Progress(losses.done, losses.n_tokens, "tokens", "reading the control text")
    measured = losses.metrics("1", seed)
    return {**found, **{name: measured[name] for name in WANTED}}


def checked_identities(
    model: Model, texts: Sequence[Sequence[int]], chosen: Candidate
) -> Generator[Event, None, Identities]:
    """Of a few of the texts."""
    few = texts[:: max(1, len(texts) // IDENTITY_TEXTS)][:IDENTITY_TEXTS]
    working = identities(model, few, chosen.ablate, chosen.steer)
    while True:
        try:
            next(working)
        except StopIteration as ended:
            return ended.value
        yield Progress(0, None, "texts", "checking identities")
