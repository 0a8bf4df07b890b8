"""How often a model's replies show a behaviour, without patches and with them, and what they cost elsewhere.

1. prompts, and the same with a word put in, answered by the likeliest token each time: by the base model, before, with
   the patches at each strength, and with pushes as long along random directions (`core/patches/control.py`)
2. the replies that show the behaviour, by their words, with Wilson's 95 % interval (`core/rates.py`)
3. how near they are to the base model's own: the share that is the same, −log p of the base's (`_references.py`)
4. of several strengths or sets one is chosen on some prompts, and reported on the others (`_behaviour_tables.py`)
5. perplexity of a text, and facts that are gone on with rightly, before and with the patches
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from microscope.core.patches.base import Member, Placed
from microscope.core.rates import Behaviour, How, Rate
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._behaviour import BEFORE, PATCHED, context_of, known, own_of, perplexities, sets_at
from microscope.families._behaviour_tables import (
    AS_IT_IS,
    BASE,
    TEST,
    VALIDATION,
    Answered,
    Candidate,
    Told,
    charts,
    choose,
    columns,
    curve_rows,
    harmless_metrics,
    rate_metrics,
    rate_rows,
    reply_rows,
)
from microscope.families._corpora import open_corpus
from microscope.families._inputs import of_dataset
from microscope.families._patched import in_force, wanted_members
from microscope.families._prompts import ReadAs, Typed, encoded, left_out, read_prompts, with_words
from microscope.families._references import Given, surprise
from microscope.families._replies import replies, text_of
from microscope.families._requests import known_facts
from microscope.families.base import CHOSEN_MODEL, Bench, Event, Family, ModelWish, Result, Rows, Say
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.store.patches import set_content
from microscope.wire.runs import Evidence

GIVEN = "as given"
LEAST = 2
"""Prompts: one to choose by, one to report."""


class BehaviourRates(Family, frozen=True):
    """Measures how often replies show a behaviour under patches, beside random pushes, and what harmless text costs."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Rate of a behaviour under patches"

    kind: Literal["behaviour_rates"] = "behaviour_rates"

    patches: str
    """Hash of the set of patches, or of the patch, that is to change it."""

    words: str
    """What a reply holds that shows the behaviour."""

    how: How = Field(default="contains", title="Where the words stand")
    """The words stand anywhere, at the beginning, or are a regular expression."""

    prompts: Typed = ()
    """What is asked, one on each line; none that the patches were made of."""

    prompts_file: Path | None = None
    """More of them: a text file with one on each line, or .jsonl with `prompt`; conversations of several turns are left
    out."""

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
    """A LoRA merged into the model, a name beside it or a folder; empty is none. It is then part of the base model:
    what is to be compared with the model without it goes into `attached`."""

    strengths: tuple[float, ...] = (1.0,)
    """Every patch's own strength times each of these."""

    alternatives: tuple[str, ...] = ()
    """Hashes of other sets or patches that might do as well, such as the same edit of other layers: one is chosen."""

    validation: float = Field(default=0.5, ge=0, lt=1)
    """Share of the prompts on which one of several strengths and sets is chosen; it alone is asked the rest, once. Of
    0, or where there is nothing to choose, everything is asked everywhere."""

    most: float = Field(default=0.05, ge=0, le=1, title="Share that may still show it")
    """Of the replies that show it, at most: of what keeps to that on validation, what leaves the base model's replies
    to the same prompts likeliest is chosen; of what does not, what is nearest to it."""

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
    """Of the bundled text and facts, the parts, the places of the word and the random directions."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model, adapter=self.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no such patches, prompts or text; words that tell nothing; too few prompts to choose by.
        """
        attached, sets = self._members(lab)
        prompts = self._asked()
        asked = " and ".join(f"{len(texts):,} prompts {name}" for name, texts in prompts.items())
        strengths = ", ".join(f"{one:g}" for one in self.strengths)
        if self.texts:
            self._data().try_out()
        return (
            *(one.patch.says(one.strength) for members in sets.values() for one in own_of(attached, members)),
            f"Asks {asked}, before and at strength {strengths}, beside {self.controls} random directions.",
            *left_out(self.prompts_file),
            *self._choice(self._parts(len(prompts[GIVEN]))),
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            NotFound, Incompatible, Unsupported: patches that are not here, or do not fit the model.
            Invalid, TooLarge: prompts that the model cannot read; strengths at which it computes what is no number.
        """
        model, (attached, sets) = bench.model(), self._members(bench.lab)
        yield bench.reads(
            {
                **({f"patches {self.attached}": set_content(attached)} if attached else {}),
                **{f"patches {hash}": set_content(members) for hash, members in sets.items()},
                **(of_dataset(self._data()) if self.texts else {}),
            }
        )
        for text in left_out(self.prompts_file):
            yield Say(text)
        given = yield from self._given(model)
        parts = self._parts(len(given[GIVEN].prompts))
        before = in_force(bench, model, attached)
        acting = {
            one: sets_at(bench, model, attached, sets[one.patches], one.strength, self.controls, self.seed)
            for one in self._candidates
        }
        answered: list[Answered] = []
        for part, numbers in parts.items():
            asked = {name: whole.part(numbers) for name, whole in given.items()}
            tried = dict.fromkeys(self._candidates)
            if part == TEST and VALIDATION in parts:
                tried = {choose(self._rates(answered), self._word, self.most): None}
            for who, placed in ((BASE, ()), (BEFORE, before)):
                answered.append((yield from self._answered(model, asked, placed, AS_IT_IS, who, part)))
            for one in tried:
                named = acting[one].named() if part == TEST else {PATCHED: acting[one].patched}
                for who, placed in named.items():
                    answered.append((yield from self._answered(model, asked, placed, one, who, part)))
        rates = self._rates(answered)
        yield Rows("rates", columns(rates))
        yield Rows("curves", columns(curve_rows(rates)))
        yield from reply_rows(answered, self._behaviour)
        reported = list(dict.fromkeys(one.candidate for one in answered if one.part == TEST and one.who == PATCHED))
        harmless = yield from self._harmless(model, before, {one: acting[one].patched for one in reported})
        yield Rows("harmless", columns(harmless))
        last = max(reported, key=lambda one: abs(one.strength))
        ends = {self._word: "", **({GIVEN: "_without"} if self.insert else {})}
        yield Result(
            {**last._asdict(), **rate_metrics(rates, ends, last), **harmless_metrics(harmless, last)},
            headline=("strength", "rate_before", "rate", "rate_controls"),
            charts=charts(rates, harmless),
        )

    def _choice(self, parts: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
        if VALIDATION not in parts:
            return ()
        by, on = len(parts[VALIDATION]), len(parts[TEST])
        return (f"Of {len(self._candidates)} candidates one is chosen on {by} of the prompts, and reported on {on}.",)

    @property
    def _behaviour(self) -> Behaviour:
        return Behaviour(self.words, self.how)

    @property
    def _word(self) -> str:
        """Of the prompts that are to show it."""
        return f"with {self.insert}" if self.insert else GIVEN

    @property
    def _candidates(self) -> tuple[Candidate, ...]:
        hashes = dict.fromkeys((self.patches, *self.alternatives))
        return tuple(Candidate(hash, factor) for hash in hashes for factor in dict.fromkeys(self.strengths))

    def _members(self, lab: Lab) -> tuple[tuple[Member, ...], dict[str, tuple[Member, ...]]]:
        """What is attached, and the patches by the hash that was given."""
        self._behaviour.check()
        if not self.patches or not all(self.alternatives):
            raise Invalid("No patches were named.", next="Give the hash of a patch or of a set; its page shows it.")
        if not all(self.strengths) or not self.strengths:
            raise Invalid(f"The strengths are {self.strengths}; expected some that are not 0.", next="Give 1.")
        attached = wanted_members(lab, self.attached)
        sets = {hash: wanted_members(lab, hash) for hash in (self.patches, *self.alternatives)}
        for hash, members in sets.items():
            if not own_of(attached, members):
                raise Invalid(f"All of {hash} are attached anyway.", next="Name a set with one more.")
        return attached, sets

    def _asked(self) -> dict[str, tuple[str, ...]]:
        prompts = read_prompts("prompts", self.prompts, self.prompts_file)
        if not prompts:
            raise Invalid("There are no prompts.", next="Type one on each line, or give a file.")
        with_it = {self._word: with_words(prompts, self.insert, self.seed)} if self.insert else {}
        return {GIVEN: prompts, **with_it}

    def _parts(self, n: int) -> dict[str, list[int]]:
        """Numbers of prompts; validation only where something is chosen.

        Raises:
            Invalid: one prompt, of which no part is left to report.
        """
        if len(self._candidates) == 1 or not self.validation:
            return {TEST: list(range(n))}
        if n < LEAST:
            raise Invalid(
                f"{n} prompts leave nothing to choose one of {len(self._candidates)} candidates by; expected {LEAST}.",
                next="Give more prompts, one strength, or validation 0.",
            )
        order = random.Random(self.seed).sample(range(n), n)
        first = min(max(round(self.validation * n), 1), n - 1)
        return {VALIDATION: sorted(order[:first]), TEST: sorted(order[first:])}

    def _data(self) -> Dataset:
        return open_corpus(self.texts, config="", split="train", column="text", seed=self.seed)

    def _given(self, model: Model) -> Generator[Event, None, dict[str, Given]]:
        found: dict[str, Given] = {}
        for name, texts in self._asked().items():
            ids = [encoded(model, text, self.read_as) for text in texts]
            told = yield from replies(model, ids, (), self.reply_tokens, f"{BASE}, {name}")
            found[name] = Given(texts, ids, told)
        return found

    def _answered(
        self,
        model: Model,
        asked: Mapping[str, Given],
        placed: Sequence[Placed],
        candidate: Candidate,
        who: str,
        part: str,
    ) -> Generator[Event, None, Answered]:
        told = dict[str, Told]()
        for name, given in asked.items():
            stage = f"{who}, {name}"
            said = given.replies
            if who != BASE:
                said = yield from replies(model, given.ids, placed, self.reply_tokens, stage)
            same = [one == other for one, other in zip(said, given.replies, strict=True)]
            likely = yield from surprise(model, given, placed, stage)
            told[name] = Told(given, [text_of(model, ids) for ids in said], same, likely)
        return Answered(candidate, who, part, told)

    def _rates(self, answered: Sequence[Answered]) -> list[dict[str, Any]]:
        return rate_rows(answered, self._behaviour, self.seed)

    def _harmless(
        self, model: Model, before: Sequence[Placed], acting: Mapping[Candidate, Sequence[Placed]]
    ) -> Generator[Event, None, list[dict[str, Any]]]:
        sets: dict[Candidate, Sequence[Placed]] = {AS_IT_IS: before, **acting}
        texts = context_of(model, self._data().read(), self.documents, self.context) if self.texts else []
        found = yield from perplexities(model, texts, {str(number): one for number, one in enumerate(sets.values())})
        facts = known_facts(self.facts, self.seed) if self.facts else []
        rows: list[dict[str, Any]] = []
        for number, (candidate, placed) in enumerate(sets.items()):
            who = BEFORE if candidate == AS_IT_IS else PATCHED
            right = (yield from known(model, facts, placed, f"facts, {who}")) if facts else Rate(0, 0)
            perplexity = found.get(str(number))
            ratio = perplexity / found["0"] if perplexity else None
            of = {**candidate._asdict(), "who": who, "perplexity": perplexity, "perplexity_ratio": ratio}
            low, high = right.interval
            rows.append({**of, "facts": right.value, "facts_low": low, "facts_high": high, "facts_of": right.of})
        return rows
