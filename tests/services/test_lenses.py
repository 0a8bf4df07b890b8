"""Tuned lenses as services read them: fitted by the family, or written by another program."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch

from microscope.core.lens import TunedLens
from microscope.errors import Invalid
from microscope.families.base import Bench as FamilyBench
from microscope.families.base import Result
from microscope.families.tuned_lens import Fit, FitTunedLens
from microscope.store.files import Folder
from microscope.store.lenses import FILE
from microscope.store.lenses import Lenses as StoredLenses
from microscope.wire.lenses import ReadLens
from microscope.wire.traces import NewTrace

from .conftest import Bench, OpenBench

pytestmark = pytest.mark.anyio

TEXTS = [f"{name} went to the {place}, and the {thing} ran after {name}." for name in ("Mary", "John", "The cat")
         for place in ("store", "mat", "dog") for thing in ("cat", "drink")]  # fmt: skip


async def fit(it: Bench, folder: Path, *, steps: int, replace: bool = False) -> Result:
    """On the resident model."""
    loaded = await it.models.resident(it.models.info().slug)
    texts = folder / "texts.txt"
    texts.write_text("\n\n".join(TEXTS))
    family = FitTunedLens(datasets=(str(texts),), steps=steps, replace=replace)
    *_, last = family.run(FamilyBench(it.lab, folder, {family.models()[0]: loaded.model}))
    assert isinstance(last, Result)
    return last


async def test_a_fitted_lens_reads_closer_to_the_model_on_text_that_it_has_not_seen(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="Mary went to the store"))
        fitted = Fit.model_validate((await fit(it, tmp_path, steps=25)).metrics)
        assert len(fitted.logit_kl_by_layer) == len(fitted.tuned_kl_by_layer) == 3
        assert all(fitted.tuned_kl_by_layer[layer] < 0.7 * kl for layer, kl in fitted.logit_kl_by_layer.items())
        assert fitted.held_out_tokens > 0
        assert it.models.info().lenses == ("logit", "tuned")
        tuned = await it.traces.read_lens(ReadLens(id=1, trace=trace.hash, position=3, lens="tuned"))
        logit = await it.traces.read_lens(ReadLens(id=1, trace=trace.hash, position=3))
        assert tuned.rows[-1] == logit.rows[-1]
        after, before = tuned.rows[0].kl_to_last, logit.rows[0].kl_to_last
        assert after is not None
        assert before is not None
        assert after < before
        assert not list(tiny_folder("gpt2").glob("tuned_lens*"))


async def test_a_lens_that_is_there_is_not_put_aside_without_a_word(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    copytree(tiny_folder("gpt2"), folder)
    async with bench(folder=folder) as it:
        loaded = await it.models.resident(it.models.info().slug)
        assert it.lab.tuned_lens(loaded) is None
        here = (await fit(it, tmp_path, steps=2)).made[0].path
        beside = here.rename(folder / FILE)
        shipped = it.lab.tuned_lens(loaded)
        assert shipped is not None
        assert shipped.path == beside
        assert shipped.sha256 == hashlib.sha256(beside.read_bytes()).hexdigest()
        with pytest.raises(Invalid, match=f"{beside}, fitted on .* tokens in 2 steps.*--replace, and delete {here}"):
            await fit(it, tmp_path, steps=1)
        assert not here.exists()
        fitted = Fit.model_validate((await fit(it, tmp_path, steps=1, replace=True)).metrics)
        assert (fitted.displaced_path, fitted.displaced) == (str(shipped.path), shipped.says)
        now = it.lab.tuned_lens(loaded)
        assert now is not None
        assert now.path == here
        assert "in 1 steps" in now.says
        with pytest.raises(Invalid, match=f"{here}.*--replace, which overwrites it"):
            await fit(it, tmp_path, steps=1)
        here.unlink()
        assert it.lab.tuned_lens(loaded) == shipped


async def test_a_lens_that_another_program_wrote_is_read_at_once(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        await fit(it, tmp_path, steps=1)
        loaded = await it.models.resident(it.models.info().slug)
        old = await it.lab.lens(loaded, "tuned")
        assert old is await it.lab.lens(loaded, "tuned")
        assert old is not None
        StoredLenses(Folder(it.lab.folder.root)).write(
            loaded.model.info.weights_sha256, TunedLens(old.weight + 1, old.bias)
        )
        new = await it.lab.lens(loaded, "tuned")
        assert new is not None
        assert torch.equal(new.weight, old.weight + 1)
