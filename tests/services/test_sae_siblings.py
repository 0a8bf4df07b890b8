"""Children of a sweep are told apart by what differs in how they were trained."""

from pathlib import Path

import torch
from pydantic import JsonValue

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.services.sae_siblings import apart
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.saes import Library

D, F = 4, 8


def trained(folder: Path, seed: int, k: int = 2) -> None:
    weights = {"W_enc": torch.ones(D, F), "W_dec": torch.ones(F, D), "b_enc": torch.ones(F), "b_dec": torch.ones(D)}
    training: dict[str, JsonValue] = {"plan": {"seed": seed, "steps": 5}, "architecture": {"kind": "topk", "k": k}}
    training["scale"] = seed / 3  # What came of it tells nothing.
    spec = Spec(architecture=TopK(k=k), d_in=D, d_sae=F, d_out=D, site="L1.resid_post", training=training)
    write_sae(folder, Sae(spec, weights))


def test_children_of_a_sweep_are_told_apart_by_what_differs(tmp_path: Path) -> None:
    library = Library(Folder(tmp_path), shipped=())
    for seed in (1, 2):
        for k in (2, 3):
            trained(library.own / "swept" / f"train-sae-{seed}{k}" / "sae_layer_1", seed, k)
    trained(library.own / "alone" / "sae_layer_1", 1)
    trained(library.own / "sae_layer_1", 1)
    entries = library.list().entries
    assert library.list().broken == ()
    says = {entries[slug].path.parent.name: one for slug, one in apart(entries.values()).items()}
    assert says == {f"train-sae-{seed}{k}": f"k={k}, seed={seed}" for seed in (1, 2) for k in (2, 3)}
