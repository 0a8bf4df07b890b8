"""Sparse autoencoders of the walks' model in a server's library: one that was harvested, one that was not, one that was
trained anew since, and one of a model of another width.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from tests.conftest import D_MODEL, TEXT
from tests.e2e.serving import Server, until
from tests.services.dictionaries import generated, keep

N_FEATURES, K = 64, 6
DEAD = 5
"""A feature of every SAE that never fires."""

HARVESTED, PLAIN, REPLACED = "walk_layer_1", "walk_layer_4", "walk_layer_2"
"""Slugs."""

RUN_S = 120


def sae(layer: int, d_in: int = D_MODEL, model: str = "walk") -> Sae:
    """Random directions, of which the strongest fire."""
    draw = torch.Generator().manual_seed(layer)
    directions = torch.nn.functional.normalize(torch.randn(N_FEATURES, d_in, generator=draw), dim=-1)
    b_enc = torch.zeros(N_FEATURES)
    b_enc[DEAD] = -1e6
    weights = {"W_enc": directions.T.clone(), "W_dec": directions, "b_enc": b_enc, "b_dec": torch.zeros(d_in)}
    site = f"L{layer}.resid_post"
    return Sae(
        Spec(architecture=TopK(k=K), d_in=d_in, d_sae=N_FEATURES, d_out=d_in, site=site, model_name=model), weights
    )


class Library(NamedTuple):
    """What the walks meet; the slugs stand above."""

    server: Server
    texts: Path
    """What was harvested: a folder, which has room for more files."""

    @classmethod
    def made(cls, server: Server, folder: Path) -> Library:
        for slug, layer in ((HARVESTED, 1), (REPLACED, 2), (PLAIN, 4)):
            write_sae(server.home / "saes" / slug, sae(layer), metrics={"fvu": layer / 10, "l0": K, "dead": 1 / 64})
        keep(Folder(server.home), REPLACED, generated(N_FEATURES), weights="00" * 32)
        corpus = folder / "corpus.txt"
        corpus.write_text("\n\n".join(f"{count} of them. {TEXT}" for count in ("One", "Two", "Three", "Four", "Five")))
        spec = {"kind": "harvest", "sae": HARVESTED, "model": str(server.model), "dataset": str(corpus)}
        run = server.post("/api/runs", spec={**spec, "least": 2, "neighbours": 6, "held_out": 0.2})["id"]
        row: Any = until(lambda: _ended(server, run), RUN_S, "the harvest ends")
        assert row["status"] == "succeeded", row["failure"]
        return cls(server, folder)

    def live(self) -> list[dict[str, Any]]:
        """Rows of all features of the harvested one that ever fired."""
        return self.server.get(f"/api/features?sae={HARVESTED}&limit=200")["rows"]


def _ended(server: Server, run: str) -> Any:
    row = server.get(f"/api/runs/{run}")["row"]
    return row if row["status"] in ("succeeded", "failed", "cancelled") else None
