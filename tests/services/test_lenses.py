from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from microscope.errors import Invalid
from microscope.services.lenses import Lenses
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
        told: list[tuple[int, int, float]] = []
        fit = await Lenses(it.lab, it.models).fit("gpt2", TEXTS, steps=25, progress=lambda *at: told.append(at))
        assert len(fit.logit_kl) == len(fit.tuned_kl) == 3
        assert all(tuned < 0.7 * logit for tuned, logit in zip(fit.tuned_kl, fit.logit_kl, strict=True))
        assert [at for at, _, _ in told] == list(range(1, 26))
        assert told[-1][2] < told[0][2]
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


async def test_too_little_text_is_refused(bench: OpenBench) -> None:
    async with bench() as it:
        with pytest.raises(Invalid, match="1 documents"):
            await Lenses(it.lab, it.models).fit("gpt2", ["The cat sat", " ", ""])
