"""A spec is its fields, and what lies where it reads."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.families.synthetic import record, sums
from tests.services.conftest import OpenDesk
from tests.services.test_saes import rough

from microscope.families.base import Family
from microscope.families.evaluate_sae import EvaluateSae
from microscope.families.harvest import Harvest
from microscope.families.train_sae import TrainSae
from microscope.services import identity
from microscope.services.identity import content_sha256, reads, sae_anywhere, spec_sha256
from microscope.store.checkpoints import write_metrics, write_sae

pytestmark = pytest.mark.anyio


async def test_a_recording_is_told_by_what_it_holds(desk: OpenDesk, tmp_path: Path) -> None:
    path = record(tmp_path / "a.parquet", sums(256))
    training = TrainSae(activations=(path,))
    async with desk() as it:
        before = spec_sha256(it.lab, training)
        assert spec_sha256(it.lab, TrainSae(activations=(path,), seed=1)) != before
        shutil.rmtree(path)
        gone = spec_sha256(it.lab, training)
        record(path, sums(256), weights_sha256="cd" * 32)
        other = spec_sha256(it.lab, training)
        shutil.rmtree(path)
        record(path, sums(256))
        assert spec_sha256(it.lab, training) == before
        assert len({before, gone, other}) == 3


async def test_an_sae_is_told_by_its_files_however_it_is_named(desk: OpenDesk, tmp_path: Path) -> None:
    async with desk() as it:
        folder = it.lab.folder.path("saes/one")
        write_sae(folder, rough(1))
        named: list[Family] = [Harvest(sae="one"), Harvest(sae=str(folder))]
        assert [set(reads(it.lab, one)) for one in named] == [{str(folder)}] * 2
        before = [spec_sha256(it.lab, one) for one in named]
        write_metrics(folder, {"fvu": 0.1}, "ab" * 32)  # As an evaluation leaves it there.
        assert [spec_sha256(it.lab, one) for one in named] == before
        write_sae(folder, rough(2))
        assert not {spec_sha256(it.lab, one) for one in named} & set(before)
        judging = EvaluateSae(sae=str(folder), activations=record(tmp_path / "a.parquet", sums(256)))
        assert set(reads(it.lab, judging)) == {str(folder), str(tmp_path / "a.parquet")}


async def test_a_name_of_the_library_comes_before_a_folder_of_that_name(
    desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with desk() as it:
        write_sae(known := it.lab.folder.path("saes/one"), rough(1))
        for name in ("one", "other"):
            write_sae(tmp_path / name, rough(2))
        settings = it.lab.settings
        assert set(reads(it.lab, Harvest(sae="one"))) == {str(known)}
        assert sae_anywhere(settings, "one") == "one"
        for here in ("other", "./one"):
            assert set(reads(it.lab, Harvest(sae=here))) == {str(tmp_path / here)}
            assert sae_anywhere(settings, here) == str(tmp_path / here)


def test_of_a_large_file_both_ends_are_read_and_its_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "LARGE_BYTES", 8)
    monkeypatch.setattr(identity, "END_BYTES", 2)
    seen: set[str] = set()
    for number, text in enumerate(("a long text", "b long text", "a long texs", "a long text", "a LONG text")):
        path = tmp_path / f"{number}.txt"
        path.write_text(text)
        os.utime(path, ns=(0, (number == 3) * 10**9))
        seen.add(content_sha256(path))
    assert len(seen) == 4
