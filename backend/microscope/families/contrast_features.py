"""Which features tell two sets of prompts apart: found on a part of them, chosen on another, judged on the rest.

1. every prompt through the model; a number for each feature, and what passes the site (`_contrasted.py`)
2. features ranked by AUROC on the training part, chosen on validation, scored once on the test part
3. the same for directions that need no SAE: the difference of means, the first principal axis; one at random
4. the null: the whole search with shuffled labels, several times (`core/contrast.py`)
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import ClassVar, Literal

import torch
from jaxtyping import Int
from pydantic import Field, JsonValue
from torch import Tensor

from microscope.core.contrast import PARTS, Found, Labels, auroc, first_axis, parted, search, shuffled
from microscope.core.directions import mean_difference
from microscope.core.matching import random_directions
from microscope.core.patches.direction import packed
from microscope.core.saes.base import Spec
from microscope.core.sites import Site, parse_site
from microscope.engine.hooks import check_sites
from microscope.errors import Invalid, Unsupported
from microscope.families._compared import named
from microscope.families._contrast_tables import metrics, tables
from microscope.families._contrasted import Position, Read, Sets, read
from microscope.families._fit import check_before, sae_of, spec_of
from microscope.families._inputs import of_sae
from microscope.families._patched import in_force, wanted_members
from microscope.families._prompts import ReadAs, Typed, encoded, left_out, read_prompts, with_words
from microscope.families.base import CHOSEN_MODEL, Bench, Event, Family, ModelWish, Progress, Result, Rows, Say
from microscope.lab import Lab
from microscope.store.patches import set_content
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

LEAST = 4
"""Prompts of each set: one for each part, and two to rank by."""


class ContrastFeatures(Family, frozen=True):
    """Finds the features of a sparse autoencoder that tell two sets of prompts apart, judged on prompts held out."""

    evidence: ClassVar[Evidence] = "correlational"
    title: ClassVar[str] = "Contrast two sets of prompts"

    kind: Literal["contrast_features"] = "contrast_features"

    sae: str
    """Slug, folder or file of the SAE, or the id of the run that made it."""

    toward: Typed = ()
    """Prompts that have what is sought, one on each line."""

    away: Typed = ()
    """Prompts that have not, one on each line."""

    insert: str = Field(default="", max_length=200)
    """A word or phrase: each prompt of `away` is read with it put in somewhere as well, and counts to `toward`."""

    toward_file: Path | None = None
    """More of `toward`: a text file with one on each line, or .jsonl with `prompt`; conversations of several turns are
    left out."""

    away_file: Path | None = None
    """More of `away`."""

    read_as: ReadAs = "chat"
    """Each prompt as a user's turn, up to where the answer begins, or as the text that it is."""

    position: Position = "last"
    """What is read of a prompt: its last token, the largest over its tokens, or the mean over them."""

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    adapter: str = ""
    """A LoRA merged into the model: a name beside it, such as trojan, or a folder; empty is none."""

    patches: str = ""
    """Hash of a patch or of a set of patches that is in force while the prompts are read; empty is none."""

    choose: int = Field(default=1, gt=0)
    """Features that are chosen on validation and scored on the test part."""

    candidates: int = Field(default=20, gt=0)
    """The best features of training, from which they are chosen."""

    train: float = Field(default=0.5, gt=0, lt=1)
    """Share of the prompts by which features are ranked."""

    validation: float = Field(default=0.25, gt=0, lt=1)
    """Share on which they are chosen; the rest is the test."""

    n_null: int = Field(default=5, ge=1, le=100, title="Searches with shuffled labels")
    """Searches with shuffled labels."""

    seed: int = Field(default=0, ge=0)
    """Of the parts, the places of the word and the shuffles."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model, adapter=self.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no autoencoder, prompts or patches there, or too few prompts.
            Incompatible: the autoencoder does not fit the model.
            Unsupported: it does not say what it reads.
        """
        path = named(lab, self.sae).path
        spec = spec_of(lab, path)
        check_before(path.name, spec, _site(spec, self.sae), self.models()[0], lab)
        wanted_members(lab, self.patches)
        self._parts(sets := self._sets())
        n = int(sets.labels.sum())
        model = self.models()[0].full_name(lab.settings.model)
        return (
            f"Reads {n:,} prompts that have it and {len(sets.prompts) - n:,} that have not with {model}, and "
            f"{spec.d_sae:,} features at {spec.site}.",
            *left_out(self.toward_file, self.away_file),
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Incompatible: autoencoder, patches and model do not fit each other.
            Invalid, TooLarge: prompts that the model cannot read.
        """
        model, sae = bench.model(), sae_of(bench.lab, named(bench.lab, self.sae).path)
        site = _site(sae.spec, self.sae)
        members = wanted_members(bench.lab, self.patches)
        patches = {f"patches {self.patches}": set_content(members)} if members else {}
        yield bench.reads({self.sae: of_sae(sae), **patches})
        check_sites([site], model.n_layers, model.layout.parallel)
        for text in left_out(self.toward_file, self.away_file):
            yield Say(text)
        sets = self._sets()
        parts = self._parts(sets)
        ids = [encoded(model, prompt, self.read_as) for prompt in sets.prompts]
        placed = in_force(bench, model, members)
        told = yield from read(model, sae.to(model.device), site, ids, placed, self.position)
        found = search(told.features, sets.labels, parts, self.candidates, self.choose)
        null = yield from self._null(told, sets.labels, parts)
        yield from tables(told, sets, parts, found, null)
        directions = yield from self._directions(told, sets.labels, parts, site)
        yield Result(
            {**metrics(found, null, parts, sets.labels), **directions, "site": str(site), "model": model.name},
            headline=("auroc_test", "null_auroc_test", "auroc_difference_of_means", "feature"),
            charts=CHARTS,
        )

    def _sets(self) -> Sets:
        """
        Raises:
            NotFound, Invalid: as `read_prompts` says; too few prompts.
        """
        away = read_prompts("away", self.away, self.away_file)
        inserted = with_words(away, self.insert, self.seed) if self.insert else ()
        toward = (*read_prompts("toward", self.toward, self.toward_file), *inserted)
        for name, prompts in (("toward", toward), ("away", away)):
            if len(prompts) < LEAST:
                raise Invalid(
                    f"There are {len(prompts)} prompts in {name}; expected {LEAST} at least.",
                    next="Type one on each line, or give a file; 40 of each are a good beginning.",
                )
        # A prompt with the word put in is of the group of the one without.
        bases = (*toward[: len(toward) - len(inserted)], *(away if inserted else ()), *away)
        numbers = {text: number for number, text in enumerate(dict.fromkeys(bases))}
        labels = torch.arange(len(toward) + len(away)) < len(toward)
        return Sets((*toward, *away), labels, tuple(numbers[text] for text in bases))

    def _parts(self, sets: Sets) -> Int[Tensor, " prompt"]:
        """
        Raises:
            Invalid: a part that lacks one of the sets.
        """
        parts = parted(sets.groups, sets.labels, self.train, self.validation, self.seed)
        for index, part in enumerate(PARTS):
            own = sets.labels[parts == index]
            if not own.any() or own.all():
                raise Invalid(
                    f"The {part} part has {int(own.sum())} prompts of toward and {int((~own).sum())} of away; expected "
                    "one of each at least.",
                    next="Give more prompts, or other shares.",
                )
        return parts

    def _null(self, told: Read, labels: Labels, parts: Int[Tensor, " prompt"]) -> Generator[Event, None, list[Found]]:
        found: list[Found] = []
        for number in range(self.n_null):
            mixed = shuffled(labels, parts, self.seed + number)
            found.append(search(told.features, mixed, parts, self.candidates, 1))
            yield Progress(number + 1, self.n_null, "shuffles", "null")
        return found

    def _directions(
        self, told: Read, labels: Labels, parts: Int[Tensor, " prompt"], site: Site
    ) -> Generator[Event, None, dict[str, JsonValue]]:
        """Each fitted on the training part alone."""
        rows, own = told.fitted(self.position)[parts == 0], labels[parts == 0]
        found = {
            "difference of means": mean_difference(rows[own], rows[~own]),
            "first principal axis": first_axis(rows, own),
            "random": random_directions(1, rows.shape[1], self.seed)[0],
        }
        scores = {name: told.along(one, self.position)[:, None] for name, one in found.items()}
        by_part = [
            [float(auroc(one[parts == part], labels[parts == part])) for part in range(len(PARTS))]
            for one in scores.values()
        ]
        columns = {f"auroc_{part}": [row[index] for row in by_part] for index, part in enumerate(PARTS)}
        # Two sets whose means are the same have no direction.
        kept = [packed(one) if float(one.norm()) else "" for one in found.values()]
        yield Rows(
            "directions",
            {
                "direction": list(found),
                **columns,
                "site": [str(site)] * len(found),
                "length": [float(one.norm()) for one in found.values()],
                "unit": kept,
            },
        )
        return {f"auroc_{name.replace(' ', '_')}": row[2] for name, row in zip(found, by_part, strict=True)}


CHARTS = (
    ChartSpec(
        kind="scatter",
        title="Every feature: mean activation in both sets",
        table="features",
        x="mean_away",
        y="mean_toward",
        x_title="mean in away",
        y_title="mean in toward",
    ),
    ChartSpec(
        kind="histogram",
        title="The chosen feature on the test prompts",
        table="activations",
        x="activation",
        y="prompts",
        z="set",
    ),
)


def _site(spec: Spec, name: str) -> Site:
    """
    Raises:
        Unsupported: it does not say what it reads.
    """
    if not spec.site:
        raise Unsupported(
            f"{name} does not say which site it reads.", next="Import it with its site: microscope import-sae"
        )
    return parse_site(spec.site)
