"""A whole harvest of a small model's autoencoder from a recording: what gathering has of it, tables and all.

Encoding a row costs d_model · d_sae, gathering what fires in it does not: the smaller the model, the larger its share.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from microscope.core.activity import Firings
from microscope.core.gathering import Contexts, Gathering
from microscope.families import harvest as family
from microscope.families.base import Bench, Result
from microscope.families.harvest import Harvest
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.activations import Cursor, Header
from microscope.store.checkpoints import write_sae
from microscope.store.recorder import Part, Writer
from microscope.store.shards import Tokens
from tests.benchmarks.harness import Measured, exactly, say
from tests.benchmarks.shapes import Shape, open_shape
from tests.benchmarks.texts import TEXT, Size, sae_of, texts

SITE = "L0.resid_post"

SMALL = Size(d_model=192, d_sae=4_096, d_vocab=4_096)
"""As those of the bundled model."""

PART_BATCHES = 16


class Spent:
    """CPU seconds, of what is timed within what is timed once only."""

    def __init__(self) -> None:
        self.seconds, self._depth, self._begun = 0.0, 0, 0.0

    def __enter__(self) -> None:
        if not self._depth:
            self._begun = time.process_time()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self.seconds += time.process_time() - self._begun


def run_share(n_batches: int, size: Size = SMALL) -> Measured:
    """Gathering's CPU time in that of the run, from its first row to its last table."""
    with TemporaryDirectory() as folder:
        bench, spec = prepared(Path(folder), n_batches, size)
        with timed() as spent:
            begun = time.process_time()
            *_, result = spec.run(bench)
            whole = time.process_time() - begun
    assert isinstance(result, Result), "it ended without a result"
    say(f"{n_batches * size.batch_rows:,} rows: {whole:.1f} s, of which gathering {spent.seconds:.1f} s")
    return exactly(spent.seconds / whole)


@contextmanager
def timed() -> Generator[Spent]:
    """Every harvest's gathering, until the block ends."""
    spent, related = Spent(), family.related

    class Timed(Gathering):
        def add(self, contexts: Contexts, found: Firings) -> None:
            with spent:
                super().add(contexts, found)

        def settle(self) -> None:
            with spent:
                super().settle()

    def timed_related(*args: Any) -> Any:
        with spent:
            return related(*args)

    put = {"Gathering": Timed, "related": timed_related}
    before = {name: getattr(family, name) for name in put}
    try:
        for name, value in put.items():
            setattr(family, name, value)
        yield spent
    finally:
        for name, value in before.items():
            setattr(family, name, value)


def prepared(home: Path, n_batches: int, size: Size) -> tuple[Bench, Harvest]:
    """A model with one layer, a recording as if of it, and an SAE."""
    model = open_shape(Shape("small", 1, size.d_model, 4, size.d_vocab)).model
    sae = sae_of(size)
    spec = sae.spec.model_copy(update={"site": SITE, "model_name": model.name})
    path = write_sae(home / "sae", replace(sae, spec=spec))
    recording = written(home / "activations.parquet", n_batches, size, model.name)
    harvest = Harvest(sae=str(path), activations=recording, model=model.name, max_tokens=n_batches * size.batch_rows)
    lab = Lab.open(Settings(home=home / "home", device="cpu"))
    lab.device.close()
    lab.database.dispose()
    (home / "run").mkdir()
    return Bench(lab, home / "run", dict.fromkeys(harvest.models(), model)), harvest


def written(path: Path, n_batches: int, size: Size, model_name: str) -> Path:
    """The recording."""
    header = Header(
        model_name=model_name,
        revision="",
        weights_sha256="",
        sites=(SITE,),
        d_model=size.d_model,
        dtype="float16",
        dataset="random",
        context_size=TEXT,
        prepend_bos=False,
        held_out=0.1,
    )
    with Writer(path, header) as writer:
        batches = texts(size, n_batches)
        while some := list(islice(batches, PART_BATCHES)):
            while not writer.offer(part_of(some)):
                pass
        writer.finish()
    return path


def part_of(batches: list[tuple[Contexts, torch.Tensor]]) -> Part:
    """As the recorder writes them."""
    ids, text, held_out = (torch.cat(parts).numpy() for parts in zip(*(c[:3] for c, _ in batches), strict=True))
    first = batches[0][0].first
    position = (torch.arange(first, first + len(ids)) % TEXT).int().numpy()
    tokens = Tokens(text, position, ids.astype("int32"))
    vectors = torch.cat([x for _, x in batches]).half().numpy()[None]
    return Part(tokens, held_out, dict.fromkeys(text.tolist(), ""), vectors, Cursor(int(text[-1]) + 1))
