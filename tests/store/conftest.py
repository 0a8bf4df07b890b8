"""Recordings of random vectors, written as any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from microscope.store.activations import Cursor, Header, Recording, open_recording
from microscope.store.recorder import Part, Writer
from microscope.store.shards import Tokens, Vectors

SITES = ("L0.resid_post", "L2.mlp_out")
D_MODEL = 8


class Made(NamedTuple):
    """Documents and their vectors, as they were handed to the writer."""

    ids: list[list[int]]
    held_out: list[bool]
    vectors: list[Vectors]
    """(site, position, d_model) of each document."""


def header(**changes: object) -> Header:
    about = Header(
        model_name="tiny",
        revision="",
        weights_sha256="ab" * 32,
        sites=SITES,
        d_model=D_MODEL,
        dtype="float16",
        dataset="random",
        context_size=64,
        prepend_bos=True,
        bos_ids=(0,),
        held_out=0.3,
    )
    return about.model_copy(update=changes)


def random_documents(n: int, seed: int = 0) -> Made:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, n)
    return Made(
        [[0, *rng.integers(1, 50, length).tolist()] for length in lengths],
        (rng.random(n) < 0.3).tolist(),
        [rng.standard_normal((len(SITES), length + 1, D_MODEL)).astype(np.float16) for length in lengths],
    )


def parts(made: Made, each: int) -> list[Part]:
    """So many documents a part."""
    out: list[Part] = []
    for first in range(0, len(made.ids), each):
        chosen = range(first, min(first + each, len(made.ids)))
        lengths = [len(made.ids[at]) for at in chosen]
        tokens = Tokens(
            np.repeat(np.array(chosen, dtype=np.int64), lengths),
            np.concatenate([np.arange(length, dtype=np.int32) for length in lengths]),
            np.concatenate([np.array(made.ids[at], dtype=np.int32) for at in chosen]),
        )
        held_out = np.repeat(np.array([made.held_out[at] for at in chosen]), lengths)
        snippets = {at: f"text {at} é" for at in chosen}
        vectors: Any = np.concatenate([made.vectors[at] for at in chosen], axis=1)
        out.append(Part(tokens, held_out, snippets, vectors, Cursor(chosen[-1] + 1)))
    return out


def put(writer: Writer, part: Part) -> None:
    while not writer.offer(part):
        pass


Record = Callable[..., tuple[Made, Recording]]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """`record(n, each=7)` writes n random documents and opens what was written."""

    def make(n: int = 40, each: int = 7, **changes: object) -> tuple[Made, Recording]:
        made = random_documents(n)
        made = made._replace(vectors=[one.astype(header(**changes).dtype) for one in made.vectors])
        with Writer(tmp_path / "activations.parquet", header(**changes)) as writer:
            for part in parts(made, each):
                put(writer, part)
            writer.finish()
        return made, open_recording(tmp_path / "activations.parquet")

    return make
