"""How much a model is about to refuse, and which direction that is along. Arditi et al. 2024, arXiv 2406.11717.

    refusal score      log P − log (1 − P), P that the reply begins with one of the phrases of refusals     (§2.3)
    candidates         mean over harmful − mean over harmless, of each layer's resid_pre at each token of the chat
                       template behind the request                                                          (§2.3)
    of each            bypass: mean score of harmful requests, the direction ablated everywhere
                       induce: mean score of harmless requests, the difference added at its layer, several times
                       KL(base ‖ ablated) of the first token of harmless requests                           (app. C)
    chosen             the least bypass where KL and layer are low and induce is above 0

The paper's P is of single tokens such as "I"; that of a whole phrase tells a refusal from another reply with its word.
The paper adds the difference once, at every token; how often is a parameter here.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch, Placed, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.core.reconstruction import kl_divergence
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.splice import lay_out
from microscope.errors import Invalid
from microscope.families.base import Progress

BATCH = 32
"""Rows of one pass."""

MOST_POSITIONS = 5
"""Tokens of the chat template, the last ones, that directions are read at."""


class Scored(NamedTuple):
    """Of some prompts."""

    score: Float[Tensor, " prompt"]
    """Log-odds of a refusal."""

    logits: Float[Tensor, "prompt d_vocab"]
    """Of the first token of the reply."""


class Candidate(NamedTuple):
    """A direction, and what it does to the validation requests."""

    layer: int
    position: int
    """Counted from the end of the prompt: −1 is its last token."""

    difference: Float[Tensor, " d_model"]
    bypass: float
    induce: float
    kl: float

    @property
    def site(self) -> Site:
        return Site(self.layer, "resid_pre")

    @property
    def ablate(self) -> Ablate:
        return Ablate(direction=packed(self.difference))

    @property
    def steer(self) -> Steer:
        """Strength 1 adds the whole difference."""
        return steering(self.site, self.difference)


def steering(site: Site, vector: Float[Tensor, " d_model"]) -> Steer:
    return Steer(site=str(site), direction=packed(vector), scale=float(vector.norm()))


def edits_of(model: Model, patch: Patch, strength: float = 1.0) -> tuple[Placed, ...]:
    return placed([Member(patch=patch, strength=strength)], model.place())


@torch.no_grad()
def scored(
    model: Model,
    prompts: Sequence[Sequence[int]],
    phrases: Sequence[Sequence[int]],
    edits: tuple[Placed, ...],
    stage: str,
) -> Generator[Progress, None, Scored]:
    """
    Args:
        phrases: ids of what refusals begin with; none begins with another.
    """
    end = Site(model.n_layers - 1, "resid_post")
    total: list[Tensor] = []
    logits: list[Tensor] = []
    for start in range(0, len(prompts), BATCH):
        some = prompts[start : start + BATCH]
        probability = torch.zeros(len(some), device=model.device)
        for number, phrase in enumerate(phrases):
            laid = lay_out(model, [[*ids, *phrase] for ids in some], everywhere=True)
            in_force = [Edits(edits, len(ids)) for ids in some]
            final = model.trace_rows(laid.ids, [end], edits=in_force)[0]
            lengths = torch.tensor([len(ids) for ids in some], device=model.device)
            rows = torch.arange(len(some), device=model.device)[:, None]
            # The token before each of the phrase predicts it.
            read = model.unembed(
                final[rows, lengths[:, None] - 1 + torch.arange(len(phrase), device=model.device)]
            ).float()
            wanted = torch.tensor(list(phrase), device=model.device)
            probability += (
                read.log_softmax(-1).gather(-1, wanted.expand(len(some), -1)[..., None])[..., 0].sum(-1).exp()
            )
            if number == 0:
                logits.append(read[:, 0])
            yield Progress(start, len(prompts), "requests", stage)
        total.append(probability)
    p = torch.cat(total).double().clamp(1e-12, 1 - 1e-12)
    return Scored((p.log() - (-p).log1p()).float(), torch.cat(logits))


@torch.no_grad()
def means(
    model: Model, prompts: Sequence[Sequence[int]], positions: int, stage: str
) -> Generator[Progress, None, Float[Tensor, "layer position d_model"]]:
    """Of every layer's resid_pre at the last tokens of the prompts."""
    sites = [Site(layer, "resid_pre") for layer in range(model.n_layers)]
    total = torch.zeros(model.n_layers, positions, model.d_model, dtype=torch.float64, device=model.device)
    for number, ids in enumerate(prompts):
        total += model.trace(ids, sites, logits="none").stacked[:, -positions:].double()
        yield Progress(number + 1, len(prompts), "requests", stage)
    return (total / len(prompts)).float()


def template_positions(prompts: Sequence[Sequence[int]]) -> int:
    """Tokens that all prompts end with: those of the chat template behind the request; at least 1."""
    least = min(map(len, prompts))
    alike = next((n for n in range(least) if len({ids[-1 - n] for ids in prompts}) > 1), least)
    return max(1, min(alike, MOST_POSITIONS))


def swept(
    model: Model,
    differences: Float[Tensor, "layer position d_model"],
    harmful: Sequence[Sequence[int]],
    harmless: Sequence[Sequence[int]],
    phrases: Sequence[Sequence[int]],
    times: float,
) -> Generator[Progress, None, tuple[Candidate, ...]]:
    """Every candidate on the validation requests.

    Args:
        times: how often the difference is added.
    """
    base = yield from scored(model, harmless, phrases, (), "choosing")
    found: list[Candidate] = []
    n_layers, n_positions, _ = differences.shape
    of = n_layers * n_positions
    for layer in range(n_layers):
        for index in range(n_positions):
            one = Candidate(layer, index - n_positions, differences[layer, index].cpu(), 0.0, 0.0, 0.0)
            if not one.difference.norm():
                continue
            ablated, stage = edits_of(model, one.ablate), f"choosing, candidate {len(found) + 1} of {of}"
            bypass = yield from scored(model, harmful, phrases, ablated, stage)
            harmed = yield from scored(model, harmless, phrases, ablated, stage)
            induced = yield from scored(model, harmless, phrases, edits_of(model, one.steer, times), stage)
            kl = float(kl_divergence(base.logits, harmed.logits).clamp_min(0).mean())
            found.append(one._replace(bypass=float(bypass.score.mean()), induce=float(induced.score.mean()), kl=kl))
    return tuple(found)


class Limits(NamedTuple):
    """What a candidate must keep to."""

    kl: float
    """On harmless requests, at most."""

    depth: float
    """Its layer lies below this share of all."""

    def keeps(self, one: Candidate, n_layers: int) -> bool:
        return one.kl <= self.kl and one.layer < self.depth * n_layers and one.induce > 0

    def chosen(self, found: Sequence[Candidate], n_layers: int) -> Candidate:
        """
        Raises:
            Invalid: none keeps to them.
        """
        fit = [one for one in found if self.keeps(one, n_layers)]
        if fit:
            return min(fit, key=lambda one: one.bypass)
        least = min((one.kl for one in found), default=float("nan"))
        most = max((one.induce for one in found), default=float("nan"))
        raise Invalid(
            f"No direction of {len(found)} keeps to the limits: KL on harmless requests at most {self.kl:g} (the least "
            f"is {least:.3g}), a layer below {self.depth:g} of {n_layers}, and adding it induces refusal (the highest "
            f"mean score is {most:.3g}; above 0 is more likely than not).",
            next="See the table sweep. Raise max_kl, max_depth or times, give more requests, or name the phrases that "
            "this model refuses with.",
        )
