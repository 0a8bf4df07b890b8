"""How much a model is about to refuse, and which direction that is along. Arditi et al. 2024, arXiv 2406.11717.

    refusal score      log P − log (1 − P), P that the reply begins with one of the phrases of refusals     (§2.3)
    candidates         mean over harmful − mean over harmless, of each layer's resid_pre at each token of the chat
                       template behind the request                                                          (§2.3)
    of each            bypass: mean score of harmful requests, the direction ablated everywhere
                       refused: share of them that are still scored above 0
                       induce: mean score of harmless requests, the difference added at its layer
                       KL(base ‖ ablated) of the first token of harmless requests                           (app. C)
    chosen             the least bypass where refused, KL and layer are low and induce is above 0
    limits             the paper's, KL of 0.1 nats and the difference added once. Where no candidate keeps to them the
                       difference is added 2, 4, … times, and KL may be 0.2, 0.4, …, until one does: each is doubled
                       as seldom as it can be, by the validation part alone

The paper's P is of single tokens such as "I"; that of a whole phrase tells a refusal from another reply with its word.
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
from microscope.core.patches.scope import written_from
from microscope.core.patches.steer import Steer
from microscope.core.rates import Rate
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
    refused: Rate
    """Of the harmful requests, with the direction ablated."""

    kl: float
    induced: tuple[float, ...]
    """Mean scores of the harmless ones, the difference added once, twice, four times … as often as was tried."""

    times: float | None
    """How often it must be added to induce refusal; None where nothing that was tried does."""

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
            in_force = [Edits(edits, written_from(len(ids))) for ids in some]
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


class Limits(NamedTuple):
    """What a candidate must keep to."""

    kl: float
    """On harmless requests, at most, before it is doubled."""

    times: float
    """How often the difference is added, before that is doubled."""

    doublings: int
    """Of either, at most."""

    refused: float
    """Share of the harmful requests, at most: what the rate's 95 % interval ends at, since few requests tell little and
    the candidate that just keeps to a limit does so by luck."""

    depth: float
    """Its layer lies below this share of all."""

    def bypasses(self, one: Candidate, n_layers: int) -> bool:
        return one.refused.interval.high <= self.refused and one.layer < self.depth * n_layers

    def doubled(self, first: float) -> tuple[float, ...]:
        """A limit, as it is and as it may become."""
        return tuple(first * 2**n for n in range(self.doublings + 1))

    def kl_limit(self, found: Sequence[Candidate], n_layers: int) -> float:
        """The least that a candidate keeps to which keeps to all else; the highest where none does."""
        least = min((one.kl for one in found if self._else(one, n_layers)), default=float("inf"))
        return next((limit for limit in self.doubled(self.kl) if least <= limit), self.doubled(self.kl)[-1])

    def kept(self, found: Sequence[Candidate], n_layers: int) -> list[bool]:
        limit = self.kl_limit(found, n_layers)
        return [one.kl <= limit and self._else(one, n_layers) for one in found]

    def chosen(self, found: Sequence[Candidate], n_layers: int) -> Candidate:
        """
        Raises:
            Invalid: none keeps to them.
        """
        fit = [one for one, kept in zip(found, self.kept(found, n_layers), strict=True) if kept]
        if fit:
            return min(fit, key=lambda one: one.bypass)
        least = min((one.refused.interval.high for one in found), default=float("nan"))
        kl = min((one.kl for one in found if self.bypasses(one, n_layers)), default=float("nan"))
        most = max((max(one.induced) for one in found), default=float("nan"))
        raise Invalid(
            f"No direction of {len(found)} keeps to the limits: surely at most {self.refused:g} of the harmful "
            f"requests refused without it (the least end of an interval is {least:.3g}), a layer below {self.depth:g} "
            f"of {n_layers}, KL on harmless requests at most {self.doubled(self.kl)[-1]:g} (the least of those is "
            f"{kl:.3g}), and adding it induces refusal (the highest mean score is {most:.3g}; above 0 is more likely "
            "than not).",
            next="See the table sweep. Give more requests for validation, raise max_refused, max_depth or doublings, "
            "or name the phrases that this model refuses with.",
        )

    def _else(self, one: Candidate, n_layers: int) -> bool:
        return self.bypasses(one, n_layers) and one.times is not None


class Validation(NamedTuple):
    """Requests that directions are chosen by."""

    harmful: Sequence[Sequence[int]]
    harmless: Sequence[Sequence[int]]
    phrases: Sequence[Sequence[int]]
    """Of `scored`."""


def swept(
    model: Model, differences: Float[Tensor, "layer position d_model"], on: Validation, limits: Limits
) -> Generator[Progress, None, tuple[Candidate, ...]]:
    """Every candidate on the validation requests."""
    base = yield from scored(model, on.harmless, on.phrases, (), "choosing")
    found: list[Candidate] = []
    n_layers, n_positions, _ = differences.shape
    of = n_layers * n_positions
    for layer in range(n_layers):
        for index in range(n_positions):
            difference = differences[layer, index].cpu()
            if not difference.norm():
                continue
            one = Candidate(layer, index - n_positions, difference, 0.0, Rate(0, 0), 0.0, (), None)
            stage = f"choosing, candidate {len(found) + 1} of {of}"
            one = yield from _ablated(model, one, on, base, stage)
            found.append((yield from _added(model, one, on, limits, stage)))
    return tuple(found)


def _ablated(
    model: Model, one: Candidate, on: Validation, base: Scored, stage: str
) -> Generator[Progress, None, Candidate]:
    edits = edits_of(model, one.ablate)
    harmful = yield from scored(model, on.harmful, on.phrases, edits, stage)
    harmless = yield from scored(model, on.harmless, on.phrases, edits, stage)
    return one._replace(
        bypass=float(harmful.score.mean()),
        refused=Rate(int((harmful.score > 0).sum()), len(harmful.score)),
        kl=float(kl_divergence(base.logits, harmless.logits).clamp_min(0).mean()),
    )


def _added(
    model: Model, one: Candidate, on: Validation, limits: Limits, stage: str
) -> Generator[Progress, None, Candidate]:
    """Those that do not bypass refusal are added once; of others it is found how often they must be."""
    multiples = limits.doubled(limits.times) if limits.bypasses(one, model.n_layers) else (limits.times,)
    induced: list[float] = []
    for times in multiples:
        scores = yield from scored(model, on.harmless, on.phrases, edits_of(model, one.steer, times), stage)
        induced.append(float(scores.score.mean()))
        if induced[-1] > 0:
            return one._replace(induced=tuple(induced), times=times)
    return one._replace(induced=tuple(induced))
