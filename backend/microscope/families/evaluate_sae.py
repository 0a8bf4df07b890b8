"""Measure a sparse autoencoder on documents that it was not trained on.

1. reconstruction on recorded rows of held-out documents, beside the nulls (`_judging.py`)
2. the held-out documents through the model, the reconstruction in the place of the site: CE and KL, beside zeros, the
   mean and the PCA of equal rank in its place

What each measure is stands in `core/reconstruction.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import torch
from pydantic import Field, JsonValue

from microscope.core.defaults import JUDGED_ROWS, JUDGED_TOKENS
from microscope.core.model_names import same_model
from microscope.core.reconstruction import PredictionMeter, cross_entropy, loss_recovered
from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import Site, parse_site
from microscope.engine.hooks import check_sites
from microscope.engine.memory import pick_device
from microscope.engine.model import Model
from microscope.engine.splice import OfTexts, Predictions, Replacement, constant, predictions, zero
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Unsupported
from microscope.families._compared import named
from microscope.families._fit import check_before, sae_of, spec_of
from microscope.families._inputs import check_held_out, of_recordings, of_sae
from microscope.families._judging import CHARTS, Judged, judged
from microscope.families._recorded import Recorded, open_recorded
from microscope.families.base import Bench, Event, Family, Made, ModelWish, Progress, Result, Rows
from microscope.lab import Lab
from microscope.store.activations import Recording, open_recording
from microscope.store.checkpoints import detect, sha256, write_metrics
from microscope.wire.runs import Evidence


class EvaluateSae(Family, frozen=True):
    """Measures a sparse autoencoder on held-out documents, beside random directions, no training and a PCA."""

    evidence: ClassVar[Evidence] = "causal"
    title: ClassVar[str] = "Evaluate a sparse autoencoder"

    kind: Literal["evaluate_sae"] = "evaluate_sae"

    sae: str
    """Slug, folder or file of the SAE, or the id of the run that made it; of a folder of several, that of the site's
    layer."""

    activations: Path
    """A recording of the site that it reads."""

    site: str = ""
    """What it reads, such as L10.resid_post; empty is what its file says, else the only site that was recorded."""

    rows: int = Field(default=JUDGED_ROWS, gt=0)
    """Of held-out documents, at most, that are reconstructed."""

    loss: bool = True
    """Also measure what the model still predicts; false needs no model."""

    tokens: int = Field(default=JUDGED_TOKENS, gt=0)
    """Of held-out documents, about, that the model predicts."""

    model: str = ""
    """Bundled name, hub id or folder; empty is the one that was recorded."""

    keep: bool = False
    """Write what was found to `metrics.json` beside the weights."""

    seed: int = Field(default=0, ge=0)
    """Of the rows that are drawn, and of the random directions."""

    def models(self) -> tuple[ModelWish, ...]:
        if not self.loss:
            return ()
        header = open_recording(self.activations).header
        name = self.model or header.model_name
        return (ModelWish(name, header.revision, header.model_dtype or "auto", header.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no autoencoder or recording there.
            Incompatible: they do not fit each other.
            Invalid: nothing held out to measure it on.
        """
        path = self._path(lab)
        recorded, site = self._recorded(spec := spec_of(lab, path, self.site))
        if self.loss:
            check_before(path.name, spec, site, self.models()[0], lab)
        n_rows = min(self.rows, recorded.held_out_rows())
        does = f"Reconstructs {n_rows:,} held-out rows of {site} with {path}, on {pick_device(lab.settings.device)}."
        name = self.models()[0].name or "the server's own model" if self.loss else ""
        n_tokens = min(self.tokens, recorded.held_out_rows())
        return (does, f"Then predicts about {n_tokens:,} tokens with {name}.") if self.loss else (does,)

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Incompatible: autoencoder, recording and model do not fit each other.
            Invalid: nothing held out, or values that are not finite.
        """
        path = self._path(bench.lab)
        measured, sae = sha256(detect(path).weights), sae_of(bench.lab, path, self.site)
        recorded, site = self._recorded(sae.spec)
        recording = recorded.plain
        yield bench.reads({str(path): of_sae(sae), **of_recordings(recorded.recordings)})
        if self.loss:
            model = bench.model()
            recording.check(model.info.weights_sha256, model.d_model, model.name)
            check_sites([site], model.n_layers, model.layout.parallel)
            sae = sae.to(model.device)
        else:
            device = pick_device(bench.lab.settings.device)
            sae = sae.to("cuda" if device == "balanced" else device)
        with recorded.located():
            found = yield from judged(sae, recorded, self.rows, self.seed)
        metrics = found.metrics
        if self.loss:
            metrics |= yield from _predicted(bench.model(), sae, site, found, _texts(recording, self.tokens))
        if self.keep:
            folder = path if path.is_dir() else path.parent
            write_metrics(folder, metrics, measured)
        yield Result(
            metrics,
            headline=("fvu", "l0", "loss_recovered", "dead") if self.loss else ("fvu", "l0", "dead", "fvu_pca"),
            charts=CHARTS,
            made=(Made("sae", path, found=True),),
        )

    def _path(self, lab: Lab) -> Path:
        return named(lab, self.sae, parse_site(self.site).layer if self.site else None).path

    def _recorded(self, spec: Spec) -> tuple[Recorded, Site]:
        """The recording, and what the autoencoder reads of it.

        Raises:
            Unsupported: it gives back another place than it reads.
            Incompatible: another width, site or model, or documents held out that were trained on.
        """
        if spec.d_out != spec.d_in or spec.site_out not in ("", spec.site):
            raise Unsupported(
                f"{self.sae} is a transcoder, from {spec.site or 'one place'} to {spec.site_out or 'another'}; only "
                "autoencoders are measured on recorded activations.",
                next="Give an SAE whose input is what it reconstructs.",
            )
        if self.site and spec.site and parse_site(self.site) != parse_site(spec.site):
            raise Incompatible(
                f"{self.sae} reads {spec.site}; {self.site} was asked for.", next=f"Ask for {spec.site}."
            )
        recorded = open_recorded([self.activations], spec.site or self.site)
        _check_fits(spec, recorded.plain, self.sae)
        if spec.architecture.sequential:
            recorded.plain.check_whole(recorded.site)
        check_held_out(spec, recorded.plain.header.held_out, str(recorded.plain.path))
        return recorded, recorded.site


def _check_fits(spec: Spec, recording: Recording, name: str) -> None:
    header = recording.header
    known = spec.weights_sha256 and header.weights_sha256
    merged = with_adapter(spec.weights_sha256, header.adapter_sha256) if header.adapter else spec.weights_sha256
    if known:
        same = header.weights_sha256 in (spec.weights_sha256, merged)
    else:
        same = "" in (spec.model_name, header.model_name) or same_model(spec.model_name, header.model_name)
    if spec.d_in != header.d_model or not same:
        raise Incompatible(
            f"{name} reads d_in={spec.d_in} of {spec.model_name or 'a model it does not name'} (weights "
            f"{spec.weights_sha256[:8] or 'not named'}); {recording.path} has d_model={header.d_model} of "
            f"{header.model_name or 'a model it does not name'} (weights {header.weights_sha256[:8] or 'not named'}).",
            next="Record the model that it was trained on: microscope trace",
        )


def _texts(recording: Recording, tokens: int) -> list[list[int]]:
    """Held-out contexts, the first ones, until so many tokens are there."""
    texts, found = list[list[int]](), 0
    for ids in recording.documents("held_out"):
        if found >= tokens:
            break
        if len(ids) > 1:
            texts.append(ids)
            found += len(ids)
    return texts


class _Ablations(NamedTuple):
    """CE in nats, summed over the tokens, with another value in the place of the site."""

    mean: float = 0.0
    pca: float = 0.0

    def plus(self, some: Predictions) -> _Ablations:
        found = (float(cross_entropy(some.spliced[name], some.next_ids).double().sum()) for name in self._fields)
        return _Ablations(*map(sum, zip(self, found, strict=True)))


def _predicted(
    model: Model, sae: Sae, site: Site, found: Judged, texts: list[list[int]]
) -> Generator[Event, None, dict[str, JsonValue]]:
    """CE of every replacement, and KL of the reconstruction."""
    meter, ablated, done = PredictionMeter(), _Ablations(), 0
    reconstruct = torch.no_grad()(sae.reconstruct)
    replacements: dict[str, Replacement] = {
        "sae": OfTexts(reconstruct) if sae.sequential else reconstruct,
        "zero": zero,
        "mean": constant(found.mean),
        "pca": lambda value: found.pca.reconstruct(value.to(found.pca.mean)),
    }
    of = sum(map(len, texts))
    for some in predictions(model, texts, site, replacements):
        if some is not None:
            meter.add(some.clean, some.spliced["sae"], some.spliced["zero"], some.next_ids)
            ablated = ablated.plus(some)
            done += len(some.next_ids)
        yield Progress(done, of, "tokens", "predicting")
    result = meter.result()
    mean, pca = (total / result.tokens for total in ablated)
    ce = {"clean": result.ce_clean, "autoencoder": result.ce_sae, "zero": result.ce_zero, "mean": mean, "pca": pca}
    yield Rows("losses", {"name": list(ce), "ce": list(ce.values())})
    return {
        **result.model_dump(),
        "ce_mean": mean,
        "ce_pca": pca,
        "loss_recovered_from_mean": loss_recovered(clean=result.ce_clean, sae=result.ce_sae, zero=mean),
        "loss_recovered_pca": loss_recovered(clean=result.ce_clean, sae=pca, zero=result.ce_zero),
    }
