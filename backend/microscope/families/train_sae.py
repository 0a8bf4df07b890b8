"""Train a sparse autoencoder on recorded activations, and measure it on documents that it has not seen.

1. batches of shuffled rows, position 0 and BOS left out, from one recording or several of the same model
2. `core/saes/training.py` learns from them
3. keep it in `<out>/sae_layer_<L>/`, by default in the library's folder, unless another one stands there
4. read it back, and measure what was kept on the held-out documents
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from typing import Annotated, Any, ClassVar, Literal

import torch
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from microscope.core.defaults import EXPANSION
from microscope.core.kinds import OneOf
from microscope.core.saes import architectures
from microscope.core.saes.base import Architecture, Normalize, Spec
from microscope.core.saes.plan import Plan
from microscope.core.saes.topk import TopK
from microscope.core.saes.training import Trainer
from microscope.core.sites import Site
from microscope.engine.memory import pick_device
from microscope.engine.ranks import Ranks
from microscope.errors import Invalid
from microscope.families._inputs import HELD_OUT, of_recordings
from microscope.families._judging import CHARTS, density_histogram, judged
from microscope.families._ranks import company, shared
from microscope.families._recorded import Recorded, open_recorded
from microscope.families._standing import Standing, beside, made_by, standing
from microscope.families.base import Bench, Checkpoint, Event, Family, Made, Progress, Result, Say
from microscope.lab import Lab
from microscope.paths import expanded
from microscope.store.checkpoints import Dtype, read_sae, sha256, write_metrics, write_sae
from microscope.store.sae_formats.saelens import WEIGHTS
from microscope.store.saes import Library
from microscope.wire.run_queue import Way
from microscope.wire.runs import Evidence

FIRST_ROWS = 8_192
"""Of which the scale of the inputs and b_dec are taken."""

CHECKPOINT_S = 60.0
"""Seconds between two checkpoints."""

POINTS = 1_000
"""Of every live curve, at most."""

HISTOGRAMS = 20
"""Of the density, over the training."""


def trainable() -> dict[str, type[Architecture]]:
    """Architectures that say how they learn, by kind; others are only read from files."""
    return {kind: one for kind, one in architectures().items() if one.loss is not Architecture.loss}


class TrainSae(Family, Plan, frozen=True):
    """Learns a dictionary of features of one site from recorded activations, and measures it on held-out documents."""

    evidence: ClassVar[Evidence] = "decomposition"
    title: ClassVar[str] = "Train a sparse autoencoder"
    resumable: ClassVar[bool] = True

    kind: Literal["train_sae"] = "train_sae"

    activations: tuple[Path, ...]
    """Recordings of one model; one of them may carry an adapter."""

    site: str = ""
    """What it reads and gives back, such as L10.resid_post; empty is the only site that was recorded."""

    architecture: Annotated[Architecture, OneOf(trainable)] = TopK()
    """How features fire."""

    d_sae: int | None = Field(default=None, gt=0)
    """Features; null is `expansion` times the width."""

    expansion: int = Field(default=EXPANSION, gt=0)
    """Features for each dimension, where `d_sae` is null."""

    normalize: Normalize = "scale"
    """What is done to an input first; `scale` brings the mean norm to √d, and what is kept has it folded in."""

    epochs: float | None = Field(default=None, gt=0)
    """Times that the training rows are gone through; null goes by `steps`."""

    out: Path | None = None
    """Folder in which `sae_layer_<L>` is written; empty is the library's own, `saes` in the home folder."""

    replace: bool = False
    """Overwrite the autoencoder that stands in its place."""

    dtype: Dtype = "float32"
    """Of the tensors in the file."""

    devices: int = Field(default=1, ge=1, le=64)
    """GPUs that share each batch, a process each; on a CPU so many processes. Divides `batch_rows`."""

    held_out_rows: int = Field(default=20_000, gt=0)
    """Of held-out documents, at most, that it is measured on at the end."""

    @field_validator("out", mode="before")
    @classmethod
    def _nowhere(cls, given: object) -> object:
        """Of a form whose field was emptied: as a path it would be the folder that the server stands in."""
        return None if given == "" else given

    @model_validator(mode="after")
    def _divides(self) -> TrainSae:
        if self.batch_rows % self.devices:
            raise ValueError(f"batch_rows={self.batch_rows} cannot be parted among {self.devices} devices")
        return self

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Incompatible: no recording there, or several of different models.
            Invalid: no rows to learn from or to measure on, too large a k, or an autoencoder in its place.
        """
        recorded = open_recorded(self.activations, self.site)
        plan, spec = self._plan(recorded), self._spec(recorded)
        spec.architecture.check(spec.d_sae)
        recorded.shares("train", plan.batch_rows)
        recorded.held_out_rows()
        n_rows = sum(recorded.usable_rows("train"))
        folder = self._folder(lab, recorded.site)
        displaced = self._displaced(folder)
        return (
            f"Trains {spec.d_sae:,} features ({spec.architecture.kind}) on {recorded.site} of {spec.model_name}: "
            f"{plan.steps:,} batches of {plan.batch_rows:,} out of {n_rows:,} rows, "
            f"{plan.steps * plan.batch_rows / max(1, n_rows):.1f} times each, on {_device(lab)}.",
            *([] if self.devices == 1 else [f"On {self.devices} devices, each with its part of every batch."]),
            f"Replaces {folder}, {displaced}." if displaced else f"Writes {folder}.",
            *_renamed(lab, folder),
        )

    def ways(self, lab: Lab) -> tuple[Way, ...]:
        """Into a folder beside it, or in its place."""
        folder = self._folder(lab, open_recorded(self.activations, self.site).site)
        before = standing(folder)
        if before is None or self._replaces(before):
            return ()
        out = str(beside(folder).parent)
        elsewhere = Way(says=f"Write to {out}", fields={"out": out})
        instead = Way(says="Replace what stands there", fields={"replace": True})
        return (elsewhere, instead) if before.whole else (elsewhere,)

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Invalid: values that are not finite, or an autoencoder of another run in its place.
            Incompatible: it goes on, and the recordings are others than it began with.
        """
        recorded = open_recorded(self.activations, self.site)
        plan, folder, mine = self._plan(recorded), self._folder(bench.lab, recorded.site), bench.directory.name
        displaced = self._displaced(folder, mine)
        yield bench.reads(of_recordings(recorded.recordings))
        if displaced:
            yield Say(f"Replaces {folder}, {displaced}.")
        with recorded.located(), company(self.model_dump(mode="json"), self.devices, _device(bench.lab)) as ranks:
            trainer = self._trainer(recorded, _device(bench.lab), ranks)
            if bench.resume is not None:
                trainer.restore(bench.resume.tensors, bench.resume.state)
                yield Say(f"Goes on from step {trainer.steps:,}.")
            if ranks is not None:
                shared(trainer, ranks)
            yield from _training(trainer, recorded, ranks, bench.stopping)
        self._displaced(folder, mine)  # Somebody may have been quicker. The last checkpoint is of finished weights.
        write_sae(folder, made_by(mine, trainer.sae()), dtype=self.dtype)
        measured, kept = sha256(folder / WEIGHTS), read_sae(folder).to(_device(bench.lab))
        with recorded.located():
            found = yield from judged(kept, recorded, self.held_out_rows, plan.seed)
        write_metrics(folder, found.metrics, measured)
        yield Result(
            found.metrics,
            headline=("fvu", "l0", "dead", "fvu_pca"),
            charts=CHARTS,
            made=(Made("sae", folder),),
        )

    def joining(self, ranks: Ranks) -> tuple[Trainer, Iterator[NDArray[Any]]]:
        """A helper's trainer, standing where rank 0 stands, and the batches from there on."""
        recorded = open_recorded(self.activations, self.site)
        trainer = self._trainer(recorded, str(ranks.device), ranks)
        shared(trainer, ranks)
        return trainer, recorded.batches("train", trainer.plan.batch_rows, trainer.plan.seed, trainer.steps)

    def _trainer(self, recorded: Recorded, device: str, ranks: Ranks | None) -> Trainer:
        plan = self._plan(recorded)
        first = recorded.some("train", FIRST_ROWS, plan.seed)
        return Trainer(self._spec(recorded), plan, first, device, ranks)

    def _plan(self, recorded: Recorded) -> Plan:
        given = {name: getattr(self, name) for name in Plan.model_fields}
        if self.epochs is not None:
            given["steps"] = max(1, round(self.epochs * sum(recorded.usable_rows("train")) / self.batch_rows))
        return Plan.model_validate(given)

    def _spec(self, recorded: Recorded) -> Spec:
        header = recorded.plain.header
        return Spec(
            architecture=self.architecture,
            d_in=header.d_model,
            d_sae=self.d_sae or self.expansion * header.d_model,
            d_out=header.d_model,
            normalize=self.normalize,
            site=str(recorded.site),
            model_name=header.model_name,
            weights_sha256=header.weights_sha256,
            prepend_bos=header.prepend_bos,
            context_size=header.context_size or None,
            dataset=header.dataset,
            training={
                "adapters": [one.header.adapter for one in recorded.recordings if one.header.adapter],
                HELD_OUT: min(one.header.held_out for one in recorded.recordings),
            },
        )

    def _displaced(self, folder: Path, mine: str = "") -> str:
        """What it takes the place of, in words; empty where nothing stands there that is not this run's.

        Raises:
            Invalid: there is one, and it may not be replaced.
        """
        before = standing(folder)
        if before is None or (mine and before.run == mine):
            return ""
        if self._replaces(before):
            return before.says
        yours = "put yours in its place (Replace, or --replace): it is overwritten" if before.whole else "move it away"
        raise Invalid(
            f"There is an SAE already: {folder}, {before.says}.",
            next=f"Write into another folder (Out, or --out FOLDER), such as {beside(folder).parent}, or {yours}.",
        )

    def _replaces(self, before: Standing) -> bool:
        return self.replace and before.whole

    def _folder(self, lab: Lab, site: Site) -> Path:
        out = expanded(self.out) if self.out else Library(lab.folder, lab.settings.sae_cache_dir).own
        name = f"sae_layer_{site.layer}"
        return out / (name if site.name == "resid_post" else f"{name}_{site.name}")


def _renamed(lab: Lab, folder: Path) -> tuple[str, ...]:
    """Where the library calls it otherwise than its folder, since another SAE has that name."""
    name = Library(lab.folder, lab.settings.sae_cache_dir).name_at(folder)
    return () if name == folder.name else (f"The library will call it {name}: it has another {folder.name}.",)


def _device(lab: Lab) -> str:
    """One that is asked for; a model that is spread over several leaves the dictionary on the first."""
    device = pick_device(lab.settings.device)
    return "cuda" if device == "balanced" else device


def _training(trainer: Trainer, recorded: Recorded, ranks: Ranks | None, stopping: Flag) -> Iterator[Event]:
    """Up to the plan's last step; the last checkpoint is of the finished weights, and one is taken before a stop."""
    plan, kept = trainer.plan, time.monotonic()
    batches = recorded.batches("train", plan.batch_rows, plan.seed, trainer.steps)
    while trainer.steps < plan.steps:
        batch = torch.from_numpy(next(batches))
        if ranks is not None:
            ranks.lead(True)
            batch = ranks.part(batch)
        step = trainer.step(batch)
        told = step._asdict() if _now(trainer.steps, plan.steps, POINTS) else {}
        yield Progress(trainer.rows, plan.steps * plan.batch_rows, "rows", "training", told)
        if _now(trainer.steps, plan.steps, HISTOGRAMS):
            yield density_histogram("training_density", trainer.density(), trainer.density_rows, rows=trainer.rows)
        if stopping.is_set() or time.monotonic() - kept >= CHECKPOINT_S or trainer.steps == plan.steps:
            yield Checkpoint(trainer.tensors(), trainer.state())
            kept = time.monotonic()


def _now(step: int, steps: int, times: int) -> bool:
    """True at so many of the steps, evenly, the last among them."""
    return step * times // steps > (step - 1) * times // steps
