from __future__ import annotations

from pathlib import Path

import pytest
import torch

from microscope.errors import Invalid, NoRoom
from microscope.store.run_checkpoints import Kept, read_checkpoint, write_checkpoint

KEPT = Kept(
    {"weights": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)), "n": torch.tensor(7)},
    {"next": 12, "text": "zwei – дві", "nested": {"a": [1, None, 0.5]}},
    {"numbers": 3},
    1_234,
    {"x.parquet": {"tokens_sha256": "ab", "rows": 5}},
)


def test_what_was_kept_is_read_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    assert read_checkpoint(path) is None
    for kept in (KEPT, KEPT._replace(tensors={}), KEPT._replace(state={"next": 13})):
        write_checkpoint(path, kept)
        found = read_checkpoint(path)
        assert found is not None
        assert found[1:] == kept[1:]
        assert found.tensors.keys() == kept.tensors.keys()
        assert all(torch.equal(found.tensors[name], tensor) for name, tensor in kept.tensors.items())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, KEPT)
    whole = path.read_bytes()
    for content in (b"", whole[:20], whole[:-1], b"\xff" * 100):
        path.write_bytes(content)
        with pytest.raises(Invalid, match="cannot be read"):
            read_checkpoint(path)


def test_where_there_is_no_room_the_one_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, KEPT)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NoRoom, match="No space left on device"):
        write_checkpoint(path, KEPT._replace(series_bytes=0))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
