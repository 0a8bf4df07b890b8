"""From a sparse autoencoder to a dictionary that can be browsed, in one pass over a text.

1. texts, a batch of whole contexts at a time, with their activations at the SAE's site: from a recording, or from the
   model, which computes nothing behind that site
2. the SAE encodes them; what fires passes by `core/gathering.py` once
3. every feature's direction is decoded, and its neighbours are found
4. the tables take the place of the SAE's old dictionary (`store/activity.py`)
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, JsonValue

from microscope.core.defaults import HARVESTED_TOKENS
from microscope.core.directions import decoder_of, nearest, unit_rows
from microscope.core.gathering import Gathering, Wanted, bytes_needed, encoded
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.identity import content_sha256, rule_sha256
from microscope.core.sites import Site, parse_site
from microscope.engine.hooks import check_sites
from microscope.engine.memory import free_bytes, pick_device, ran_out
from microscope.engine.model import Model
from microscope.engine.recording import CONTEXT, front
from microscope.engine.sae_fit import Reader, check_model, is_of
from microscope.errors import Incompatible, Invalid, NoRoom
from microscope.families._contexts import Read, TextsRead, check_finite, from_model, from_recording
from microscope.families._corpora import open_corpus
from microscope.families._dictionary import Chunk, Texts, related
from microscope.families._fit import check_before, recorded_model, sae_of, spec_of
from microscope.families._inputs import check_held_out, of_dataset, of_recordings, of_sae
from microscope.families.base import Bench, Checkpoint, Event, Family, Made, ModelWish, Progress, Result, Say
from microscope.lab import Lab
from microscope.store.activations import Recording, open_recording
from microscope.store.activity import RULE, WEIGHTS, Writer, chunks, head_of, place_of
from microscope.store.checkpoints import read_spec, resolve
from microscope.store.datasets import Dataset
from microscope.store.sae_names import is_path, written_as_path
from microscope.store.saes import Library, slug_of
from microscope.store.shards import SPLITS
from microscope.wire.runs import Evidence

CHECKPOINT_S = 60.0
"""Seconds between two checkpoints."""

PAIR_ROWS = 100_000
"""At which pairs of features are counted, about."""

SKIPPED = 1
"""Leading positions that are in no statistic, as no BOS is: the first one takes the attention that is left over."""


class Harvest(Family, frozen=True):
    """Build the dictionary of a sparse autoencoder: statistics, examples, logits and neighbours of all its features."""

    kind: Literal["harvest"] = "harvest"
    evidence: ClassVar[Evidence] = "correlational"
    title: ClassVar[str] = "Harvest features"
    resumable: ClassVar[bool] = True

    sae: str
    """Slug, folder or file of the SAE."""

    name: str = Field(default="", pattern=r"^[\w.-]*$", max_length=200)
    """Of the dictionary, as in `/features?sae=…`; empty is the SAE's slug, or its folder's name where it has none."""

    activations: Path | None = None
    """A recording of the SAE's site; without one the model reads `dataset`."""

    dataset: str = "bundled"
    """A .txt, .jsonl or .parquet file, a name on the Hugging Face hub, or bundled; for harvests without a recording."""

    config: str = ""
    """Configuration of a data set from the hub that has several, such as wikitext-2-raw-v1."""

    split: str = "train"
    """Which split of a data set from the hub."""

    column: str = "text"
    """Where the text is, in JSONL, Parquet and data sets from the hub."""

    model: str = ""
    """Bundled name, hub id or folder; empty is the one that the recording or the SAE's own file names."""

    adapter: str = ""
    """A LoRA merged into the model: a name beside it, such as trojan, or a folder; empty is that of the recording."""

    site: str = ""
    """What the SAE reads, such as L10.resid_post, where its file does not say."""

    max_tokens: int = Field(default=HARVESTED_TOKENS, gt=0)
    """Tokens to read, about."""

    top: int = Field(default=20, ge=1, le=200)
    """Strongest examples of each feature."""

    sample: int = Field(default=40, ge=4, le=400)
    """Firings of each feature drawn at random, for the examples by quantile."""

    context: int = Field(default=16, ge=1, le=64)
    """Tokens kept on each side of an example."""

    neighbours: int = Field(default=20, ge=1, le=200)
    """Neighbours, logits and tokens listed for each feature, at most."""

    least: int = Field(default=5, ge=1)
    """Times that a pair of features, or a feature and a token, must have met to be listed."""

    held_out: float = Field(default=0.1, ge=0, lt=1)
    """Share of a data set's documents that SAEs are not trained on, chosen by the hash of their text."""

    seed: int = Field(default=0, ge=0)
    """Of the bundled corpus, and of what is drawn at random."""

    def models(self) -> tuple[ModelWish, ...]:
        if self.model or self.activations is None:
            return (ModelWish(self._model_name(), adapter=self.adapter),)
        header = open_recording(self.activations).header
        return (ModelWish(header.model_name, adapter=self.adapter or header.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid: no SAE, recording or data set there.
            Incompatible: the recording is of another width or model.
        """
        path, slug = self._found(lab)
        spec = spec_of(lab, path, self.site)
        site, recording = _site_of(spec), self._recording(spec)
        if recording is not None:
            _check_recorded(spec, recording)
        check_before(slug, spec, site, self.models()[0], lab)
        self._check_held_out(spec, recording)
        source = str(recording.path) if recording else f"{self.max_tokens:,} tokens of {self._data().try_out().name}"
        folder = place_of(lab.folder, slug)
        n_bytes = bytes_needed(spec.d_sae, self._wanted(1.0))
        device = pick_device(lab.settings.device)
        free = free_bytes(device)
        scarce = f"Warning: {free / 1e9:.1f} GB are free on {device}. Lower top, sample or context, or it may run out."
        return (
            f"Harvests {spec.d_sae:,} features ({spec.architecture.kind}) at {spec.site} from {source}.",
            f"{_replaces(lab, slug) or f'Writes {folder}'}; about {n_bytes / 1e9:.1f} GB of memory at most.",
            *([scarce] if n_bytes > free else []),
        )

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Incompatible: the SAE, the model and the recording do not fit each other; or it goes on, and they are others
                than it began with.
            Invalid: nothing to read, or activations that are not finite.
            NoRoom: memory or the disk is full; the old dictionary stays.
        """
        path, slug = self._found(bench.lab)
        model, sae = bench.model(), sae_of(bench.lab, path, self.site)
        recording = self._recording(sae.spec)
        _check_fit(sae.spec, model, recording)
        self._check_held_out(sae.spec, recording)
        source = recording or self._data()
        read = of_recordings([source]) if isinstance(source, Recording) else of_dataset(source)
        yield bench.reads({str(path): of_sae(sae), **read})
        if replaces := _replaces(bench.lab, slug):
            yield Say(f"{replaces}.")
        with self._room(sae.spec.d_sae):
            yield from self._made(bench, model, sae.to(model.device), source, path, slug)

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────

    def _made(
        self, bench: Bench, model: Model, sae: Sae, source: Recording | Dataset, path: Path, slug: str
    ) -> Iterator[Event]:
        site = _site_of(sae.spec)
        rows = self._at_most(source, site)
        gathering = Gathering(sae.spec.d_sae, model.d_vocab, self._wanted(min(1.0, PAIR_ROWS / rows)), model.device)
        read = TextsRead()
        if bench.resume is not None:
            gathering.restore(bench.resume.tensors)
            read.restore(bench.resume)
            yield Say(f"Goes on behind {read.n_rows:,} tokens.")
        reads = self._reads(model, source, site, read.batches)
        yield from self._gathered(reads, model, sae, gathering, read, rows, bench.stopping)
        if not gathering.activity.rows:
            raise Invalid(
                f"{read.n_rows:,} tokens of text were read, none of which counts: position 0 and BOS are left out.",
                next="Give a data set or a recording with documents of more than one token in it.",
            )
        with Writer(bench.lab.folder, slug) as writer:
            yield from self._written(writer, model, sae, gathering, read.all())
            head = self._head(model, sae, gathering, read, source)
            made = writer.finish({**head, "sae_path": str(path.absolute()), "run": bench.directory.name})
        yield self._result(gathering, made)

    def _reads(self, model: Model, source: Recording | Dataset, site: Site, skip: int) -> Iterator[Read]:
        if isinstance(source, Recording):
            return from_recording(source, site, self.max_tokens, skip)
        context = min(CONTEXT, model.n_ctx)
        return from_model(
            model, source, site, max_tokens=self.max_tokens, context=context, held_out=self.held_out, skip=skip
        )

    def _gathered(
        self,
        reads: Iterator[Read],
        model: Model,
        sae: Sae,
        gathering: Gathering,
        read: TextsRead,
        rows: int,
        stopping: Flag,
    ) -> Iterator[Event]:
        saved, left_out = time.monotonic(), {*front(model), *model.tokenizer.begin_ids}
        for batch in reads:
            contexts = read.add(batch, left_out, model.device)
            check_finite(batch, contexts.counted.to(batch.x.device))
            gathering.add(contexts, encoded(sae, batch.x, batch.lengths.tolist()))
            l0 = float(gathering.activity.count.sum()) / max(gathering.activity.rows, 1)
            live = int((gathering.activity.count > 0).sum())
            yield Progress(read.n_rows, max(rows, read.n_rows), "tokens", "reading", {"l0": l0, "live": live})
            if stopping.is_set() or time.monotonic() - saved > CHECKPOINT_S:
                yield Checkpoint({**gathering.tensors(), **read.tensors()}, {"batches": read.batches})
                saved = time.monotonic()
        gathering.settle()

    def _written(self, writer: Writer, model: Model, sae: Sae, gathering: Gathering, texts: Texts) -> Iterator[Event]:
        """A range of features at a time; each step between two yields is a chunk of one of the products."""

        def text_of(ids: Sequence[int]) -> str:
            return model.tokenizer.decode(ids).decode(errors="replace")

        ids = range(model.d_vocab)
        writer.add("vocabulary", {"id": ids, "text": [text_of([id]) for id in ids]})
        directions, found = sae.weights["W_dec"], related(gathering, self.least)
        decoder = decoder_of(model.unembed) if sae.spec.d_out == model.d_model else None
        chunk, unit = Chunk(gathering, texts, self.context, self.neighbours, text_of), unit_rows(directions)
        for features in chunks(sae.spec.d_sae):
            logits = decoder.extremes(directions[features.start : features.stop], self.neighbours) if decoder else None
            chunk.write(writer, features, logits, nearest(unit, features, self.neighbours), found)
            yield Progress(features.stop, sae.spec.d_sae, "features", "writing")

    def _head(
        self, model: Model, sae: Sae, gathering: Gathering, read: TextsRead, source: Recording | Dataset
    ) -> dict[str, JsonValue]:
        """`dictionary.json`."""
        texts, activity = read.all(), gathering.activity
        documents, held_out = (len(np.unique(texts.documents[which])) for which in (slice(None), texts.held_out))
        return {
            "model_name": model.info.name,
            "weights_sha256": model.info.weights_sha256,
            "site": sae.spec.site,
            "architecture": sae.spec.architecture.kind,
            "d_sae": sae.spec.d_sae,
            "live": int((activity.count > 0).sum()),
            "tokens": activity.rows,
            "documents": documents,
            "held_out_documents": held_out,
            "skipped": SKIPPED,
            "context": self.context,
            "l0": float(activity.count.sum()) / activity.rows,
            **_read_of(source),
            "made": time.time(),
            WEIGHTS: content_sha256(sae.weights),
            RULE: rule_sha256(sae.spec),
            "sae_format": sae.spec.format,
            "training": sae.spec.dataset,
            "seed": self.seed,
            "pairs_at": gathering.pair_rows,
            "pairs_missed": gathering.pairs.missed,
            "lift_missed": gathering.on_token.missed,
        }

    def _result(self, gathering: Gathering, path: Path) -> Result:
        activity = gathering.activity
        live = int((activity.count > 0).sum())
        return Result(
            metrics={
                "features": len(activity.count),
                "live": live,
                "dead_share": 1 - live / len(activity.count),
                "tokens": activity.rows,
                "l0": float(activity.count.sum()) / activity.rows,
            },
            headline=("live", "dead_share", "l0", "tokens"),
            made=(Made("features", path),),
        )

    @contextmanager
    def _room(self, d_sae: int) -> Generator[None]:
        """
        Raises:
            NoRoom: instead of whatever the allocator says.
        """
        try:
            yield
        except (MemoryError, RuntimeError) as full:
            if not ran_out(full):
                raise
            n_bytes = bytes_needed(d_sae, self._wanted(1.0))
            raise NoRoom(
                f"Harvesting d_sae={d_sae:,} features ran out of memory: it keeps about {n_bytes / 1e9:.1f} GB beside "
                "the model, the SAE and a batch.",
                next=f"Lower top={self.top}, sample={self.sample} or context={self.context}, or use a larger machine.",
            ) from full

    # ── What it works with ───────────────────────────────────────────────────────────────────────────────

    def _found(self, lab: Lab) -> tuple[Path, str]:
        """Where the SAE lies, and what its dictionary is called."""
        library = Library(lab.folder, lab.settings.sae_cache_dir)
        if not is_path(self.sae, library):
            entry = library.get(self.sae)
            return entry.path, self.name or entry.slug
        path = resolve(Path(self.sae))
        known = library.find(path)
        return path, self.name or (known.slug if known else slug_of(path.absolute().with_suffix("").name))

    def _wanted(self, pair_share: float) -> Wanted:
        return Wanted(top=self.top, sample=self.sample, context=self.context, pair_share=pair_share, seed=self.seed)

    def _model_name(self) -> str:
        if self.model:
            return self.model
        return read_spec(resolve(Path(self.sae)), site=self.site).model_name if written_as_path(self.sae) else ""

    def _recording(self, spec: Spec) -> Recording | None:
        if self.activations is None:
            return None
        recording = open_recording(self.activations)
        recording.n_rows(parse_site(spec.site), "train")  # Whether it has the site.
        return recording

    def _check_held_out(self, spec: Spec, recording: Recording | None) -> None:
        """
        Raises:
            Incompatible: examples of held-out documents would be of such that were trained on.
        """
        if recording is not None:
            check_held_out(spec, recording.header.held_out, str(recording.path))
        else:
            check_held_out(spec, self.held_out, "The harvest")

    def _at_most(self, source: Recording | Dataset, site: Site) -> int:
        """Tokens that will be read; a token has one byte or more."""
        if isinstance(source, Recording):
            return max(1, min(self.max_tokens, sum(source.n_rows(site, split) for split in SPLITS)))
        return self.max_tokens if source.n_bytes is None else max(1, min(self.max_tokens, source.n_bytes))

    def _data(self) -> Dataset:
        return open_corpus(self.dataset, config=self.config, split=self.split, column=self.column, seed=self.seed)


def _replaces(lab: Lab, slug: str) -> str:
    """What its end does to the dictionary that is there; empty where there is none."""
    folder = place_of(lab.folder, slug)
    if not folder.exists():
        return ""
    try:
        tokens = head_of(lab.folder, slug).get("tokens")
    except Invalid:  # It cannot be read, and is to be made anew for that.
        tokens = None
    return f"Replaces the dictionary{f' of {tokens:,} positions' if tokens else ''} in {folder}"


def _read_of(source: Recording | Dataset) -> dict[str, JsonValue]:
    """What tells the texts from others: of a recording their tokens' hash."""
    if isinstance(source, Dataset):
        return {
            "recording": "",
            "dataset": source.name,
            "dataset_sha256": source.sha256,
            "dataset_revision": source.revision,
        }
    header = source.header
    return {
        "recording": str(source.path.absolute()),
        "dataset": header.dataset,
        "dataset_sha256": header.tokens_sha256,
        "dataset_revision": header.dataset_revision,
    }


def _site_of(spec: Spec) -> Site:
    """
    Raises:
        Invalid: the SAE's file does not say, and nobody else does.
    """
    if not spec.site:
        raise Invalid("The SAE's file does not say what it reads.", next="Say it: site=L10.resid_post")
    return parse_site(spec.site)


def _check_fit(spec: Spec, model: Model, recording: Recording | None) -> None:
    """
    Raises:
        Incompatible: SAE, model and recording are not of each other.
        Invalid: a site that the model lacks.
    """
    check_sites((_site_of(spec),), model.n_layers, model.layout.parallel)
    if spec.d_in != model.d_model:
        raise Incompatible(
            f"The SAE reads d_model={spec.d_in}, {model.name} has {model.d_model}.",
            next=f"Name the model that it was trained on: {spec.model_name or 'its file does not say which'}.",
        )
    check_model(spec.site, spec, Reader.of(model.info))
    if recording is not None:
        recording.check(model.info.weights_sha256, model.d_model, model.name)
        if spec.architecture.sequential:
            recording.check_whole(_site_of(spec))


def _check_recorded(spec: Spec, recording: Recording) -> None:
    """Before the model is there.

    Raises:
        Incompatible: the recording is of another width or model.
    """
    header = recording.header
    if spec.d_in != header.d_model or not is_of(spec, recorded_model(header)):
        raise Incompatible(
            f"The SAE reads d_model={spec.d_in} of {spec.model_name or 'a model it does not name'}; {recording.path} "
            f"has d_model={header.d_model} of {header.model_name or 'a model it does not name'}.",
            next="Record the model that it was trained on: microscope trace",
        )
