from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file

from microscope.errors import Invalid, Unsupported
from microscope.store import previews
from microscope.store.previews import LIST_ENTRIES, TEXT_CHARS, table_window, tensor_heads

N = 500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.parquet"
    values = [None if number % 50 == 0 else (number * 7919) % N for number in range(N)]
    pq.write_table(pa.table({"n": range(N), "value": values, 'a "b"': [f"t{number}" for number in range(N)]}), path,
                   row_group_size=64)  # fmt: skip
    return path


def test_a_window_is_a_slice_of_the_file(path: Path) -> None:
    rows = [list(row.values()) for row in pq.read_table(path).to_pylist()]
    for offset, limit in ((0, 10), (60, 10), (N - 3, 10), (N, 10), (0, N)):
        window = table_window(path, offset, limit)
        assert window.rows == rows[offset : offset + limit]
        assert (window.total, window.columns, window.types) == (
            N, ["n", "value", 'a "b"'], ["BIGINT", "BIGINT", "VARCHAR"]
        )  # fmt: skip


@pytest.mark.parametrize("descending", [False, True])
def test_sorted_it_is_a_slice_of_what_was_sorted_with_nothing_last(path: Path, descending: bool) -> None:
    values = [value for value in pq.read_table(path)["value"].to_pylist() if value is not None]
    ordered = [*sorted(values, reverse=descending), *[None] * (N - len(values))]
    window = table_window(path, 100, 400, "-value" if descending else "value")
    assert [row[1] for row in window.rows] == ordered[100:]
    names = table_window(path, 0, 3, '-a "b"').rows
    assert [row[2] for row in names] == sorted((f"t{number}" for number in range(N)), reverse=True)[:3]


def test_what_is_no_column_or_no_table_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="The table has no column"):
        table_window(path, 0, 1, 'm"; DROP')
    (tmp_path / "b.parquet").write_bytes(b"no table")
    with pytest.raises(Unsupported, match=r"b\.parquet cannot be read as a table"):
        table_window(tmp_path / "b.parquet", 0, 1)


def test_cells_are_json_and_long_ones_are_cut(tmp_path: Path) -> None:
    cells = {
        "floats": [0.5, math.nan, math.inf],
        "lists": [list(range(LIST_ENTRIES)), list(range(LIST_ENTRIES + 1)), []],
        "texts": ["x" * TEXT_CHARS, "x" * (TEXT_CHARS + 1), ""],
        "bytes": [b"\x00\xff", b"\x01" * (LIST_ENTRIES + 1), b""],
        "days": [date(2026, 11, 22)] * 3,
        "structs": [{"a": math.nan}, {"a": 1.0}, None],
    }
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    rows = table_window(tmp_path / "a.parquet", 0, 3).rows
    columns = dict(zip(cells, zip(*rows, strict=True), strict=True))
    assert columns == {
        "floats": (0.5, None, None),
        "lists": (list(range(LIST_ENTRIES)), [*range(LIST_ENTRIES), "…"], []),
        "texts": ("x" * TEXT_CHARS, "x" * TEXT_CHARS + "…", ""),
        "bytes": ("00ff", "01" * LIST_ENTRIES + "…", ""),
        "days": ("2026-11-22",) * 3,
        "structs": ({"a": None}, {"a": 1.0}, None),
    }


def test_a_tensor_is_summed_up_as_torch_does_however_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = torch.Generator().manual_seed(0)
    tensors = {
        "half": torch.randn(40, 5, generator=draw).half(),
        "whole": torch.randint(-5, 5, (7,), generator=draw),
        "one": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "holes": torch.tensor([math.nan, 1.0, math.inf, -2.0]),
        "nothing": torch.full((3,), math.nan),
    }
    save_file(tensors, tmp_path / "a.safetensors", metadata={"made": "here"})
    whole = tensor_heads(tmp_path / "a.safetensors")
    monkeypatch.setattr(previews, "CHUNK_ROWS_BYTES", 100)
    metadata, heads = tensor_heads(tmp_path / "a.safetensors")
    assert metadata == {"made": "here"}
    assert {head.name: head.shape for head in heads} == {name: tuple(one.shape) for name, one in tensors.items()}
    for head, other in zip(heads, whole[1], strict=True):
        values = tensors[head.name].double().ravel()
        there = values[values.isfinite()]
        expected = (there.min(), there.max(), there.mean()) if len(there) else ()
        for found in (head, other):
            assert [one for one in found[3:6] if one is not None] == pytest.approx([one.item() for one in expected])
        assert head.first == other.first
    assert next(head.first for head in heads if head.name == "half") == tensors["half"].ravel()[:8].tolist()


def test_what_holds_no_tensors_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"no tensors")
    with pytest.raises(Unsupported, match="is no safetensors file"):
        tensor_heads(tmp_path / "a.safetensors")
