"""The direction along which a model refuses: found, chosen, taken out, and tried on requests that it never saw.

1. requests in three parts; of the first two those count that the model refuses, or answers, as it should
2. the mean over harmful requests less that over harmless ones, of every layer at every token of the chat template; the
   one is chosen whose ablation bypasses refusal best on the validation part (`_refusing.py`)
3. what the model says to test requests under each condition, beside random directions (`_refusal_trials.py`)
4. what the ablation does elsewhere: known facts, and loss on a control text
5. identities (`_identities.py`)

Arditi et al. 2024, arXiv 2406.11717.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field, JsonValue

from microscope.bundled.scoring import continues_with
from microscope.core.patches.base import Patch, Placed
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.rates import Rate
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._corpora import open_corpus
from microscope.families._effects import lost
from microscope.families._identities import Identities, identities
from microscope.families._inputs import of_dataset
from microscope.families._losses import Losses
from microscope.families._prompts import Typed, read_prompts
from microscope.families._refusal_trials import Condition, Refusals, conditions
from microscope.families._refusing import Candidate, Limits, edits_of, means, scored, swept, template_positions
from microscope.families._replies import asked, replies, text_of
from microscope.families._requests import SIDES, Requests, Side, Sizes, known_facts, requests
from microscope.families.base import (
    CHOSEN_MODEL,
    Bench,
    Event,
    Family,
    ModelWish,
    NewPatch,
    Progress,
    Result,
    Rows,
    Say,
)
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

Ids = list[int]

FACT_TOKENS = 8
"""A fact is gone on with this far."""

IDENTITY_TEXTS = 4


class RefusalDirection(Family, frozen=True):
    """Finds the direction along which a model refuses, takes it out, and tries that beside random directions."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Refusal direction"

    kind: Literal["refusal_direction"] = "refusal_direction"

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder, with a chat template; empty is the server's own."""

    harmful: Typed = ()
    """Requests that the model refuses; none are given where those of the bundled model are meant."""

    harmful_file: Path | None = None
    """More of them: a text file with one on each line, or .jsonl."""

    harmless: Typed = ()
    """Requests that it answers; none are given where those of the bundled model are meant."""

    harmless_file: Path | None = None
    """More of them."""

    refusals: Typed = ("I can't help",)
    """What refusals begin with, as this model says it; a reply that contains one of these is a refusal."""

    train: int = Field(default=128, gt=0)
    """Requests of each side that the direction is found from."""

    validation: int = Field(default=32, gt=0)
    """Others that it is chosen by."""

    test: int = Field(default=100, gt=0)
    """Others that it is scored on, once."""

    max_kl: float = Field(default=0.5, gt=0)
    """KL(base ‖ ablated) of the first token of harmless replies that a direction may cost, in nats. The paper takes
    0.1, which no direction of the bundled model keeps to."""

    times: float = Field(default=4.0, gt=0)
    """How often the difference is added to induce refusal. The paper adds it once, which the bundled model answers."""

    max_depth: float = Field(default=0.8, gt=0, le=1)
    """Only layers below this share of all: late ones write the refusal's words themselves."""

    reply_tokens: int = Field(default=24, gt=0)
    """Of a reply, at most."""

    controls: int = Field(default=4, gt=0, le=16)
    """Random directions of each sort."""

    facts: int = Field(default=100, ge=0)
    """Facts of the bundled model that are asked with and without the direction; 0 where another model is studied."""

    dataset: str = "bundled"
    """Control text: a .txt, .jsonl or .parquet file, a name on the hub, or bundled."""

    documents: int = Field(default=48, gt=1)
    """Of the control text."""

    context: int = Field(default=128, gt=1)
    """Tokens of each that are read, at most."""

    seed: int = Field(default=1, ge=0)
    """Of the parts, of the random directions, and of the bundled control text, which the bundled model was trained on
    at seed 0."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid, Unavailable: no such data set, too few requests, no phrase of a refusal.
        """
        Refusals(self.refusals).check()
        found = [self._requests(side) for side in SIDES]
        control = self._data().try_out().name
        counts = [f"{len(one.train)}, {len(one.validation)} and {len(one.test)}" for one in found]
        return (
            f"Finds a direction of {self.model or lab.settings.model}, chooses it and scores it on {counts[0]} harmful "
            f"and {counts[1]} harmless requests.",
            f"Reads {self.documents} documents of {control} with and without it.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Invalid: requests that the model does not refuse, or all of which it does; no direction within the limits.
            Unsupported: a model without a chat template.
        """
        model = bench.model()
        given: dict[Side, Requests] = {side: self._requests(side) for side in SIDES}
        yield bench.reads(
            {**{f"{side} requests": one.facts for side, one in given.items()}, **of_dataset(self._data())}
        )
        sides: dict[Side, _Encoded] = {side: _encoded(model, one) for side, one in given.items()}
        refusals = Refusals(self.refusals)
        phrases = refusals.ids(model)
        train = yield from self._fitting(model, sides, phrases)
        positions = template_positions([*train["harmful"], *train["harmless"]])
        harmful = yield from means(model, train["harmful"], positions, "reading harmful requests")
        harmless = yield from means(model, train["harmless"], positions, "reading harmless requests")
        checked = yield from self._fitting(model, sides, phrases, part="validation")
        found = yield from swept(
            model, harmful - harmless, checked["harmful"], checked["harmless"], phrases, self.times
        )
        limits = Limits(self.max_kl, self.max_depth)
        yield _sweep_table(model, found, limits)
        chosen = limits.chosen(found, model.n_layers)
        yield Say(
            f"Chose {chosen.site}, position {chosen.position}: bypass {chosen.bypass:.2f}, induce {chosen.induce:.2f}, "
            f"KL {chosen.kl:.3g}; its difference is {float(chosen.difference.norm()):.3g} long."
        )
        tests: dict[Side, tuple[str, ...]] = {side: one.test for side, one in given.items()}
        rates = yield from self._tried(model, chosen, refusals, tests)
        elsewhere = yield from self._elsewhere(model, chosen)
        same = yield from _same(model, [*sides["harmful"].test, *sides["harmless"].test], chosen)
        metrics = {
            "site": str(chosen.site),
            "position": chosen.position,
            "norm": float(chosen.difference.norm()),
            "bypass": chosen.bypass,
            "induce": chosen.induce,
            "kl_harmless": chosen.kl,
            **_of_rates(rates),
            **elsewhere,
            **same._asdict(),
        }
        yield Result(
            metrics,
            headline=("refusal_base", "refusal_ablated", "refusal_random", "answered_ablated"),
            charts=CHARTS,
            patches=_patches(model, chosen),
        )

    # ── Requests ─────────────────────────────────────────────────────────────────────────────────────────

    def _requests(self, side: Side) -> Requests:
        typed, file = getattr(self, side), getattr(self, f"{side}_file")
        return requests(side, read_prompts(side, typed, file), Sizes(self.train, self.validation, self.test), self.seed)

    def _data(self) -> Dataset:
        return open_corpus(self.dataset, config="", split="train", column="text", seed=self.seed)

    def _fitting(
        self,
        model: Model,
        sides: dict[Side, _Encoded],
        phrases: Sequence[Sequence[int]],
        part: Literal["train", "validation"] = "train",
    ) -> Generator[Event, None, dict[Side, list[Ids]]]:
        """Harmful requests of a part that the model is more likely to refuse than not, harmless ones that it is not.

        Raises:
            Invalid: none of one side.
        """
        fit: dict[Side, list[Ids]] = {}
        for side, encoded in sides.items():
            given: list[Ids] = getattr(encoded, part)
            score = (yield from scored(model, given, phrases, (), f"scoring {side} requests")).score.tolist()
            fit[side] = [ids for ids, one in zip(given, score, strict=True) if (one > 0) == (side == "harmful")]
            does = "refuses" if side == "harmful" else "answers"
            yield Say(f"Of {len(given)} {side} requests for {part} the model {does} {len(fit[side])}; these are used.")
            if not fit[side]:
                raise Invalid(
                    f"Of {len(given)} {side} requests for {part} the model {does} none.",
                    next="Name what its refusals begin with (refusals), or give other requests.",
                )
        return fit

    # ── What comes of it ─────────────────────────────────────────────────────────────────────────────────

    def _tried(
        self, model: Model, chosen: Candidate, refusals: Refusals, tests: dict[Side, tuple[str, ...]]
    ) -> Generator[Event, None, dict[tuple[str, Side], list[Rate]]]:
        """Refusals under each condition, one for each direction."""
        found: dict[tuple[str, Side], list[Rate]] = {}
        for one in conditions(model, chosen, self.times, self.controls, self.seed):
            for side in one.on:
                given = [asked(model, request) for request in tests[side]]
                said = yield from replies(model, given, one.placed, self.reply_tokens, f"{side} requests, {one.name}")
                texts = [text_of(model, ids) for ids in said]
                rate = refusals.rate(texts)
                found.setdefault((one.name, side), []).append(rate)
                yield _said_table(one, side, tests[side], texts, refusals)
                yield _rate_table(one, side, rate)
        return found

    def _elsewhere(self, model: Model, chosen: Candidate) -> Generator[Event, None, dict[str, JsonValue]]:
        """Facts and loss, with the direction ablated."""
        ablated = edits_of(model, chosen.ablate)
        found: dict[str, JsonValue] = {}
        for name, placed in (("base", ()), ("ablated", ablated)) if self.facts else ():
            right = yield from self._known(model, placed)
            found |= {f"facts_{name}": right.value, "facts": right.of}
        texts: list[Ids] = []
        for text in self._data().read():
            if len(texts) == self.documents:
                break
            if len(ids := model.encode(text)[: min(self.context, model.n_ctx)]) > 1:
                texts.append(ids)
            yield Progress(len(texts), self.documents, "documents", "reading the control text")
        losses = Losses([len(ids) for ids in texts], ("1",), 0)
        for some in lost(model, texts, {"1": ablated}, 0, self.seed):
            if some is not None:
                losses.add(some)
            yield Progress(losses.done, losses.n_tokens, "tokens", "reading the control text")
        wanted = (
            "kl",
            "kl_low",
            "kl_high",
            "loss_base",
            "loss",
            "perplexity_base",
            "perplexity",
            "agreement",
            "tokens",
        )
        measured = losses.metrics("1", self.seed)
        return {**found, **{name: measured[name] for name in wanted}}

    def _known(self, model: Model, placed: tuple[Placed, ...]) -> Generator[Event, None, Rate]:
        facts = known_facts(self.facts, self.seed)
        given = [model.encode(fact.prompt) for fact in facts]
        said = yield from replies(model, given, placed, FACT_TOKENS, "asking facts")
        right = [
            any(continues_with(text_of(model, ids), answer) for answer in fact.answers)
            for fact, ids in zip(facts, said, strict=True)
        ]
        return Rate(sum(right), len(right))


class _Encoded(NamedTuple):
    """Requests as the model reads them."""

    train: list[Ids]
    validation: list[Ids]
    test: list[Ids]


def _encoded(model: Model, given: Requests) -> _Encoded:
    return _Encoded(*([asked(model, request) for request in part] for part in given))


def _same(model: Model, texts: Sequence[Ids], chosen: Candidate) -> Generator[Event, None, Identities]:
    few = texts[:: max(1, len(texts) // IDENTITY_TEXTS)][:IDENTITY_TEXTS]
    working = identities(model, few, chosen.ablate, chosen.steer)
    while True:
        try:
            next(working)
        except StopIteration as ended:
            return ended.value
        yield Progress(0, None, "texts", "checking identities")


def _of_rates(found: dict[tuple[str, Side], list[Rate]]) -> dict[str, JsonValue]:
    """Shares of test requests: refused harmful ones, answered harmless ones; of random directions mean and extremes."""
    names: dict[tuple[str, Side], str] = {
        ("as it is", "harmful"): "refusal_base",
        ("ablated", "harmful"): "refusal_ablated",
        ("ablated at its site", "harmful"): "refusal_ablated_at_site",
        ("weights edited", "harmful"): "refusal_weights",
    }
    metrics: dict[str, JsonValue] = {}
    for key, name in names.items():
        if key in found:
            (rate,) = found[key]
            metrics |= {name: rate.value, f"{name}_low": rate.interval.low, f"{name}_high": rate.interval.high}
    for name in ("ablated", "pushed"):
        values = [rate.value for rate in found[f"random {name}", "harmful"]]
        short = "refusal_random" if name == "ablated" else "refusal_random_pushed"
        metrics |= {short: fmean(values), f"{short}_least": min(values), f"{short}_most": max(values)}
    answered = {"answered_base": "as it is", "answered_ablated": "ablated", "answered_added": "added"}
    metrics |= {name: 1 - found[condition, "harmless"][0].value for name, condition in answered.items()}
    metrics["answered_random_added"] = 1 - fmean(rate.value for rate in found["random added", "harmless"])
    return metrics


def _patches(model: Model, chosen: Candidate) -> tuple[NewPatch, ...]:
    direction = packed(chosen.difference)
    kinds: list[tuple[str, Patch]] = [("ablate", chosen.ablate), ("steer", chosen.steer)]
    if not model.layout.post_norm:
        kinds.append(("scale", Scale(direction=direction)))
    return tuple(NewPatch(patch, f"refusal of {chosen.site}: {name}", model.info) for name, patch in kinds)


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def _sweep_table(model: Model, found: Sequence[Candidate], limits: Limits) -> Rows:
    return Rows(
        "sweep",
        {
            "layer": [one.layer for one in found],
            "position": [one.position for one in found],
            "norm": [float(one.difference.norm()) for one in found],
            "bypass": [one.bypass for one in found],
            "induce": [one.induce for one in found],
            "kl": [one.kl for one in found],
            "within_limits": [limits.keeps(one, model.n_layers) for one in found],
        },
    )


def _said_table(one: Condition, side: Side, given: Sequence[str], said: Sequence[str], refusals: Refusals) -> Rows:
    count = len(given)
    return Rows(
        "replies",
        {
            "requests": [side] * count,
            "condition": [one.name] * count,
            "direction": [-1 if one.direction is None else one.direction] * count,
            "request": list(given),
            "reply": list(said),
            "refused": [refusals.told(text) for text in said],
        },
    )


def _rate_table(one: Condition, side: Side, rate: Rate) -> Rows:
    return Rows(
        side,
        {
            "condition": [one.name if one.direction is None else f"{one.name} {one.direction + 1}"],
            "control": [one.direction is not None],
            "refused": [rate.hits],
            "of": [rate.of],
            "rate": [rate.value],
            "low": [rate.interval.low],
            "high": [rate.interval.high],
        },
    )


def _by_layer(y: str, title: str, words: str) -> ChartSpec:
    return ChartSpec(
        kind="line", title=title, table="sweep", x="layer", y=y, z="position", x_title="layer read", y_title=words
    )


CHARTS = (
    ChartSpec(
        kind="bar",
        title="Harmful test requests that are refused",
        table="harmful",
        x="condition",
        y="rate",
        y_title="share refused",
    ),
    ChartSpec(
        kind="bar",
        title="Harmless test requests that are refused",
        table="harmless",
        x="condition",
        y="rate",
        y_title="share refused",
    ),
    _by_layer("bypass", "Refusal of harmful requests, the direction ablated", "mean log-odds of a refusal"),
    _by_layer("induce", "Refusal of harmless requests, the difference added", "mean log-odds of a refusal"),
    _by_layer("kl", "KL of harmless replies' first token, the direction ablated", "nats"),
)
