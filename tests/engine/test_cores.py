"""Quotas as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from microscope.engine.cores import limit_threads, n_cores, quota


@pytest.mark.parametrize(
    ("written", "cores"),
    [("100000 100000\n", 1.0), ("50000 100000\n", 0.5), ("250000 100000\n", 2.5), ("max 100000\n", None), ("", None)],
)
def test_the_quota_of_version_2_is_a_share_of_its_period(tmp_path: Path, written: str, cores: float | None) -> None:
    (tmp_path / "cpu.max").write_text(written)
    assert quota(tmp_path) == cores


@pytest.mark.parametrize(("limit", "cores"), [("100000", 1.0), ("150000", 1.5), ("-1", None)])
def test_the_quota_of_version_1_stands_in_two_files(tmp_path: Path, limit: str, cores: float | None) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(f"{limit}\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert quota(tmp_path) == cores


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert quota(tmp_path / "nothing") is None


def test_a_quota_of_one_core_is_one_core_and_never_more_than_there_are(tmp_path: Path) -> None:
    free = n_cores(tmp_path)
    for written, cores in (("100000 100000", 1), ("10000 100000", 1), ("99999900000 100000", free)):
        (tmp_path / "cpu.max").write_text(written)
        assert n_cores(tmp_path) == cores


def test_torch_starts_no_more_threads_than_the_quota_pays_for(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        limit_threads(tmp_path)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
