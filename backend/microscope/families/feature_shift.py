"""Which features of a sparse autoencoder a LoRA, or any set of patches, moves.

1. documents through the model up to the SAE's site: as it is, with the patches, and with pushes as hard in random
   directions at every place that the patches change
2. every feature's activation in all of them; the differences in pairs, document by document (`core/shifts.py`)
3. features by how sure their shift is, beside the controls' and beside the threshold that sign flips give

Only what patches change up to the site moves a feature there: those that act behind it are refused, or named.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field, JsonValue

from microscope.core.patches.base import Member, Placed
from microscope.core.shifts import Shift, order_of
from microscope.core.sites import Site, parse_site
from microscope.engine.hooks import check_sites
from microscope.engine.model import Model
from microscope.engine.recording import batch_tokens, batches
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.families._compared import named
from microscope.families._corpora import open_corpus
from microscope.families._fit import check_before, sae_of, spec_of
from microscope.families._inputs import of_dataset, of_sae
from microscope.families._moving import Moving
from microscope.families._patched import in_force, wanted_members
from microscope.families._texts import first_texts
from microscope.families.base import CHOSEN_MODEL, Bench, Event, Family, ModelWish, Progress, Result, Rows, Say
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.store.patches import set_content
from microscope.wire.run_files import ChartSpec
from microscope.wire.runs import Evidence

BINS = 48
"""Of the histogram of z."""

EDGE = 24.0
"""Its ends: what is surer counts there."""


class FeatureShift(Family, frozen=True):
    """Finds the features that patches move, by activation differences on the same texts, beside random pushes."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Features that patches move"

    kind: Literal["feature_shift"] = "feature_shift"

    sae: str
    """Slug, folder or file of the SAE, or the id of the run that made it."""

    patches: str
    """Hash of a patch, such as a LoRA that was attached, or of a set of patches."""

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    dataset: str = "bundled"
    """Texts: a .txt, .jsonl or .parquet file, a name on the hub, or bundled."""

    column: str = "text"
    """Where the text is, in JSONL, Parquet and data sets from the hub."""

    documents: int = Field(default=128, gt=1)
    """Documents to read; differences are paired by document."""

    context: int = Field(default=128, gt=1)
    """Tokens of each that are read, at most."""

    controls: int = Field(default=3, ge=0, le=16)
    """Random directions."""

    flips: int = Field(default=200, ge=20, le=10_000)
    """Draws of the null, in which signs of differences are flipped."""

    seed: int = Field(default=1, ge=0)
    """Of the bundled text, of the random directions and of the flips. The bundled model was trained on the bundled text
    of seed 0."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid, Unavailable: no such SAE, patches or data set; no text in its first documents.
            Incompatible: the SAE does not fit the model.
            Unsupported: it does not say which site it reads.
        """
        path = named(lab, self.sae).path
        site = _site(spec_of(lab, path).site, self.sae)
        check_before(path.name, spec := spec_of(lab, path), site, self.models()[0], lab)
        members = self._members(lab)
        name = self._data().try_out().name
        return (
            *(member.patch.says(member.strength) for member in members),
            f"Reads {spec.d_sae:,} features at {site} on {self.documents:,} documents of {name} with "
            f"{self.model or lab.settings.model}, with and without patches, and with {self.controls} pushes as hard in "
            "random directions.",
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Incompatible: patches, SAE and model do not fit each other, or all patches act behind the SAE's site.
            NotFound, Invalid, Unsupported: what the patches read is not here; no text.
        """
        model, members = bench.model(), self._members(bench.lab)
        sae = sae_of(bench.lab, named(bench.lab, self.sae).path)
        site = _site(sae.spec.site, self.sae)
        yield bench.reads(
            {self.sae: of_sae(sae), f"patches {self.patches}": set_content(members), **of_dataset(self._data())}
        )
        check_sites([site], model.n_layers, model.layout.parallel)
        placed = yield from _upstream(model, site, in_force(bench, model, members))
        texts = yield from first_texts(model, self._data(), self.documents, self.context)
        if len(texts) < 2:
            raise Invalid(
                f"{self.dataset} has one document only; differences are paired over several.", next="Give more."
            )
        found = Moving.start(sae.spec.d_sae, self.controls, self.flips, self.seed, model.device)
        sae, of = sae.to(model.device), sum(map(len, texts))
        done = 0
        for batch in batches([len(ids) for ids in texts], batch_tokens(model)):
            rows = [texts[number] for number in batch]
            for _ in found.read(model, sae, site, placed, rows, self.seed):
                yield Progress(done, of, "tokens", "reading")
            done += sum(map(len, rows))
            yield Progress(done, of, "tokens", "reading")
        shift, controls = found.patched.result(), [one.result() for one in found.controls]
        yield from _tables(shift, controls)
        metrics = _metrics(shift, controls, found, len(texts))
        yield Result(
            {**metrics, "sae": self.sae, "site": str(site), "model": model.name},
            headline=("moved", "moved_controls", "threshold", "split_half"),
            charts=CHARTS,
        )

    def _members(self, lab: Lab) -> tuple[Member, ...]:
        if not self.patches:
            raise Invalid("No patches were named.", next="Give the hash of a patch or of a set; its page shows it.")
        return wanted_members(lab, self.patches)

    def _data(self) -> Dataset:
        return open_corpus(self.dataset, config="", split="train", column=self.column, seed=self.seed)


def _site(name: str, sae: str) -> Site:
    if not name:
        raise Unsupported(
            f"{sae} does not say which site it reads.", next="Import it with its site: microscope import-sae"
        )
    return parse_site(name)


def _upstream(model: Model, site: Site, placed: Sequence[Placed]) -> Generator[Event, None, tuple[Placed, ...]]:
    """Those that a pass up to the site comes to.

    Raises:
        Invalid: every patch has strength 0.
        Incompatible: no patch acts up to the site.
    """
    if not placed:
        raise Invalid("Every patch has strength 0: nothing is changed.", next="Give one a strength.")
    reached = model.place().reached
    acting = tuple(one for one in placed if reached(one.edit.at) <= reached(site))
    behind = [one for one in placed if reached(one.edit.at) > reached(site)]
    if len(behind) == len(placed):
        raise Incompatible(
            f"The SAE reads {site}; what the patches change comes behind it, at {behind[0].edit.at} first, and moves "
            "nothing there.",
            next=f"Choose an SAE of {behind[0].edit.at} or of a later site.",
        )
    if behind:
        yield Say(
            f"{len(behind)} of {len(placed)} changes are behind {site} and move nothing there; the first is at "
            f"{behind[0].edit.at}.",
            "warning",
        )
    return acting


def _tables(shift: Shift, controls: Sequence[Shift]) -> Iterator[Event]:
    order = order_of(shift)
    order = order[(shift.density_before + shift.density_after)[order] > 0]
    columns = {name: getattr(shift, name)[order].tolist() for name in
               ("difference", "error", "z", "before", "after", "density_before", "density_after")}  # fmt: skip
    beside = torch.stack([one.difference.abs() for one in controls]).mean(0) if controls else None
    yield Rows(
        "features",
        {
            "feature": order.tolist(),
            "moved": shift.moved[order].tolist(),
            **columns,
            "control": [None] * len(order) if beside is None else beside[order].tolist(),
        },
    )
    yield Rows("z", _histogram(shift, controls))


def _histogram(shift: Shift, controls: Sequence[Shift]) -> dict[str, list[JsonValue]]:
    edges = torch.linspace(-EDGE, EDGE, BINS + 1, dtype=torch.float64)
    rows: list[tuple[JsonValue, ...]] = []
    for of, some in (("patches", [shift]), ("controls", controls)):
        z = torch.cat([one.z[one.z != 0] for one in some]) if some else torch.empty(0, dtype=torch.float64)
        counts = torch.histogram(z.clamp(-EDGE, EDGE), edges).hist
        share = counts / max(1.0, float(counts.sum()))
        middles = (edges[1:] + edges[:-1]) / 2
        rows += [(of, float(at), float(part)) for at, part in zip(middles, share, strict=True) if some]
    return {name: list(column) for name, column in zip(("of", "z", "share"), zip(*rows, strict=True), strict=True)}


def _metrics(shift: Shift, controls: Sequence[Shift], found: Moving, documents: int) -> dict[str, JsonValue]:
    beside = [int((one.z.abs() > shift.threshold).sum()) for one in controls]
    push, *pushes = (one / max(1, found.tokens[0]) for one in found.pushed)
    surest = int(order_of(shift)[0])
    return {
        "documents": documents,
        "tokens": found.tokens[0],
        "features": len(shift.z),
        "fired": int(((shift.density_before + shift.density_after) > 0).sum()),
        "moved": int(shift.moved.sum()),
        "moved_controls": sum(beside) / len(beside) if beside else None,
        "threshold": shift.threshold,
        "split_half": shift.split_half if shift.split_half == shift.split_half else None,
        "surest": surest,
        "surest_z": float(shift.z[surest]),
        "change": push,
        "change_controls": sum(pushes) / len(pushes) if pushes else None,
    }


CHARTS = (
    ChartSpec(
        kind="scatter",
        title="Every feature that fires: mean activation without and with the patches",
        table="features",
        x="before",
        y="after",
        z="moved",
        x_title="mean activation in the model as it is",
        y_title="mean activation with the patches",
    ),
    ChartSpec(
        kind="histogram",
        title="How sure shifts are, beside pushes as hard in random directions",
        table="z",
        x="z",
        y="share",
        z="of",
        x_title="z of the paired difference",
        y_title="share of the features that differ",
    ),
)
