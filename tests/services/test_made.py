from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.services.conftest import OpenBench

from microscope.core.patches.ablate import Ablate
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.families.base import Made, NewPatch, Result
from microscope.services.made import keep_patches, links, register
from microscope.services.patch_library import PatchLibrary
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.saes import Library
from microscope.wire import runs
from microscope.wire.patches import FromContent


def test_who_measured_an_sae_has_not_made_it(tmp_path: Path) -> None:
    weights = {"W_enc": torch.ones(4, 6), "W_dec": torch.ones(6, 4), "b_enc": torch.ones(6), "b_dec": torch.ones(4)}
    sae = Sae(Spec(architecture=TopK(k=2), d_in=4, d_sae=6, d_out=4, site="L1.resid_post"), weights)
    library = Library(Folder(tmp_path / "home"), shipped=())
    theirs, mine = (write_sae(tmp_path / name, sae) for name in ("theirs", "mine"))
    assert register(library, [Made("sae", theirs, found=True)], "eval-1") == []
    assert register(library, [Made("sae", mine)], "train-1") == []
    assert register(library, [Made("sae", mine, found=True)], "eval-2") == []
    assert {slug: one.run for slug, one in library.list().entries.items()} == {"theirs": "", "mine": "train-1"}


@pytest.mark.anyio
async def test_patches_that_a_run_found_are_in_the_library_and_linked(bench: OpenBench) -> None:
    async with bench() as it:
        library = PatchLibrary(it.lab, it.models)
        model = (await it.models.resident(None)).model
        patch = Ablate.model_validate({"direction": [1.0] * model.d_model})
        result = keep_patches(it.lab, library, Result({}, patches=(NewPatch(patch, "found", model.info),)), "run-1")
        ((made,), (kept,)) = result.made, library.list().items
        whole = library.get(kept.hash)
        assert (whole.patch, kept.name, kept.model_name) == (patch, "found", model.info.name)
        assert isinstance(whole.source, FromContent)
        assert whole.source.run == "run-1"
        told = [runs.Made(what=made.what, path=str(made.path))]
        (link,) = links(it.lab.folder, Library(it.lab.folder, shipped=()), told)
        assert link.href == f"/patches/{kept.hash}"
        made.path.unlink()
        assert links(it.lab.folder, Library(it.lab.folder, shipped=()), told) == ()
