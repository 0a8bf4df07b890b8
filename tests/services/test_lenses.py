from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch

from microscope.core.lens import TunedLens
from microscope.errors import Invalid
from microscope.services.lenses import Lenses
from microscope.store.files import Folder
from microscope.store.lenses import FILE
from microscope.store.lenses import Lenses as StoredLenses
from microscope.wire import NewTrace, ReadLens

from .conftest import OpenBench

pytestmark = pytest.mark.anyio

TEXTS = [f"{name} went to the {place}, and the {thing} ran after {name}." for name in ("Mary", "John", "The cat")
         for place in ("store", "mat", "dog") for thing in ("cat", "drink")]  # fmt: skip


async def test_a_fitted_lens_reads_closer_to_the_model_on_text_that_it_has_not_seen(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="Mary went to the store"))
        told: list[tuple[int, int, float | None]] = []
        fit = await Lenses(it.lab, it.models).fit("gpt2", TEXTS, steps=25, progress=lambda *at: told.append(at))
        assert len(fit.logit_kl) == len(fit.tuned_kl) == 3
        assert all(tuned < 0.7 * logit for tuned, logit in zip(fit.tuned_kl, fit.logit_kl, strict=True))
        assert [at for at, _, _ in told] == list(range(26))
        assert told[0][2] is None
        first, *_, last = [kl for _, _, kl in told if kl is not None]
        assert last < first
        assert fit.n_held_out_tokens > 0
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
        lenses, slug = Lenses(it.lab, it.models), it.models.info().slug
        loaded = await it.models.resident(slug)
        assert it.lab.tuned_lens(loaded) is None
        here = (await lenses.fit(slug, TEXTS, steps=2)).kept.now.path
        beside = here.rename(folder / FILE)
        shipped = it.lab.tuned_lens(loaded)
        assert shipped is not None
        assert shipped.path == beside
        assert shipped.sha256 == hashlib.sha256(beside.read_bytes()).hexdigest()
        with pytest.raises(Invalid, match=f"{beside}, fitted on .* tokens in 2 steps.*--replace, and delete {here}"):
            await lenses.fit(slug, TEXTS, steps=1)
        assert not here.exists()
        kept = (await lenses.fit(slug, TEXTS, steps=1, replace=True)).kept
        assert kept.before == shipped
        assert kept.now == it.lab.tuned_lens(loaded)
        assert "in 1 steps" in kept.now.says
        with pytest.raises(Invalid, match=f"{here}.*--replace, which overwrites it"):
            await lenses.fit(slug, TEXTS, steps=1)
        here.unlink()
        assert it.lab.tuned_lens(loaded) == shipped


async def test_too_little_text_is_refused(bench: OpenBench) -> None:
    async with bench() as it:
        with pytest.raises(Invalid, match="1 documents"):
            await Lenses(it.lab, it.models).fit("gpt2", ["The cat sat", " ", ""])


async def test_a_lens_that_another_program_wrote_is_read_at_once(bench: OpenBench) -> None:
    async with bench() as it:
        lenses, slug = Lenses(it.lab, it.models), it.models.info().slug
        await lenses.fit(slug, TEXTS, steps=1)
        loaded = await it.models.resident(slug)
        old = await it.lab.lens(loaded, "tuned")
        assert old is await it.lab.lens(loaded, "tuned")
        assert old is not None
        StoredLenses(Folder(it.lab.folder.root)).write(
            loaded.model.info.weights_sha256, TunedLens(old.weight + 1, old.bias)
        )
        new = await it.lab.lens(loaded, "tuned")
        assert new is not None
        assert torch.equal(new.weight, old.weight + 1)
