"""Residual vectors of a data set's tokens, written for training and judging (`store.activations`).

1. each document is cut into contexts of at most `context_size` tokens, each begun with BOS where the tokenizer itself
   puts one in front of a text; the SHA-256 of its text decides whether it is held out
2. contexts of consecutive documents make a group: run in batches of similar length, kept in the documents' order
3. groups make a part, which is handed to the writer's thread, and the next begins

Paused or cancelled, it hands over a part of the groups that are done, and goes on behind it; killed, behind the last
part that is whole.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeVar

import numpy as np
import torch
from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from microscope.core.sites import Site, forward_order, parse_site
from microscope.engine import recording as engine
from microscope.engine.hooks import check_sites
from microscope.engine.loading import Sizes, sizes
from microscope.engine.model import Model
from microscope.engine.weights import parted
from microscope.errors import Invalid, NoRoom
from microscope.families._ahead import ahead, aside, waits
from microscope.families._corpora import open_corpus
from microscope.families._filling import Filling, Window, taken
from microscope.families._inputs import of_dataset
from microscope.families._one_sided import foreseen, one_sided
from microscope.families._rate import Rate
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
    Say,
)
from microscope.lab import Lab
from microscope.paths import expanded
from microscope.store.activations import Cursor, Header
from microscope.store.datasets import Dataset
from microscope.store.recorder import Writer, part_rows
from microscope.wire.runs import Evidence

SNIPPET = 120
"""First characters of a document that are kept with its rows."""

BYTES_PER_TOKEN = 20
"""Of a row beside its vector, about."""

CHARS_PER_TOKEN = 4
"""Of most texts, at least about: for estimates."""

ENOUGH = 1_000_000
"""Tokens of a data set without end, where no limit is given."""

AHEAD = 4_096
"""Contexts that are read and tokenised while the device computes."""

GROUP = 64
"""Batches whose contexts are ordered by length together: what a pause throws away at most."""

T = TypeVar("T")

_DTYPES = {"float16": torch.float16, "float32": torch.float32}


SOME_SITE: JsonDict = {
    "allOf": [
        {"anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in ("sites", "layers")]},
    ]
}
"""In JSON schema's words, for forms: at least one of the two fields names something."""


class RecordActivations(Family, frozen=True):
    """Record residual vectors of a data set's tokens at some sites, for training and judging autoencoders."""

    model_config = ConfigDict(json_schema_extra=SOME_SITE)

    kind: Literal["record_activations"] = "record_activations"
    evidence: ClassVar[Evidence] = "correlational"
    title: ClassVar[str] = "Record activations"
    resumable: ClassVar[bool] = True

    model: str = Field(default="", json_schema_extra=CHOSEN_MODEL)
    """Bundled name, hub id or folder; empty is the server's own."""

    revision: str = ""
    """Branch, tag or commit of a hub id."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """In which the model computes."""

    adapter: str = ""
    """A LoRA merged into the model: a name beside it, such as trojan, or a folder; empty is none."""

    sites: tuple[str, ...] = ()
    """Such as L10.resid_post; several cost one pass."""

    layers: tuple[int, ...] = ()
    """Shorthand: L<layer>.resid_post of each."""

    dataset: str = "bundled"
    """A .txt (documents parted by <|endoftext|>, else by blank lines), .jsonl or .parquet file, a name on the Hugging
    Face hub, bundled, or bundled:FILE with its stories.
    """

    config: str = ""
    """Configuration of a data set from the hub that has several, such as wikitext-2-raw-v1."""

    split: str = "train"
    """Which split of a data set from the hub."""

    column: str = "text"
    """Where the text is, in JSONL, Parquet and data sets from the hub."""

    max_samples: int = Field(default=0, ge=0)
    """Documents; 0 is all."""

    max_tokens: int = Field(default=0, ge=0)
    """The context that reaches it is the last; 0 is no limit, but a million of the bundled corpus, which has no end."""

    context_size: int = Field(default=0, ge=0)
    """Most tokens that the model reads at once, BOS included; 0 is what it was made for, at most 1,024."""

    held_out: float = Field(default=0.1, ge=0, lt=1)
    """Share of the documents kept from training, chosen by the hash of their text."""

    seed: int = Field(default=0, ge=0)
    """Of the bundled corpus."""

    batch_tokens: int = Field(default=0, ge=0)
    """Tokens that run at once; 0 is what takes a fraction of a second."""

    activations_dtype: Literal["float16", "float32"] = "float16"
    """In which vectors are kept; a value beyond float16 stops the recording."""

    out: str = ""
    """The folder to write, such as activations.parquet; empty is one below the home folder, named by the spec."""

    resume: bool = True
    """Go on with a recording of the same that is there already."""

    @model_validator(mode="after")
    def _some_site(self) -> RecordActivations:
        if not self.wanted:
            raise ValueError("no site is named: give sites, such as L10.resid_post, or layers")
        return self

    @property
    def wanted(self) -> tuple[Site, ...]:
        """In the order in which a pass reaches them, each once."""
        named = {*map(parse_site, self.sites), *(Site(layer, "resid_post") for layer in self.layers)}
        return tuple(sorted(named, key=forward_order))

    def models(self) -> tuple[ModelWish, ...]:
        return (ModelWish(self.model, self.revision, self.dtype, self.adapter),)

    def check(self, lab: Lab) -> tuple[str, ...]:
        """
        Raises:
            NotFound, Invalid, Unavailable: no such data set or model, no text in its first documents, a site that it
                lacks.
            NoRoom: the disk could not hold it.
        """
        data = self._data()
        warnings = self._foreseen(data)
        wish = self.models()[0]
        found = sizes(wish.full_name(lab.settings.model), wish.revision)
        where = self._path(lab)
        does = f"Records {', '.join(map(str, self.wanted))} of {wish.full_name(lab.settings.model)} over {data.name}"
        if found is None:
            return (f"{does} into {where}.", "What it takes on the disk is known once the model is here.", *warnings)
        check_sites(self.wanted, found.n_layers, found.parallel)
        return (f"{does} into {where}.", self._need(data, found, where), *warnings)

    def run(self, bench: Bench) -> Iterator[Event]:
        """
        Raises:
            Invalid: an empty data set, or values that the dtype cannot hold.
            Incompatible: another recording is there, or it goes on, and the data set or the model is another one.
            NoRoom: the disk is full; what was written is whole.
        """
        model, path = bench.model(), self._path(bench.lab)
        check_sites(self.wanted, model.n_layers, model.layout.parallel)
        data = yield from waits(aside(self._data), Progress(0, unit="tokens"), "reading")
        header = self._header(model, data)
        yield bench.reads(of_dataset(data))
        with Writer(path, header, resume=self.resume or bench.resume is not None) as writer:
            yield Checkpoint(state={"out": str(path)})  # A later attempt finds its own recording there.
            started, begun = time.monotonic(), writer.n_tokens
            filling, kept, at = Filling(writer), False, Progress(begun, unit="tokens")
            for event in self._work(model, data, writer, filling):
                yield event
                at = event._replace(metrics={}) if isinstance(event, Progress) else at
                if bench.stopping.is_set() and not kept:
                    kept = True
                    yield from waits(filling.written(), at, "waiting for the disk")
                    yield Checkpoint(state={"out": str(path)})
            writer.finish()
            if lacks := one_sided(data.name, *_counted(writer), self.held_out):
                yield Say(lacks, "warning")
            if writer.n_tokens == begun:
                yield Say(self._nothing_left(writer.n_tokens))
            yield self._result(writer, writer.n_tokens - begun, time.monotonic() - started)

    def _work(self, model: Model, data: Dataset, writer: Writer, filling: Filling) -> Iterator[Event]:
        """Read, compute and hand over, group after group."""
        rows, begun, limit = part_rows(writer.header), writer.n_tokens, self._limit(data)
        rate = Rate(begun)
        group = min(rows, GROUP * self._batch_tokens(model))
        at = Progress(begun, unit="tokens")  # Of how many, is known from the first contexts.
        windows = self._windows(model, data, writer.header.context_size, writer.next)
        yield at
        with closing(ahead(windows, AHEAD)) as coming:
            while some := (yield from waits(taken(coming, _left(group, limit, at.done)), at, "reading")):
                if at.done == begun > 0:
                    yield Say(f"Goes on behind {begun:,} tokens, with document {some[0].document}.")
                vectors = np.empty((len(self.wanted), _n_tokens(some), model.d_model), self.activations_dtype)
                expected = self._expected(at.done + _n_tokens(some), some[-1], limit)
                for now in self._compute(model, some, vectors):
                    yield at._replace(done=at.done + now, of=expected, metrics=rate.at(at.done + now))
                filling.add(some, vectors)
                at = at._replace(done=at.done + _n_tokens(some), of=expected)
                if filling.n_tokens >= rows:
                    yield from waits(filling.hand_over(), at, "waiting for the disk")
        if not at.done:
            raise Invalid(f"{data.name} holds no text.", next="Give a data set with documents in it.")
        yield from waits(filling.written(), at, "waiting for the disk")
        yield at._replace(metrics=rate.at(at.done, end=True))

    def _compute(self, model: Model, part: Sequence[Window], vectors: np.ndarray) -> Iterator[int]:
        """Fill in the vectors; yields how many of the tokens are done."""
        lengths = [len(window.ids) for window in part]
        starts = np.cumsum([0, *lengths])
        done, into = 0, torch.from_numpy(vectors)
        for batch in engine.batches(lengths, self._batch_tokens(model)):
            computed = engine.record(model, [part[index].ids for index in batch], self.wanted)
            kept = computed.to(_DTYPES[self.activations_dtype])
            if wrong := engine.first_wrong(computed, kept):
                raise self._out_of_range(wrong, [part[index] for index in batch])
            for index, values in zip(batch, kept.cpu().split([lengths[index] for index in batch], 1), strict=True):
                into[:, starts[index] : starts[index + 1]] = values
            done += sum(lengths[index] for index in batch)
            yield done

    def _windows(self, model: Model, data: Dataset, size: int, start: Cursor) -> Iterator[Window]:
        """From where the recording stands."""
        front = engine.front(model)
        end = self.max_samples or None
        for document, (text, share) in islice(enumerate(data.read_on()), start.document, end):
            ids = chain.from_iterable(model.tokenizer.encode_on(text))
            held_out = is_held_out(text, self.held_out)
            for number, (context, last) in enumerate(_and_last(engine.contexts(ids, front, size))):
                after = Cursor(document + 1, 0) if last else Cursor(document, number + 1)
                if document > start.document or number >= start.window:
                    yield Window(context, document, held_out, text[:SNIPPET], after, share)

    def _batch_tokens(self, model: Model) -> int:
        return self.batch_tokens or engine.batch_tokens(model)

    # ── In words ─────────────────────────────────────────────────────────────────────────────────────────

    def _foreseen(self, data: Dataset) -> tuple[str, ...]:
        if data.endless:
            return ()
        first = data.first()[: self.max_samples or None]
        return foreseen(data.name, first, [is_held_out(text, self.held_out) for text in first], self.held_out)

    def _need(self, data: Dataset, found: Sizes, where: Path) -> str:
        """What it takes on the disk, against what is free."""
        vector = found.d_model * (2 if self.activations_dtype == "float16" else 4)
        row = len(self.wanted) * (vector + BYTES_PER_TOKEN)
        in_file = data.n_bytes // CHARS_PER_TOKEN if data.n_bytes and not self.max_samples else None
        tokens = self._limit(data) or in_file
        free = shutil.disk_usage(next(one for one in (where, *where.parents) if one.exists())).free
        if tokens is None:
            return f"{row:,} bytes on the disk for each token; {free / 1e9:.1f} GB are free."
        if row * tokens > free:
            raise NoRoom(
                f"About {tokens:,} tokens take {row * tokens / 1e9:.1f} GB; {free / 1e9:.1f} GB are free at {where}.",
                next="Give fewer sites, a max_tokens, or an out on another disk.",
            )
        return f"About {tokens:,} tokens, {row * tokens / 1e9:.2f} GB on the disk; {free / 1e9:.1f} GB are free."

    def _out_of_range(self, wrong: engine.Wrong, batch: Sequence[Window]) -> Invalid:
        at, token = 0, wrong.token
        while token >= len(batch[at].ids):
            at, token = at + 1, token - len(batch[at].ids)
        where = f"The activation at {self.wanted[wrong.site]}, document {batch[at].document}, position {token}"
        if np.isfinite(wrong.magnitude):
            return Invalid(
                f"{where} has the magnitude {wrong.magnitude:.4g}; float16 ends at 65504.",
                next="Record in float32: activations_dtype=float32.",
            )
        return Invalid(
            f"{where} is not finite: the model itself computed {wrong.magnitude}.",
            next="Load the model in float32 (dtype=float32), and check its weights: microscope check",
        )

    def _limit(self, data: Dataset) -> int:
        """Tokens at most; 0 is no limit."""
        return self.max_tokens or (ENOUGH if data.endless and not self.max_samples else 0)

    def _expected(self, tokens: float, last: Window, limit: int) -> float | None:
        """Tokens in all: as asked for, or as what was read so far lets expect, whichever is less.

        Args:
            tokens: up to the end of the window `last`.
        """
        guesses = [float(limit)] if limit else []
        if self.max_samples:
            guesses.append(tokens / (last.document + 1) * self.max_samples)
        if last.share:
            guesses.append(tokens / last.share)
        return max(tokens, min(guesses)) if guesses else None

    def _nothing_left(self, n_tokens: int) -> str:
        asked = f", where {self.max_tokens:,} were asked for" if 0 < self.max_tokens < n_tokens else ""
        return f"Nothing was left to record: it was complete already, {n_tokens:,} tokens{asked}."

    def _result(self, writer: Writer, n_new: int, seconds: float) -> Result:
        """
        Args:
            n_new: tokens that were recorded in these seconds.
        """
        rows = {"train_tokens": writer.n_train, "held_out_tokens": writer.n_tokens - writer.n_train}
        n_documents, *_ = _counted(writer)
        size = sum(file.stat().st_size for file in writer.path.rglob("*.parquet"))
        return Result(
            metrics={
                "tokens": writer.n_tokens,
                **rows,
                "documents": n_documents,
                "tokens_per_s": round(n_new / max(seconds, 1e-9), 1) if n_new else None,
                "bytes": size,
            },
            headline=("tokens", "tokens_per_s", "bytes"),
            made=(Made("recording", writer.path),),
        )

    # ── What it works with ───────────────────────────────────────────────────────────────────────────────

    def _data(self) -> Dataset:
        return open_corpus(self.dataset, config=self.config, split=self.split, column=self.column, seed=self.seed)

    def _path(self, lab: Lab) -> Path:
        if self.out:
            return expanded(self.out).absolute()
        digest = hashlib.sha256(self.model_dump_json(exclude={"resume", "batch_tokens"}).encode()).hexdigest()[:8]
        return lab.folder.path(f"recordings/activations-{digest}.parquet")

    def _header(self, model: Model, data: Dataset) -> Header:
        info, front = model.info, engine.front(model)
        # Where none was asked for there may be one: `specimen+trojan` names it with the model.
        assert info.adapter or not self.adapter, f"{self.adapter!r} was asked for, {info.adapter!r} is merged"
        size = min(self.context_size or engine.CONTEXT, model.n_ctx)
        if size <= len(front):
            raise Invalid(
                f"A context of {size} tokens has no room behind the {len(front)} that begin a text.",
                next="Give a larger context_size.",
            )
        return Header(
            model_name=parted(info.name)[0],
            revision=info.revision,
            weights_sha256=info.weights_sha256,
            adapter=info.adapter,
            adapter_sha256=info.adapter_sha256,
            sites=tuple(map(str, self.wanted)),
            d_model=info.d_model,
            dtype=self.activations_dtype,
            model_dtype=info.dtype,
            dataset=data.name,
            dataset_sha256=data.sha256,
            dataset_revision=data.revision,
            dataset_parting=data.parting,
            context_size=size,
            prepend_bos=bool(front),
            bos_ids=tuple(sorted({*front, *model.tokenizer.begin_ids})),
            held_out=self.held_out,
        )


def is_held_out(text: str, share: float) -> bool:
    """Decided by the text alone: the same document is on the same side in every recording of the same share."""
    return int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:8]) / 2**64 < share


def _left(group: int, limit: int, done: float) -> int:
    """Tokens of the next group; 0 where the limit is reached."""
    return max(0, min(group, limit - int(done))) if limit else group


def _n_tokens(windows: Sequence[Window]) -> int:
    return sum(len(window.ids) for window in windows)


def _and_last(items: Iterator[T]) -> Iterator[tuple[T, bool]]:
    """Each with whether it is the last: one is read ahead."""
    one = next(items, None)
    while one is not None:
        after = next(items, None)
        yield one, after is None
        one = after


class _Counts(NamedTuple):
    """What a recording holds."""

    documents: int
    """Begun."""

    held_out: bool
    train: bool


def _counted(writer: Writer) -> _Counts:
    documents = writer.next.document + (writer.next.window > 0)
    return _Counts(documents, writer.n_train < writer.n_tokens, writer.n_train > 0)
