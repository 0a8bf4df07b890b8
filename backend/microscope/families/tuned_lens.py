"""Fit a tuned lens to a model, and say how much better than the logit lens it reads.

1. cut the documents into windows; hold every tenth document out
2. at each step, run windows through the model until there are enough positions, and update every translator
3. measure both lenses on the held-out documents, and keep the translators in `<home>/lenses/`

Belrose et al. 2023, arXiv 2303.08112, §3; `core/tuning.py` has the loss. One forward pass, or one layer's gradient,
lies between two yields.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from threading import Event as Flag
from typing import ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from microscope.core.lens import TunedLens
from microscope.core.tuning import divergence, identity, step
from microscope.engine.loading import sizes
from microscope.engine.model import Model
from microscope.engine.weights import cached, parted, portable, weight_files, weights_sha256
from microscope.errors import Invalid
from microscope.families._corpora import open_corpus
from microscope.families._inputs import of_dataset
from microscope.families.base import (
    CHOSEN_MODEL,
    Bench,
    Checkpoint,
    Event,
    Family,
    Made,
    ModelWish,
    Progress,
    Result,
    Rows,
    Say,
)
from microscope.lab import Lab
from microscope.store.datasets import Dataset
from microscope.store.lenses import Description
from microscope.wire.run_files import ChartSpec
from microscope.wire.run_queue import Way
from microscope.wire.runs import Evidence

WINDOW = 256
"""Tokens of one forward pass."""

POSITIONS_PER_STEP = 512
HELD_OUT_POSITIONS = 4_096
"""At most so many are measured."""

LEARNING_RATE = 1e-3
"""Of Adam at the first step; falls to 0 in a straight line."""

CHECKPOINT_S = 60.0
"""Seconds between two checkpoints."""

HASHED_BYTES = 1 << 28
"""Weights of at most so many bytes are hashed to say beforehand whether there is a lens for them: a moment."""


class Fit(BaseModel, frozen=True):
    """What came of it: the metrics of the run."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    logit_kl: float
    """Held-out KL(p_last ‖ p_lens) of the logit lens, in nats per token, mean over layers."""

    tuned_kl: float
    """The same of the tuned lens."""

    logit_kl_by_layer: dict[str, float]
    """Of `embed`, `0`, `1` …; the last block's row, which is the model's own prediction, is left out."""

    tuned_kl_by_layer: dict[str, float]
    """The same of the tuned lens."""

    training_tokens: int
    """Tokens that it was fitted on, each as often as the steps came round."""

    held_out_tokens: int
    """Tokens that both were measured on."""

    displaced: str
    """What was read until now, in words; empty where nothing was."""

    displaced_path: str
    """Its file: the same one where it was overwritten."""


class FitTunedLens(Family, frozen=True):
    """Fits one affine translator for each block of a model, so that its lens reads early layers better."""

    evidence: ClassVar[Evidence] = "correlational"
    title: ClassVar[str] = "Fit a tuned lens"
    resumable: ClassVar[bool] = True

    kind: Literal["tuned_lens"] = "tuned_lens"

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    revision: str = ""
    """Branch, tag or commit of a hub id."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the weights."""

    datasets: tuple[str, ...] = ("bundled",)
    """Each a .txt, .jsonl or .parquet file, a name on the Hugging Face hub, or bundled."""

    column: str = "text"
    """Where the text is, in JSONL, Parquet and data sets from the hub."""

    max_tokens: int = Field(default=200_000, ge=0)
    """Tokens to read, about; 0 is no limit."""

    steps: int = Field(default=250, gt=0)
    """Updates of every translator."""

    seed: int = Field(default=0, ge=0)
    """Of the order of the documents, and of the bundled corpus."""

    replace: bool = False
    """Read with the new lens where there is one for these weights already."""

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model, self.revision, self.dtype),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid, Unavailable: no such data set, one without an end, no text in its first documents.
        """
        names = ", ".join(one.try_out().name for one in self._data())
        before = self._displaced(lab)
        return (
            f"Fits a translator for every block of {self.model or lab.settings.model} on {names}.",
            *([] if before is None else [f"It is read in the place of {before.path}, {before.says}."]),
        )

    def ways(self, lab: Lab) -> tuple[Way, ...]:
        """Read in the place of the one that there is."""
        target = self._target(lab)
        if self.replace or target is None or displaced(lab, target, replace=True) is None:
            return ()
        return (Way(says="Read with the new one instead", fields={"replace": True}),)

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Invalid: fewer than two documents with at least two tokens, or a lens that may not be replaced.
            Incompatible: it goes on, and the data sets or the model are others than it began with.
        """
        model, lab = bench.model(), bench.lab
        before = displaced(lab, Target.of(lab, model), replace=self.replace)
        yield bench.reads({name: facts for one in self._data() for name, facts in of_dataset(one).items()})
        texts = yield from self._texts(model)
        training, held_out = _windows(model, texts, self.seed)
        fitting = _Fitting(model, training, self.steps)
        if bench.resume is not None:
            fitting.restore(bench.resume)
            yield Say(f"Goes on from step {fitting.done:,}.")
        yield from _trained(fitting, bench.stopping)
        lens = fitting.lens
        tuned = yield from _measured(model, held_out, lens)
        logit = yield from _measured(model, held_out, identity(model.n_layers, model.d_model, model.device))
        fit = Fit(
            logit_kl=fmean(logit),
            tuned_kl=fmean(tuned),
            logit_kl_by_layer=dict(zip(_layers(logit), logit, strict=True)),
            tuned_kl_by_layer=dict(zip(_layers(tuned), tuned, strict=True)),
            training_tokens=sum(map(len, training)),
            held_out_tokens=sum(map(len, held_out)),
            displaced="" if before is None else before.says,
            displaced_path="" if before is None else str(before.path),
        )
        kept = TunedLens(lens.weight.detach().cpu(), lens.bias.detach().cpu())
        path = lab.lenses.write(model.info.weights_sha256, kept, self._about(model, fit))
        yield _table(logit, tuned)
        yield Result(
            fit.model_dump(mode="json"),
            headline=("tuned_kl", "logit_kl"),
            charts=(CHART,),
            made=(Made("lens", path),),
        )

    def _about(self, model: Model, fit: Fit) -> dict[str, str]:
        """What the lens' file says of itself."""
        return {
            "model": portable(model.info.name),
            "steps": str(self.steps),
            "seed": str(self.seed),
            "logit_kl": json.dumps(list(fit.logit_kl_by_layer.values())),
            "tuned_kl": json.dumps(list(fit.tuned_kl_by_layer.values())),
            "training_tokens": str(fit.training_tokens),
            "held_out_tokens": str(fit.held_out_tokens),
        }

    def _displaced(self, lab: Lab) -> Description | None:
        """As `displaced`, before anything is loaded; None too where only loading would tell the weights."""
        target = self._target(lab)
        return None if target is None else displaced(lab, target, replace=self.replace)

    def _target(self, lab: Lab) -> Target | None:
        """Its weights; None where only loading would tell them."""
        wish = self.models()[0]
        return Target.ahead(lab, wish.full_name(lab.settings.model), wish.revision)

    def _data(self) -> list[Dataset]:
        found = [
            open_corpus(name, config="", split="train", column=self.column, seed=self.seed) for name in self.datasets
        ]
        if not found:
            raise Invalid("No data set was given; expected one or more.", next="Name a text file, or bundled.")
        if not self.max_tokens and any(one.endless for one in found):
            raise Invalid("The bundled corpus has no end.", next="Give max_tokens, such as 200000.")
        return found

    def _texts(self, model: Model) -> Generator[Event, None, list[list[int]]]:
        """Documents of at least two tokens, of every data set an equal part of `max_tokens` at most."""
        texts: list[list[int]] = []
        data, found = self._data(), 0
        for number, one in enumerate(data, start=1):
            for text in one.read():
                if self.max_tokens and found >= self.max_tokens * number / len(data):
                    break
                if len(ids := model.encode(text)) > 1:
                    texts.append(ids)
                    found += len(ids)
                yield Progress(0, self.steps, stage="reading texts")
        return texts


CHART = ChartSpec(
    kind="line",
    title="How far each layer's reading is from the model's prediction",
    table="layers",
    x="layer",
    y="kl",
    z="lens",
    x_title="layer read",
    y_title="held-out KL to the last layer (nats per token)",
)


class Target(NamedTuple):
    """The weights that a lens is of."""

    name: str
    weights_sha256: str
    n_layers: int
    d_model: int
    folder: Path | None
    """Where the model's files lie, and a lens beside them; None where that is not known."""

    @classmethod
    def of(cls, lab: Lab, model: Model) -> Target:
        info = model.info
        folder = next((loaded.folder for loaded in lab.resident if loaded.model is model), None)
        return cls(info.name, info.weights_sha256, info.n_layers, info.d_model, folder)

    @classmethod
    def ahead(cls, lab: Lab, name: str, revision: str) -> Target | None:
        """Of a model that is in memory, or is on the disk and small; else None.

        Raises:
            NotFound, Invalid, Unsupported: no such model on this machine, where its name says that it should be.
        """
        for loaded in lab.resident:
            if loaded.model.info.name == name and revision in ("", loaded.model.info.revision):
                return cls.of(lab, loaded.model)
        folder, found = cached(name, revision), sizes(name, revision)
        if folder is None or found is None or parted(name)[1]:
            return None
        files = weight_files(folder, name)
        if sum(file.stat().st_size for file in files) > HASHED_BYTES:
            return None
        return cls(name, weights_sha256(files), found.n_layers, found.d_model, folder)


def displaced(lab: Lab, target: Target, *, replace: bool) -> Description | None:
    """The lens that a new one would be read instead of.

    Raises:
        Invalid: there is one, and it may not be replaced.
    """
    before = lab.lenses.fitting(target.weights_sha256, target.n_layers, target.d_model, target.folder)
    if before is None or replace:
        return before
    here = lab.lenses.here(target.weights_sha256)
    back = "which overwrites it." if before.path == here else f"and delete {here} to go back."
    raise Invalid(
        f"There is a tuned lens for {target.name} already: {before.path}, {before.says}.",
        next=f"Read with it: choose the tuned lens, or --lens tuned. Or read with yours instead: tick replace, or "
        f"--replace, {back}",
    )


class _Fitting:
    """Translators in training; windows come round again in the same order."""

    def __init__(self, model: Model, windows: Sequence[Sequence[int]], steps: int) -> None:
        self.model, self.steps, self.done = model, steps, 0
        self._windows, self._taken = windows, 0
        self.lens = TunedLens(*(one.requires_grad_() for one in identity(model.n_layers, model.d_model, model.device)))
        self._adam = torch.optim.Adam(self.lens, lr=LEARNING_RATE)

    def step(self) -> Generator[Event, None, float]:
        """One update of every translator; its loss before it, in nats, mean over layers."""
        for group in self._adam.param_groups:
            group["lr"] = LEARNING_RATE * (1 - self.done * (self.steps - 1) / self.steps**2)
        batch: list[Tensor] = []
        while sum(resid.shape[1] for resid in batch) < POSITIONS_PER_STEP:
            batch.append(_resid(self.model, self._windows[self._taken % len(self._windows)]))
            self._taken += 1
            yield Progress(self.done, self.steps, stage="fitting")
        kl = 0.0
        for loss in step(torch.cat(batch, dim=1), self.model.unembed, self.lens, self._adam):
            kl += loss.item() / self.model.n_layers
            yield Progress(self.done, self.steps, stage="fitting")
        self.done += 1
        return kl

    def checkpoint(self) -> Checkpoint:
        held = {name: value.detach() for name, value in zip(self.lens._fields, self.lens, strict=True)}
        for place, moments in self._adam.state_dict()["state"].items():
            held |= {f"adam.{place}.{name}": value for name, value in moments.items()}
        copies = {name: value.to("cpu", copy=True) for name, value in held.items()}
        return Checkpoint(copies, {"done": self.done, "taken": self._taken})

    def restore(self, kept: Checkpoint) -> None:
        """Go on from there; on a CPU with the same bits."""
        with torch.no_grad():
            for name, value in zip(self.lens._fields, self.lens, strict=True):
                value.copy_(kept.tensors[name])
        moments: dict[int, dict[str, Tensor]] = {0: {}, 1: {}}
        for name, value in kept.tensors.items():
            if name.startswith("adam."):
                _, place, moment = name.split(".")
                moments[int(place)][moment] = value.clone()
        self._adam.load_state_dict({**self._adam.state_dict(), "state": moments})
        done, taken = kept.state["done"], kept.state["taken"]
        assert isinstance(done, int), "a checkpoint of a tuned lens counts its steps"
        assert isinstance(taken, int), "a checkpoint of a tuned lens counts its windows"
        self.done, self._taken = done, taken


def _trained(fitting: _Fitting, stopping: Flag) -> Iterator[Event]:
    """Up to the last step; before a stop there is a checkpoint behind the step that runs."""
    kept = time.monotonic()
    while fitting.done < fitting.steps:
        kl = yield from fitting.step()
        yield Progress(fitting.done, fitting.steps, stage="fitting", metrics={"training_kl": kl})
        if stopping.is_set() or time.monotonic() - kept >= CHECKPOINT_S or fitting.done == fitting.steps:
            yield fitting.checkpoint()
            kept = time.monotonic()


def _measured(model: Model, windows: Sequence[Sequence[int]], lens: TunedLens) -> Generator[Event, None, list[float]]:
    """KL(p_last ‖ p_lens) in nats per token of every translator, mean over held-out positions."""
    total = torch.zeros(model.n_layers, dtype=torch.float64)
    for ids in windows:
        total += divergence(_resid(model, ids), model.unembed, lens).cpu() * len(ids)
        yield Progress(1, 1, stage="measuring")
    return (total / sum(map(len, windows))).tolist()


def _resid(model: Model, ids: Sequence[int]) -> Float[Tensor, "row position d_model"]:
    rows = (*model.sites("resid_pre")[:1], *model.sites("resid_post"))
    return model.trace(ids, capture=rows, logits="none").stacked


def _windows(model: Model, documents: list[list[int]], seed: int) -> tuple[list[list[int]], list[list[int]]]:
    """Documents cut to windows, in a random order: training, held out."""
    width = min(WINDOW, model.n_ctx)
    if len(documents) < 2:
        raise Invalid(
            f"There are {len(documents)} documents with at least two tokens; expected two or more, one to hold out.",
            next="Give more text: documents are parted by blank lines.",
        )
    random.Random(seed).shuffle(documents)
    count = max(1, len(documents) // 10)
    held_out, training = (
        [ids[start : start + width] for ids in part for start in range(0, len(ids), width)]
        for part in (documents[:count], documents[count:])
    )
    measured: list[list[int]] = []
    while held_out and sum(map(len, measured)) < HELD_OUT_POSITIONS:
        measured.append(held_out.pop())
    return training, measured


def _table(logit: Sequence[float], tuned: Sequence[float]) -> Rows:
    """The last block's row, which is the model's own prediction, is left out."""
    return Rows(
        "layers",
        {
            "layer": [*_layers(logit), *_layers(tuned)],
            "lens": ["logit"] * len(logit) + ["tuned"] * len(tuned),
            "kl": [*logit, *tuned],
        },
    )


def _layers(rows: Sequence[float]) -> list[str]:
    """What the rows are called, here as on the lens' pages."""
    return ["embed", *map(str, range(len(rows) - 1))]
