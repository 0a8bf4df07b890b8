"""What a model says to prompts, the likeliest token each time, with whatever is in force; many replies at once.

Each prompt is read alone; their replies share their steps.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from microscope.core.patches.base import Placed
from microscope.core.patches.scope import written_from
from microscope.engine.batch import Batch
from microscope.engine.edits import Edits, always
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Invalid, TooLarge
from microscope.families._prompts import encoded
from microscope.families.base import Progress

AT_ONCE = 32
"""Replies that share their steps."""


def replies(
    model: Model, prompts: Sequence[Sequence[int]], placed: Sequence[Placed], most: int, stage: str
) -> Generator[Progress, None, list[list[int]]]:
    """New tokens of each prompt, without the one that ends a reply.

    Args:
        placed: in force from the first token of each prompt on.
        most: tokens of a reply; fewer where the model's context is full.
        stage: of the progress that is told between two passes.

    Raises:
        Invalid, TooLarge: a prompt that the model cannot read, or that leaves no room; a strength at which what it
            predicts is no number.
    """
    said: list[list[int]] = []
    for start in range(0, len(prompts), AT_ONCE):
        working = _together(model, prompts[start : start + AT_ONCE], tuple(placed), most)
        while True:
            try:
                done = next(working)
            except StopIteration as ended:
                said += ended.value
                break
            yield Progress(start + done, len(prompts), "replies", stage)
    return said


def text_of(model: Model, ids: Sequence[int]) -> str:
    return b"".join(model.token_bytes[one] for one in ids).decode(errors="replace")


def asked(model: Model, prompt: str) -> list[int]:
    """A user's turn before the answer begins; the text as it stands where the model has no chat template."""
    return encoded(model, prompt, "chat" if model.info.chat else "text")


def _together(
    model: Model, prompts: Sequence[Sequence[int]], placed: tuple[Placed, ...], most: int
) -> Generator[int, None, list[list[int]]]:
    """Yields how many replies are complete."""
    longest = max(map(len, prompts))
    if longest >= model.n_ctx:
        raise TooLarge(
            f"A prompt of {longest} tokens leaves no room for a reply in n_ctx={model.n_ctx} of {model.name}.",
            next="Leave it out, or shorten it.",
        )
    states: list[State] = []
    for ids in prompts:
        states.append(state := State(model, always(Edits(placed, written_from(len(ids))))))
        for _ in prefill(state, ids):
            yield 0
    batch, said = Batch(states), [list[int]() for _ in states]
    going = set(range(len(states)))
    for _ in range(min(most, model.n_ctx - longest)):
        tokens = _likeliest(states)
        going -= {row for row in going if tokens[row] in model.end_ids}
        for row in going:
            said[row].append(tokens[row])
        if not going:
            break
        batch.extend(tokens)
        yield len(states) - len(going)
    return said


def _likeliest(states: Sequence[State]) -> list[int]:
    logits = torch.stack([state.logits() for state in states])
    if not bool(logits.isfinite().any(-1).all()) or bool(logits.isnan().any()):
        raise Invalid("With these patches the model computes what is no number.", next="Choose smaller strengths.")
    return logits.argmax(-1).tolist()
