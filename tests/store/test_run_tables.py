from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from microscope.errors import Unavailable
from microscope.store.run_folder import PARTS
from microscope.store.run_tables import RunTables


def numbers(first: int, last: int) -> dict[str, list[int]]:
    return {"n": list(range(first, last)), "square": [number**2 for number in range(first, last)]}


def table(directory: Path, name: str = "numbers") -> dict[str, list[Any]]:
    return pq.read_table(directory / "tables" / f"{name}.parquet").to_pydict()


def test_rows_come_out_as_they_went_in_however_they_were_parted(tmp_path: Path) -> None:
    for part_bytes in (1, 250, 1 << 20):
        directory = tmp_path / str(part_bytes)
        tables = RunTables(directory, part_bytes)
        tables.begin({})
        for first in range(0, 50, 7):
            tables.add("numbers", numbers(first, min(50, first + 7)))
            tables.add("one", {"text": [f"from {first}"]})
        tables.merge()
        assert table(directory) == numbers(0, 50)
        assert table(directory, "one") == {"text": [f"from {first}" for first in range(0, 50, 7)]}
    parts = [len(list((tmp_path / str(n) / PARTS / "numbers").iterdir())) for n in (1, 250, 1 << 20)]
    assert parts[0] == 8 > parts[1] > parts[2] == 1


def test_what_no_checkpoint_knows_of_is_dropped_and_written_once(tmp_path: Path) -> None:
    tables = RunTables(tmp_path)
    tables.begin({})
    tables.add("numbers", numbers(0, 10))
    kept = tables.flush()
    assert kept == {"numbers": 1}
    tables.add("numbers", numbers(10, 15))
    tables.add("late", {"n": [1]})
    tables.flush()
    again = RunTables(tmp_path)
    again.begin(kept)
    again.add("numbers", numbers(10, 20))
    again.merge()
    assert table(tmp_path) == numbers(0, 20)
    assert not (tmp_path / PARTS / "late").exists()


def test_columns_and_types_that_come_up_later_are_of_the_whole_table(tmp_path: Path) -> None:
    tables = RunTables(tmp_path)
    tables.begin({})
    tables.add("some", {"a": [1, 2]})
    tables.flush()
    tables.add("some", {"a": [0.5], "b": ["late"]})
    tables.merge()
    assert table(tmp_path, "some") == {"a": [1.0, 2.0, 0.5], "b": [None, None, "late"]}


def test_vectors_are_lists_of_one_length(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    tables = RunTables(tmp_path)
    tables.begin({})
    tables.add("vectors", {"v": values[:, ::-1], "n": np.arange(3)})
    tables.merge()
    assert (
        str(pq.read_schema(tmp_path / "tables/vectors.parquet").field("v").type) == "fixed_size_list<element: float>[4]"
    )
    assert table(tmp_path, "vectors") == {"v": values[:, ::-1].tolist(), "n": [0, 1, 2]}


def test_a_part_that_somebody_deleted_is_missed(tmp_path: Path) -> None:
    tables = RunTables(tmp_path)
    tables.begin({})
    tables.add("numbers", numbers(0, 3))
    kept = tables.flush()
    (tmp_path / PARTS / "numbers" / "000000.parquet").unlink()
    with pytest.raises(Unavailable, match="1 parts of the table 'numbers' are gone"):
        RunTables(tmp_path).begin(kept)
    with pytest.raises(Unavailable, match="are gone"):
        tables.merge()
    assert not (tmp_path / "tables").exists()


def test_a_table_has_a_name_that_is_one(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no name of a table"):
        RunTables(tmp_path).add("../numbers", numbers(0, 1))
