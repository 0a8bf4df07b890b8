"""Recordings of sparse sums of known directions, and a bench to run families on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.families.base import Bench, Checkpoint, Event, ModelWish, Result
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.activations import Cursor, Header
from microscope.store.recorder import Part, Writer
from microscope.store.shards import Tokens

D_MODEL, CONTEXT = 24, 16
DIRECTIONS = torch.nn.functional.normalize(torch.randn(24, D_MODEL, generator=torch.Generator().manual_seed(7)), dim=-1)


def sums(n_rows: int, seed: int = 0) -> torch.Tensor:
    """(row, D_MODEL): three directions each, with coefficients of 1 to 2."""
    rng = torch.Generator().manual_seed(seed)
    which = torch.rand(n_rows, len(DIRECTIONS), generator=rng).topk(3).indices
    return (DIRECTIONS[which] * (1 + torch.rand(n_rows, 3, 1, generator=rng))).sum(1)


def record_model(path: Path, model: Model, texts: Sequence[str], site: Site, **header: Any) -> Path:
    """Keep what a model computes there; the last quarter of the texts is held out."""
    rows = [model.encode(text) for text in texts]
    lengths = [len(row) for row in rows]
    document = np.repeat(np.arange(len(rows)), lengths)
    position = np.concatenate([np.arange(length) for length in lengths]).astype(np.int32)
    tokens = Tokens(document, position, np.concatenate(rows).astype(np.int32))
    vectors = torch.cat([model.trace(row, [site], logits="none").stacked for row in rows], dim=1).float()
    whole: dict[str, Any] = {
        "model_name": model.name,
        "revision": "",
        "weights_sha256": model.info.weights_sha256,
        "sites": (str(site),),
        "d_model": model.d_model,
        "dtype": "float32",
        "model_dtype": model.info.dtype,
        "dataset": "texts",
        "context_size": max(lengths),
        "prepend_bos": False,
        "bos_ids": tuple(sorted(model.tokenizer.begin_ids)),
        "held_out": 0.25,
        **header,
    }
    held_out = document >= 0.75 * len(rows)
    part = Part(tokens, held_out, dict(enumerate(texts)), vectors.numpy(), Cursor(len(rows)))
    return _written(path, Header.model_validate(whole), part)


def record(path: Path, vectors: torch.Tensor, *, held_out: float = 0.25, **header: Any) -> Path:
    """Keep (site, row, d_model) in contexts of `CONTEXT` tokens; every position 0 is BOS, and enormous."""
    sites = header.pop("sites", ("L1.resid_post",))
    rows = vectors.clone().numpy().reshape(len(sites), -1, vectors.shape[-1])
    n_rows = rows.shape[1]
    position = np.arange(n_rows, dtype=np.int32) % CONTEXT
    rows[:, position == 0] = 1e4
    document = np.arange(n_rows, dtype=np.int64) // CONTEXT
    tokens = Tokens(document, position, np.where(position == 0, 0, 5 + document % 50).astype(np.int32))
    n_documents = int(document[-1]) + 1
    whole: dict[str, Any] = {
        "model_name": "tiny",
        "revision": "",
        "weights_sha256": "ab" * 32,
        "sites": sites,
        "d_model": rows.shape[-1],
        "dtype": "float32",
        "dataset": "sums",
        "context_size": CONTEXT,
        "prepend_bos": True,
        "bos_ids": (0,),
        "held_out": held_out,
        **header,
    }
    snippets = {index: f"document {index}" for index in range(n_documents)}
    part = Part(tokens, document >= (1 - held_out) * n_documents, snippets, rows, Cursor(n_documents))
    return _written(path, Header.model_validate(whole), part)


def _written(path: Path, header: Header, part: Part) -> Path:
    with Writer(path, header) as writer:
        while not writer.offer(part):
            pass
        writer.finish()
    return path


def bench(home: Path, models: Mapping[ModelWish, Model] | None = None, resume: Checkpoint | None = None) -> Bench:
    """In a lab whose device is not needed: what it opens ends with the process."""
    lab = Lab.open(Settings(home=home / "home", device="cpu"))
    lab.device.close()
    lab.database.dispose()
    return Bench(lab, home / "run", models or {}, resume)


def result(events: Iterable[Event]) -> Result:
    """The last event of a run that came to its end."""
    *_, last = events
    assert isinstance(last, Result)
    return last
