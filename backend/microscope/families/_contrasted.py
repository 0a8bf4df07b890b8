"""What the features of an SAE, and single directions, read of prompts: a number for each.

    last    at the last token
    max     the largest over the tokens but the first
    mean    the mean over them

A direction is read as a feature is, ⟨x, d⟩ in the place of its activation; the vector that directions are fitted to is
that of the last token, and the mean over the tokens for `max`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.contrast import Labels
from microscope.core.patches.base import Placed
from microscope.core.saes.base import Sae
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families.base import Event, Progress

Position = Literal["last", "max", "mean"]

TOGETHER = 8
"""Prompts between two places where a click may slip in."""


class Sets(NamedTuple):
    """All prompts, those that have what is sought first."""

    prompts: tuple[str, ...]
    labels: Labels
    groups: tuple[int, ...]
    """The same prompt with and without the word, or on both sides, is one group."""


class Read(NamedTuple):
    """Of every prompt."""

    features: Float[Tensor, "prompt feature"]
    vectors: tuple[Float[Tensor, "token d_in"], ...]
    """What passed the site, at the tokens that count."""

    def fitted(self, position: Position) -> Float[Tensor, "prompt d_in"]:
        """One vector for each prompt, for directions."""
        return torch.stack([rows[-1] if position == "last" else rows.mean(0) for rows in self.vectors])

    def along(self, direction: Float[Tensor, " d_in"], position: Position) -> Float[Tensor, " prompt"]:
        return torch.stack([_pooled((rows @ direction.to(rows))[:, None], position)[0] for rows in self.vectors])


def read(
    model: Model, sae: Sae, site: Site, prompts: Sequence[Sequence[int]], placed: Sequence[Placed], position: Position
) -> Generator[Event, None, Read]:
    """
    Args:
        placed: in force while the prompts are read.

    Raises:
        Invalid: a prompt of one token, of which nothing counts but its last.
    """
    features: list[Tensor] = []
    vectors: list[Tensor] = []
    for done, ids in enumerate(prompts, start=1):
        if position != "last" and len(ids) < 2:
            raise Invalid(
                "A prompt is one token; `max` and `mean` leave out the first.",
                next="Give longer prompts, or read the last token.",
            )
        rows, counts = _rows(model, site, ids, tuple(placed)), slice(-1 if position == "last" else 1, None)
        with torch.no_grad():
            features.append(_pooled(sae.encode(rows, (len(ids),))[counts], position).cpu())
        vectors.append(rows[counts].cpu())
        if not done % TOGETHER or done == len(prompts):
            yield Progress(done, len(prompts), "prompts", "reading")
    return Read(torch.stack(features), tuple(vectors))


def _rows(model: Model, site: Site, ids: Sequence[int], placed: tuple[Placed, ...]) -> Float[Tensor, "token d_in"]:
    row = torch.tensor([list(ids)], device=model.device)
    edits = [Edits(placed)] if placed else []
    return model.trace_rows(row, [site], edits=edits)[0, 0].float()


def _pooled(values: Float[Tensor, "token column"], position: Position) -> Float[Tensor, " column"]:
    match position:
        case "last":
            return values[-1]
        case "max":
            return values.amax(0)
        case "mean":
            return values.mean(0)
