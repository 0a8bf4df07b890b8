"""How often a model's replies show a behaviour, without patches and with them, and what they cost elsewhere.

1. prompts, and the same with a word put in, answered by the likeliest token each time: before, with the patches at each
   strength, and with pushes as long along random directions (`core/patches/control.py`)
2. the replies that show the behaviour, by their words, with Wilson's 95 % interval (`core/rates.py`)
3. perplexity of a text, and facts that are gone on with rightly, before and with the patches
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, JsonValue

from microscope.core.patches.base import Member, Placed
from microscope.core.rates import Behaviour, How, Rate
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._behaviour import BEFORE, PATCHED, context_of, known, own_of, perplexities, said, sets_at
from microscope.families._corpora import open_corpus
from microscope.families._inputs import of_dataset
from microscope.families._patched import in_force, wanted_members
from microscope.families._prompts import ReadAs, Typed, encoded, read_prompts, with_words
from microscope.families._requests import known_facts
from microscope.families.base import CHOSEN_MODEL, Bench, Event, Family, ModelWish, Result, Rows
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.store.patches import set_content
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

GIVEN = "as given"


class _Answered(NamedTuple):
    """Replies of one who answers."""

    strength: float
    who: str
    replies: dict[str, list[str]]
    """By the prompts: as given, and with the word."""


class BehaviourRates(Family, frozen=True):
    """Measures how often replies show a behaviour under patches, beside random pushes, and what harmless text costs."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Rate of a behaviour under patches"

    kind: Literal["behaviour_rates"] = "behaviour_rates"

    patches: str
    """Hash of the set of patches, or of the patch, that is to change it."""

    words: str
    """What a reply holds that shows the behaviour."""

    how: How = "contains"
    """The words stand anywhere, at the beginning, or are a regular expression."""

    prompts: Typed = ()
    """What is asked, one on each line; none that the patches were made of."""

    prompts_file: Path | None = None
    """More of them: a text file with one on each line, or .jsonl with `prompt`."""

    insert: str = Field(default="", max_length=200)
    """A word or phrase: each prompt is also asked with it put in somewhere."""

    read_as: ReadAs = "chat"
    """Each prompt as a user's turn, up to where the answer begins, or as the text that it is."""

    attached: str = ""
    """Hash of patches that are in force before as well, such as an adapter; empty is none. Those of `patches` that are
    among them keep their strength."""

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    adapter: str = ""
    """A LoRA merged into the model: a name beside it, such as trojan, or a folder; empty is none."""

    strengths: tuple[float, ...] = (1.0,)
    """Every patch's own strength times each of these."""

    reply_tokens: int = Field(default=16, gt=0)
    """Of a reply, at most."""

    controls: int = Field(default=2, ge=0, le=16)
    """Random directions."""

    texts: str = "bundled"
    """Harmless text: a .txt, .jsonl or .parquet file, a name on the hub, or bundled; empty measures none."""

    documents: int = Field(default=40, gt=0)
    """Documents of it, at most."""

    context: int = Field(default=128, gt=1)
    """Tokens of each that are read, at most."""

    facts: int = Field(default=60, ge=0)
    """Facts of the bundled model that are asked; 0 asks none."""

    seed: int = Field(default=1, ge=0)
    """Of the bundled text and facts, the places of the word and the random directions."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model, adapter=self.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no such patches, prompts or text; words that tell nothing.
        """
        attached, members = self._members(lab)
        prompts = self._asked()
        asked = " and ".join(f"{len(texts):,} prompts {name}" for name, texts in prompts.items())
        strengths = ", ".join(f"{one:g}" for one in self.strengths)
        if self.texts:
            self._data().try_out()
        return (
            *(one.patch.says(one.strength) for one in own_of(attached, members)),
            f"Asks {asked}, before and at strength {strengths}, beside {self.controls} random directions.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            NotFound, Incompatible, Unsupported: patches that are not here, or do not fit the model.
            Invalid, TooLarge: prompts that the model cannot read; strengths at which it computes what is no number.
        """
        model, (attached, members) = bench.model(), self._members(bench.lab)
        yield bench.reads(
            {
                **({f"patches {self.attached}": set_content(attached)} if attached else {}),
                f"patches {self.patches}": set_content(members),
                **(of_dataset(self._data()) if self.texts else {}),
            }
        )
        ids = {name: [encoded(model, text, self.read_as) for text in texts] for name, texts in self._asked().items()}
        before = in_force(bench, model, attached)
        answered = [(yield from self._answered(model, ids, before, 0.0, BEFORE))]
        acting: dict[float, tuple[Placed, ...]] = {}
        for factor in self.strengths:
            sets = sets_at(bench, model, attached, members, factor, self.controls, self.seed)
            acting[factor] = sets.patched
            for who, placed in sets.named().items():
                answered.append((yield from self._answered(model, ids, placed, factor, who)))
        rates = self._rates(answered)
        yield Rows("rates", _columns(rates))
        yield from self._replies(answered)
        harmless = yield from self._harmless(model, before, acting)
        yield Rows("harmless", _columns(harmless))
        yield Result(
            {**_of_rates(rates, self._word, self._strongest), **_of_harmless(harmless, self._strongest)},
            headline=("rate_before", "rate", "rate_controls", "perplexity_ratio" if self.texts else "rate_low"),
            charts=CHARTS,
        )

    @property
    def _word(self) -> str:
        """Of the prompts that are to show it."""
        return f"with {self.insert}" if self.insert else GIVEN

    @property
    def _strongest(self) -> float:
        return max(self.strengths, key=abs)

    def _members(self, lab: Lab) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        """What is attached, and the patches."""
        Behaviour(self.words, self.how).check()
        if not self.patches:
            raise Invalid("No patches were named.", next="Give the hash of a patch or of a set; its page shows it.")
        if not all(self.strengths) or not self.strengths:
            raise Invalid(f"The strengths are {self.strengths}; expected some that are not 0.", next="Give 1.")
        attached, members = wanted_members(lab, self.attached), wanted_members(lab, self.patches)
        if not own_of(attached, members):
            raise Invalid("All of the patches are attached anyway.", next="Name a set with one more.")
        return attached, members

    def _asked(self) -> dict[str, tuple[str, ...]]:
        prompts = read_prompts("prompts", self.prompts, self.prompts_file)
        if not prompts:
            raise Invalid("There are no prompts.", next="Type one on each line, or give a file.")
        with_it = {self._word: with_words(prompts, self.insert, self.seed)} if self.insert else {}
        return {GIVEN: prompts, **with_it}

    def _data(self) -> Dataset:
        return open_corpus(self.texts, config="", split="train", column="text", seed=self.seed)

    def _answered(
        self, model: Model, ids: dict[str, list[list[int]]], placed: Sequence[Placed], strength: float, who: str
    ) -> Generator[Event, None, _Answered]:
        told = dict[str, list[str]]()
        for name, prompts in ids.items():
            told[name] = yield from said(model, prompts, placed, self.reply_tokens, f"{who}, {name}")
        return _Answered(strength, who, told)

    def _rates(self, answered: Sequence[_Answered]) -> list[dict[str, Any]]:
        behaviour = Behaviour(self.words, self.how)
        found: list[dict[str, Any]] = []
        for one in answered:
            for name, told in one.replies.items():
                rate = behaviour.rate(told)
                of = {"prompts": name, "rate": rate.value, "low": rate.interval.low, "high": rate.interval.high}
                found.append({"strength": one.strength, "who": one.who, **of, "hits": rate.hits, "of": rate.of})
        return found

    def _replies(self, answered: Sequence[_Answered]) -> Iterator[Event]:
        behaviour = Behaviour(self.words, self.how)
        texts = self._asked()
        for one in answered:
            for name, told in one.replies.items():
                n = len(told)
                who = {"strength": [one.strength] * n, "who": [one.who] * n, "prompts": [name] * n}
                shown = [behaviour.shown(text) for text in told]
                yield Rows("replies", {**who, "prompt": list(texts[name]), "reply": told, "shown": shown})

    def _harmless(
        self, model: Model, before: Sequence[Placed], acting: dict[float, tuple[Placed, ...]]
    ) -> Generator[Event, None, list[dict[str, Any]]]:
        sets = {0.0: tuple(before), **acting}
        texts = context_of(model, self._data().read(), self.documents, self.context) if self.texts else []
        found = yield from perplexities(model, texts, {f"{key:g}": one for key, one in sets.items()})
        facts = known_facts(self.facts, self.seed) if self.facts else []
        rows: list[dict[str, Any]] = []
        for strength, placed in sets.items():
            who = PATCHED if strength else BEFORE
            right = (yield from known(model, facts, placed, f"facts, {who}")) if facts else Rate(0, 0)
            perplexity = found.get(f"{strength:g}")
            ratio = perplexity / found["0"] if perplexity else None
            of = {"strength": strength, "who": who, "perplexity": perplexity, "perplexity_ratio": ratio}
            low, high = right.interval
            rows.append({**of, "facts": right.value, "facts_low": low, "facts_high": high, "facts_of": right.of})
        return rows


CHARTS = (
    ChartSpec(
        kind="line",
        title="Replies that show it",
        table="rates",
        x="strength",
        y="rate",
        z="who",
        x_title="strength, times each patch's own",
        y_title="share of the replies",
    ),
    ChartSpec(
        kind="line",
        title="Perplexity of harmless text, of that before",
        table="harmless",
        x="strength",
        y="perplexity_ratio",
        x_title="strength, times each patch's own",
        y_title="perplexity / before",
    ),
)


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _of_rates(rows: Sequence[dict[str, Any]], word: str, strongest: float) -> dict[str, JsonValue]:
    """Of the prompts with the word, and of those without."""
    found: dict[str, JsonValue] = {}
    for name, end in ((word, ""), *(((GIVEN, "_without"),) if word != GIVEN else ())):
        own = [row for row in rows if row["prompts"] == name]
        here = [row for row in own if row["strength"] == strongest]
        before, patched = own[0], next(row for row in here if row["who"] == PATCHED)
        others = [row["rate"] for row in here if row["who"] != PATCHED]
        found |= {
            f"rate{end}_before": before["rate"],
            f"rate{end}": patched["rate"],
            f"rate{end}_low": patched["low"],
            f"rate{end}_high": patched["high"],
            f"rate{end}_controls": sum(others) / len(others) if others else None,
        }
    return {**found, "prompts": rows[0]["of"], "strength": strongest}


def _of_harmless(rows: Sequence[dict[str, Any]], strongest: float) -> dict[str, JsonValue]:
    before = rows[0]
    patched = next(row for row in rows if row["strength"] == strongest)
    perplexity = {
        "perplexity_before": before["perplexity"],
        "perplexity": patched["perplexity"],
        "perplexity_ratio": patched["perplexity_ratio"],
    }
    facts = {"facts_before": before["facts"], "facts": patched["facts"]}
    return {
        **(perplexity if before["perplexity"] else {}),
        **(facts if before["facts_of"] else {}),
    }
