"""Recording against the forward passes that it cannot do without, and reading back against a training loop's need."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pandas as pd
import torch

from microscope.bundled.corpus import mix
from microscope.core.sites import Site
from microscope.engine import recording as engine
from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.families.base import Bench, Result
from microscope.families.record_activations import RecordActivations
from microscope.lab import Lab
from microscope.store.activations import Cursor, Header, Recording, open_recording
from microscope.store.recorder import Part, Writer, part_rows
from microscope.store.shards import Tokens
from tests.benchmarks.harness import Line, Rounds, Variant, on_cores, spread, take_turns

SPEED, GIGABYTES = 0.95, 1.0

BARE, RECORDED = "bare forward that stops after the layer", "recording"
SHUFFLED, DECODED = "shuffled batches", "pandas"
SITE = Site(6, "resid_post")
D_MODEL = 768
BATCH_ROWS = 4_096


def measure(rounds: int = 5, n_documents: int = 1_000, n_rows: int = 300_000) -> list[Line]:
    written = on_cores(1, writing, rounds, n_documents)
    read = on_cores(1, reading, rounds, n_rows)
    n_bytes: int = read.result(SHUFFLED)
    speed = spread([n_bytes / 1e9 / seconds for seconds in read.of(SHUFFLED)])
    where = f"specimen, {SITE}, {n_documents} documents"
    return [
        Line(f"speed of {RECORDED} against {BARE} ({where})", written.ratio(BARE, RECORDED), SPEED, at_least=True),
        Line(f"{SHUFFLED} of a recording (d_model {D_MODEL})", speed, GIGABYTES, at_least=True, unit="GB/s"),
        Line(f"{DECODED} against {SHUFFLED}, time for all rows", read.ratio(DECODED, SHUFFLED)),
    ]


def writing(rounds: int, n_documents: int) -> Rounds:
    """Text, tokens, files and all, against the same batches run through the model and forgotten."""
    model = load("specimen", device="cpu")
    with TemporaryDirectory() as folder:
        turns = take_turns(
            [
                Variant(BARE, lambda: bare(model, n_documents)),
                Variant(RECORDED, lambda: record(model, n_documents, Path(folder))),
            ],
            rounds,
            time.process_time,
        )
    assert turns.result(BARE) == turns.result(RECORDED), "not the same tokens"
    return turns


def bare(model: Model, n_documents: int) -> int:
    texts = [document.text for document in islice(mix.documents(0, []), n_documents)]
    ids = [model.encode(text)[: engine.CONTEXT] for text in texts]
    for batch in engine.batches([len(one) for one in ids], engine.batch_tokens(model)):
        longest = max(len(ids[index]) for index in batch)
        rows = torch.tensor([ids[index] + [0] * (longest - len(ids[index])) for index in batch])
        model.trace_rows(rows, [SITE])
    return sum(map(len, ids))


def record(model: Model, n_documents: int, folder: Path) -> int:
    """Into a folder of its own each time."""
    out = folder / f"{time.monotonic_ns()}.parquet"
    spec = RecordActivations(model="specimen", sites=(str(SITE),), max_samples=n_documents, out=str(out))
    bench = Bench(cast(Lab, None), folder, {spec.models()[0]: model})  # It names its own folder: no lab is asked.
    *_, result = spec.run(bench)
    assert isinstance(result, Result)
    return int(str(result.metrics["tokens"]))


def reading(rounds: int, n_rows: int) -> Rounds:
    """An epoch of a training after the other, from files that the system's cache holds, against decoding the column."""
    with TemporaryDirectory() as folder:
        made = random_recording(Path(folder) / "a.parquet", n_rows)
        n_batches = len(made.usable(SITE, "train")) // BATCH_ROWS
        batches = made.batches(SITE, "train", BATCH_ROWS, seed=0)
        vectors: dict[str, Any] = {"columns": ["activation"]}
        return take_turns(
            [
                Variant(SHUFFLED, lambda: sum(batch.nbytes for batch in islice(batches, n_batches))),
                Variant(DECODED, lambda: len(pd.read_parquet(made.path, **vectors))),
            ],
            rounds,
        )


def random_recording(path: Path, n_rows: int) -> Recording:
    header = Header(
        model_name="random",
        revision="",
        weights_sha256="",
        sites=(str(SITE),),
        d_model=D_MODEL,
        dtype="float16",
        dataset="random",
        context_size=128,
        prepend_bos=False,
        held_out=0,
    )
    rng, each = np.random.default_rng(0), part_rows(header)
    with Writer(path, header) as writer:
        for first in range(0, n_rows, each):
            size = min(each, n_rows - first)
            row = np.arange(first, first + size)
            tokens = Tokens(row // 128, (row % 128).astype(np.int32), rng.integers(0, 4096, size).astype(np.int32))
            vectors: Any = rng.random((1, size, D_MODEL), dtype=np.float32).astype(np.float16)
            snippets = dict.fromkeys(tokens.sample_id.tolist(), "")
            part = Part(tokens, np.zeros(size, dtype=bool), snippets, vectors, Cursor(first + size))
            while not writer.offer(part):
                pass
        writer.finish()
    return open_recording(path)
