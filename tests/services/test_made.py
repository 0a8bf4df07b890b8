from __future__ import annotations

from pathlib import Path

import torch

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.families.base import Made
from microscope.services.made import register
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.saes import Library


def test_who_measured_an_sae_has_not_made_it(tmp_path: Path) -> None:
    weights = {"W_enc": torch.ones(4, 6), "W_dec": torch.ones(6, 4), "b_enc": torch.ones(6), "b_dec": torch.ones(4)}
    sae = Sae(Spec(architecture=TopK(k=2), d_in=4, d_sae=6, d_out=4, site="L1.resid_post"), weights)
    library = Library(Folder(tmp_path / "home"), shipped=())
    theirs, mine = (write_sae(tmp_path / name, sae) for name in ("theirs", "mine"))
    assert register(library, [Made("sae", theirs, found=True)], "eval-1") == []
    assert register(library, [Made("sae", mine)], "train-1") == []
    assert register(library, [Made("sae", mine, found=True)], "eval-2") == []
    assert {slug: one.run for slug, one in library.list().entries.items()} == {"theirs": "", "mine": "train-1"}
