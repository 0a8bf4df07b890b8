"""What patches do beside what they are for: loss, KL and agreement on a control text, and what they make of samples.

1. every next token of the control text, as the model is, with the patches at each strength, and with pushes as hard in
   random directions (`_effects.py`)
2. means over tokens, with intervals from documents that are drawn anew (`core/bootstrap.py`)
3. beginnings that are gone on with, without and with the patches and with one control, the likeliest token each time
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from microscope.core.patches.base import Member
from microscope.core.patches.control import controls as pushes
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._corpora import open_corpus
from microscope.families._effects import lost
from microscope.families._inputs import of_dataset
from microscope.families._losses import Losses
from microscope.families._patched import in_force, scaled, wanted_members
from microscope.families._prompts import Typed
from microscope.families._replies import asked, replies, text_of
from microscope.families._texts import first_texts
from microscope.families.base import (
    CHOSEN_MODEL,
    Bench,
    Event,
    Family,
    ModelWish,
    Progress,
    Result,
    Rows,
)
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.store.patches import set_content
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

BEGINNING = 12
"""Tokens of a document that a sample goes on from, at most half of it."""


class PatchEffects(Family, frozen=True):
    """Measures what patches change on a text that they are not for, beside pushes as hard in random directions."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Side effects of patches"

    kind: Literal["patch_effects"] = "patch_effects"

    patches: str
    """Hash of a set of patches, or of a patch."""

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    strengths: tuple[float, ...] = (1.0,)
    """Every member's own strength times each of these."""

    dataset: str = "bundled"
    """Control text: a .txt, .jsonl or .parquet file, a name on the hub, or bundled."""

    column: str = "text"
    """Where the text is, in JSONL, Parquet and data sets from the hub."""

    documents: int = Field(default=64, gt=1)
    """Documents to read."""

    context: int = Field(default=128, gt=1)
    """Tokens of each that are read, at most."""

    controls: int = Field(default=4, ge=0, le=16)
    """Random directions."""

    prompts: Typed = ()
    """What is gone on with: asked as a user's turn where the model has a chat template; where none is given, beginnings
    of the control text."""

    samples: int = Field(default=6, ge=0)
    """Beginnings of the control text that are gone on with where no prompts are given."""

    sample_tokens: int = Field(default=40, gt=0)
    """New tokens of each, at most."""

    seed: int = Field(default=1, ge=0)
    """Of the bundled text, of the random directions and of the documents drawn anew. The bundled model was trained on
    the bundled text of seed 0."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid, Unavailable: no such patches or data set, no strength, no text in its first documents.
        """
        members = self._members(lab)
        name = self._data().try_out().name
        strengths = ", ".join(f"{one:g}" for one in self.strengths)
        return (
            *(member.patch.says(member.strength) for member in members),
            f"Reads {self.documents:,} documents of {name} with {self.model or lab.settings.model} at strength "
            f"{strengths}, each time beside {self.controls} pushes as hard in random directions.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            NotFound, Invalid: patches that are not here, or what they read; no text; values that are no numbers.
            Incompatible, Unsupported: patches that do not fit the model.
        """
        model, members = bench.model(), self._members(bench.lab)
        yield bench.reads({f"patches {self.patches}": set_content(members), **of_dataset(self._data())})
        sets = {_named(factor): in_force(bench, model, scaled(members, factor)) for factor in self.strengths}
        texts = yield from first_texts(model, self._data(), self.documents, self.context)
        losses = Losses([len(ids) for ids in texts], tuple(sets), self.controls)
        of = losses.n_tokens
        for some in lost(model, texts, sets, self.controls, self.seed):
            if some is not None:
                losses.add(some)
            yield Progress(losses.done, of, "tokens", "predicting")
        yield from losses.tables(self._strongest, self.seed)
        yield from self._samples(bench, model, members, texts)
        metrics = losses.metrics(self._strongest, self.seed)
        yield Result(
            metrics,
            headline=("kl", "kl_controls", "loss_increase", "agreement"),
            charts=_charts(len(self.strengths) > 1),
        )

    @property
    def _strongest(self) -> str:
        return _named(max(self.strengths, key=abs))

    def _members(self, lab: Lab) -> tuple[Member, ...]:
        if not self.strengths:
            raise Invalid("No strength was given; expected one or more.", next="Give strengths, such as 1.")
        if not self.patches:
            raise Invalid("No patches were named.", next="Give the hash of a patch or of a set; its page shows it.")
        return wanted_members(lab, self.patches)

    def _data(self) -> Dataset:
        return open_corpus(self.dataset, config="", split="train", column=self.column, seed=self.seed)

    def _samples(
        self, bench: Bench, model: Model, members: Sequence[Member], texts: Sequence[Sequence[int]]
    ) -> Iterator[Event]:
        if self.prompts:
            given = [asked(model, prompt) for prompt in self.prompts]
            shown = list(self.prompts)
        else:
            given = [ids[: max(1, min(BEGINNING, len(ids) // 2))] for ids in texts[: self.samples]]
            shown = [text_of(model, ids) for ids in given]
        if not given:
            return
        base = yield from replies(model, given, (), self.sample_tokens, "going on with texts")
        for factor in self.strengths:
            placed = in_force(bench, model, scaled(members, factor))
            push = pushes(placed, 1, self.seed)[0] if placed else ()
            patched = yield from replies(model, given, placed, self.sample_tokens, "going on with texts, patched")
            control = yield from replies(
                model, given, push, self.sample_tokens, "going on with texts, pushed at random"
            )
            same = [_common(one, other) for one, other in zip(base, patched, strict=True)]
            yield Rows(
                "samples",
                {
                    "strength": [factor] * len(given),
                    "prompt": shown,
                    "base": [text_of(model, ids) for ids in base],
                    "patched": [text_of(model, ids) for ids in patched],
                    "control": [text_of(model, ids) for ids in control],
                    "tokens_alike": same,
                    "text_alike": [text_of(model, ids[:count]) for ids, count in zip(base, same, strict=True)],
                },
            )


def _named(factor: float) -> str:
    return f"{factor:g}"


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    return next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _charts(several: bool) -> tuple[ChartSpec, ...]:
    by_strength = ChartSpec(
        kind="line",
        title="KL on the control text by strength",
        table="effects",
        x="strength",
        y="kl",
        z="who",
        x_title="strength, times each member's own",
        y_title="mean KL(base ‖ patched), nats per token",
    )
    beside = ChartSpec(
        kind="bar",
        title="KL on the control text, beside pushes as hard in random directions",
        table="effects",
        x="who",
        y="kl",
        y_title="mean KL(base ‖ patched), nats per token",
    )
    by_position = ChartSpec(
        kind="line",
        title="KL by position in the document, at the strongest",
        table="positions",
        x="position",
        y="kl",
        z="who",
        x_title="position that predicts",
        y_title="mean KL(base ‖ patched), nats",
    )
    return (by_strength if several else beside, by_position)
