"""Recordings: the residual vectors of a data set's tokens at some sites, as a folder of Parquet shards.

    activations.parquet/
      _recording.parquet                     no rows; its footer holds the journal: the header, and the finished parts
      train/L3.resid_post/00000.parquet      rows of the documents to learn from
      held_out/L3.resid_post/00000.parquet   rows of those to judge by; a document's text decides where it goes

pandas, polars and DuckDB read the folder as one table (DuckDB: 'activations.parquet/**/*.parquet'); columns `site` and
`split` tell its parts from each other. A part is finished when the journal names it: files of a part that was being
written when its writer died belong to nothing. The journal is a Parquet file because polars reads no folder in which
another kind of file lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from microscope.core.sites import Site, parse_site
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.paths import expanded
from microscope.store.shards import KEY, SPLITS, Split, Tokens, Vectors, begins, open_shard, read_footer
from microscope.store.shuffle import shuffled

JOURNAL = "_recording.parquet"
RECORD = "microscope trace --model MODEL --layer LAYER --out activations.parquet"


class Header(BaseModel, frozen=True):
    """What was recorded, and how."""

    model_config = ConfigDict(extra="forbid")

    layout: Literal["microscope.activations/1", "parquet"] = "microscope.activations/1"
    """`parquet` is a single table of another origin, with columns sample_id, token_pos, token_id and activation."""

    model_name: str
    revision: str
    weights_sha256: str
    """Of the model, a merged adapter included (`engine.weights.with_adapter`); empty where a table of another origin
    does not say."""

    adapter: str = ""
    adapter_sha256: str = ""
    sites: tuple[str, ...]
    d_model: int
    dtype: Literal["float16", "float32"]
    model_dtype: str = ""
    """In which the model computed."""

    dataset: str
    dataset_sha256: str = ""
    """Empty where its bytes are not known beforehand, as of a stream from the hub."""

    dataset_revision: str = ""
    """Commit of a data set of the hub; empty of all others."""

    dataset_parting: str = ""
    """What parts a text into documents where its bytes alone leave that open (`datasets.BLANK_LINES`); else empty."""

    context_size: int
    """Most tokens that the model read at once, BOS included; 0 where it is not known."""

    prepend_bos: bool | None
    """Each context begins with BOS, as the tokenizer itself puts it in front; null where it is not known."""

    bos_ids: tuple[int, ...] = ()
    """Tokens that are left out of training and judging, as position 0 is."""

    held_out: float
    """Share of the documents that is kept from training."""

    complete: bool = False
    """All that was asked for has been recorded."""

    tokens_sha256: str = ""
    """Of the token ids (int32, little-endian), training documents first; empty until complete."""


class Cursor(NamedTuple):
    """Where a recording goes on."""

    document: int = 0
    window: int = 0
    """Contexts of that document that have been recorded."""


class Finished(BaseModel, frozen=True):
    """A part whose files are whole: contexts of consecutive documents."""

    train: int
    """Rows at each site."""

    held_out: int
    next: Cursor


class Journal(BaseModel, frozen=True):
    """What `_recording.parquet` holds."""

    header: Header
    parts: tuple[Finished, ...] = ()


class Source(Protocol):
    """Rows that lie together, such as a shard."""

    @property
    def n_rows(self) -> int: ...

    @property
    def vectors(self) -> Vectors: ...

    def tokens(self) -> Tokens: ...


Sources = Mapping[tuple[Site, Split], Sequence[Source]]


class Recording:
    """A recording, opened to be read. Rows of a site and split are numbered from 0, in the documents' order."""

    def __init__(self, path: Path, header: Header, sources: Sources) -> None:
        self.path = path
        self.header = header
        self._sources = sources
        self._tokens: dict[Split, Tokens] = {}

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        return tuple(map(parse_site, self.header.sites))

    def n_rows(self, site: Site, split: Split) -> int:
        return sum(source.n_rows for source in self._of(site, split))

    def tokens(self, site: Site, split: Split) -> Tokens:
        """What all rows stand for."""
        sources = self._of(site, split)
        if split not in self._tokens:  # Every site has the same ones.
            parts = [source.tokens() for source in sources]
            self._tokens[split] = (
                Tokens(*map(np.concatenate, zip(*parts, strict=True)))
                if parts
                else Tokens(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
            )
        return self._tokens[split]

    def usable(self, site: Site, split: Split) -> Int64[NDArray[np.int64], " row"]:
        """Rows to learn and to judge by: position 0 and BOS are left out.

        The first position takes the attention that is not needed elsewhere, and its norm is far above all others'.
        """
        tokens = self.tokens(site, split)
        return np.flatnonzero(~begins(tokens) & ~np.isin(tokens.token_id, self.header.bos_ids))

    def check_whole(self, site: Site) -> None:
        """Whether it has every position of its texts, from their starts.

        Raises:
            Incompatible: it has not, so that what depends on the text before a token cannot be read from it.
        """
        for split in SPLITS:
            tokens = self.tokens(site, split)
            row = np.arange(len(tokens.token_pos))
            expected = row - np.maximum.accumulate(np.where(begins(tokens), row, 0))
            for wrong in np.flatnonzero(tokens.token_pos != expected)[:1]:
                raise Incompatible(
                    f"{self.path} lacks positions of its texts: document {tokens.sample_id[wrong]} goes on at position "
                    f"{tokens.token_pos[wrong]}, expected {expected[wrong]}; an SAE that reads texts from their start "
                    "cannot be measured on it.",
                    next="Record whole texts: microscope trace",
                )

    def rows(
        self, site: Site, split: Split, indices: Int64[NDArray[np.int64], " row"]
    ) -> Float32[NDArray[np.float32], "row d_model"]:
        """These rows' vectors, in this order."""
        sources, indices = self._of(site, split), np.asarray(indices)
        n_rows = sum(source.n_rows for source in sources)
        assert not len(indices) or 0 <= indices.min() <= indices.max() < n_rows, f"rows outside of {n_rows}"
        out = np.empty((len(indices), self.header.d_model), self.header.dtype)
        return self._gather(sources, indices, out).astype(np.float32)

    def batches(self, site: Site, split: Split, batch_rows: int, seed: int, start: int = 0) -> Iterator[Vectors]:
        """Usable rows in a shuffled order, epoch after epoch without end, in the dtype in which they are stored.

        Each epoch has every usable row once, in an order of its own; a batch may reach from one into the next.
        Beginning at batch `start` gives what going there would.

        Raises:
            Invalid: there are no usable rows.
        """
        sources = self._of(site, split)
        usable = self.usable(site, split)
        if not len(usable):
            raise Invalid(f"{self.path} has no usable {split} rows at {site}.", next="Record more documents.")
        row_bytes = self.header.d_model * np.dtype(self.header.dtype).itemsize
        pool = np.empty((0, self.header.d_model), self.header.dtype)

        def read(positions: NDArray[np.int64]) -> Vectors:
            nonlocal pool  # One for all: fresh memory costs as much as copying into it.
            if len(pool) < len(positions):
                pool = np.empty((len(positions), self.header.d_model), self.header.dtype)
            return self._gather(sources, usable[positions], pool[: len(positions)])

        return shuffled(read, len(usable), row_bytes, batch_rows, seed, start)

    def documents(self, split: Split) -> Iterator[list[int]]:
        """Token ids of each context as the model read it, BOS included; a long document comes in several."""
        for source in self._of(self.sites[0], split):
            tokens = source.tokens()
            for ids in np.split(tokens.token_id, np.flatnonzero(begins(tokens))[1:]):
                yield ids.tolist()

    def check(self, weights_sha256: str, d_model: int, name: str) -> None:
        """Whether this model's activations were recorded.

        Raises:
            Incompatible: they are another's.
        """
        header = self.header
        if header.d_model != d_model or header.weights_sha256 not in ("", weights_sha256):
            raise Incompatible(
                f"{self.path} holds activations of {header.model_name or 'another model'} (d_model={header.d_model}, "
                f"weights {header.weights_sha256[:8] or 'not named'}); {name} has d_model={d_model}, "
                f"weights {weights_sha256[:8]}.",
                next=f"Use the model that was recorded, or record this one: {RECORD}",
            )

    def _of(self, site: Site, split: Split) -> Sequence[Source]:
        found = self._sources.get((site, split))
        if found is None:
            raise NotFound(
                f"{self.path} has no {site}; expected one of {', '.join(self.header.sites)}.",
                next=f"Choose one of them, or record it: {RECORD}",
            )
        return found

    def _gather(self, sources: Sequence[Source], indices: NDArray[np.int64], out: Any) -> Vectors:
        ends = np.cumsum([source.n_rows for source in sources])
        starts = ends - [source.n_rows for source in sources]
        which = np.searchsorted(ends, indices, side="right")
        # Runs of rows of one shard: one for each block of a shuffle, however many there are.
        edges = [*np.flatnonzero(np.diff(which, prepend=-1)), len(indices)]
        for first, end in pairwise(edges):
            source = int(which[first])
            local = indices[first:end] - starts[source]
            # With "raise", which checks bounds, numpy would gather into a buffer and copy that.
            np.take(_opaque(sources[source].vectors), local, axis=0, out=_opaque(out[first:end]), mode="clip")
        return out


def _opaque(vectors: Vectors) -> Any:
    """Each row as so many bytes: a file's may lie at an odd address, and numpy would first copy all of its numbers."""
    return vectors.view(np.dtype((np.void, vectors.shape[1] * vectors.itemsize)))


def open_recording(path: Path) -> Recording:
    """A folder that `Writer` wrote, or a single Parquet table of the older layout.

    Raises:
        NotFound: nothing is there.
        Invalid: no recording, or one whose files were lost or rewritten.
    """
    from microscope.store.foreign import open_table  # It makes a `Recording`, which is defined here.

    path = expanded(path)
    if path.is_dir():
        return _open_folder(path)
    if not path.exists():
        raise NotFound(f"There is no recording {path}.", next=f"Record one: {RECORD}")
    return open_table(path)


def read_journal(path: Path) -> Journal:
    """
    Raises:
        Invalid: the folder holds no recording, or its journal cannot be read.
    """
    file = path / JOURNAL
    if not file.is_file():
        raise Invalid(f"{path} is no recording: it has no {JOURNAL}.", next=f"Give a folder that this wrote: {RECORD}")
    pairs = read_footer(file)[1]
    try:
        return Journal.model_validate_json(pairs.get(KEY, b""))
    except ValidationError as wrong:
        raise Invalid(
            f"{file} is no journal of this version: {wrong.errors()[0]['msg']}.", next=f"Record it again: {RECORD}"
        ) from wrong


def _open_folder(path: Path) -> Recording:
    header, parts = (journal := read_journal(path)).header, journal.parts
    sources: dict[tuple[Site, Split], list[Source]] = {}
    for site in map(parse_site, header.sites):
        for split in SPLITS:
            shards = sources.setdefault((site, split), [])
            for number, part in enumerate(parts):
                if n_rows := getattr(part, split):
                    note = {"site": str(site), "split": split, "part": number}
                    shard = open_shard(shard_path(path, split, site, number), header.d_model, header.dtype, note)
                    if shard.n_rows != n_rows:
                        raise Invalid(
                            f"{shard.path} has {shard.n_rows} rows; the journal says {n_rows}.",
                            next="Leave a recording's files as they are, or record it again.",
                        )
                    shards.append(shard)
    return Recording(path, header, sources)


def shard_path(path: Path, split: Split, site: Site, part: int) -> Path:
    return path / split / str(site) / f"{part:05d}.parquet"
