"""What lies in a run's directory: curves, log, tables, tensors, and all of it as one archive."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from microscope.errors import NotFound
from microscope.services.run_points import columns_of, unit_of
from microscope.services.runs import Runs
from microscope.store.files import Folder
from microscope.store.previews import table_window, tensor_heads
from microscope.store.run_folder import CHECKPOINT, LOG, PARTS, SERIES, RunFolder, in_words
from microscope.wire.run_files import LogLine, Series, TablePage, TensorHead, TensorsPage

MAX_POINTS = 50_000
"""Of one answer; the next one goes on behind them."""

MAX_LINES = 5_000


class RunFiles:
    """May be used from any thread: it only reads."""

    def __init__(self, home: Folder, runs: Runs) -> None:
        self._home = home
        self._runs = runs

    def series(self, id: str, start: int) -> Series:
        """Points from number `start` on.

        Raises:
            NotFound: there is no such run.
        """
        found = self._folder(id).lines(SERIES, start, MAX_POINTS)
        return Series(columns=columns_of(found.values), unit=unit_of(found.values), next=found.next)

    def log(self, id: str, start: int) -> tuple[LogLine, ...]:
        """Sentences from number `start` on.

        Raises:
            NotFound: there is no such run.
        """
        return tuple(LogLine.model_validate(line) for line in self._folder(id).lines(LOG, start, MAX_LINES).values)

    def file(self, id: str, path: str) -> Path:
        """
        Raises:
            NotFound: there is no such run, or it has no such file.
            Denied: outside of its directory.
        """
        return self._folder(id).file(path)

    def table(self, id: str, path: str, offset: int, limit: int, sort: str) -> TablePage:
        """
        Raises:
            NotFound, Denied: as `file` says.
            Invalid, Unsupported: as `store.previews.table_window` says.
        """
        window = table_window(self.file(id, path), offset, limit, sort)
        rows = tuple(tuple(row) for row in window.rows)
        return TablePage(columns=tuple(window.columns), types=tuple(window.types), rows=rows, total=window.total)

    def tensors(self, id: str, path: str) -> TensorsPage:
        """
        Raises:
            NotFound, Denied: as `file` says.
            Unsupported: it is no safetensors file.
        """
        metadata, heads = tensor_heads(self.file(id, path))
        fields = [{**head._asdict(), "first": tuple(head.first)} for head in heads]
        return TensorsPage(metadata=metadata, tensors=tuple(TensorHead.model_validate(one) for one in fields))

    def export(self, id: str, out: Path) -> None:
        """The directory as a zip archive, with `run.json`: the run as its page shows it.

        Raises:
            NotFound: there is no such run, or somebody deleted its directory.
            NoRoom: the disk is full.
        """
        run, folder = self._runs.get(id), self._folder(id)
        if folder.missing:
            raise NotFound(f"{id} has no directory to export: {folder.path}.", next="Run it again.")
        about = run.model_dump(mode="json")
        with in_words(out), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{id}/run.json", json.dumps(about, indent=1, ensure_ascii=False))
            for file in folder.files():
                if file.path.split("/")[0] not in (PARTS, CHECKPOINT):
                    archive.write(folder.path / file.path, f"{id}/{file.path}", _compression(file.path))

    def _folder(self, id: str) -> RunFolder:
        self._runs.row(id)
        return RunFolder(self._home, id)


def _compression(path: str) -> int:
    packed = path.endswith((".parquet", ".safetensors", ".png", ".jpg"))
    return zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
