"""Texts by the thousand, read one after the other: text files, JSONL, Parquet, and data sets of the Hugging Face hub.

    corpus.txt          documents parted by <|endoftext|> where the file has one, else by blank lines: those that hold
                        nothing, or white space alone, as WikiText's do
    corpus.jsonl        one object (its column "text" by default) or one string on each line
    corpus.parquet      a column of strings
    owner/name, folder  through the `datasets` library, streamed

Nothing is held in memory but the document that is read.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from microscope.errors import Invalid, NotFound, Unavailable
from microscope.paths import expanded
from microscope.store.unchanged import Unchanged

DOCUMENT_END = "<|endoftext|>"
_BLOCK = 2**20
"""Bytes that are looked through at once."""

FIRST = 20
"""Documents that are read before a data set is relied on."""

BLANK_LINES = "blank lines"
"""How a text is parted of which lines hold white space alone; where they did not part it, it was another data set."""


class Read(NamedTuple):
    """A document, and how far the reader is with it."""

    text: str
    share: float | None
    """Of the file, from 0 to 1; None where there is none."""


Tell = Callable[[float], None]
"""Told by a reader which share of its file it has read."""


@dataclass(frozen=True)
class Dataset:
    """A data set that has been found; its documents are read when they are asked for."""

    name: str
    """As results name it."""

    sha256: str
    """Of its bytes, or of what makes it; empty where that is not known beforehand, as of a stream from the hub."""

    read: Callable[[], Iterator[str]]
    """Its documents from the first; the same ones each time. Of files that change meanwhile the next one is refused."""

    n_bytes: int | None = None
    """Of the file; None where there is none."""

    endless: bool = False

    revision: str = ""
    """Commit of a data set of the hub, which says what it holds; empty of all others."""

    parting: str = ""
    """`BLANK_LINES` of a text where that decides what its documents are; empty of all others."""

    shares: Callable[[], Iterator[Read]] | None = None
    """As `read`, of a file, with how much of it has been read."""

    @property
    def identity(self) -> dict[str, str]:
        """What says that it is the same data again, as far as that is known: `dataset`, `dataset_revision`,
        `dataset_parting`.
        """
        known = {"dataset": self.sha256, "dataset_revision": self.revision, "dataset_parting": self.parting}
        return {name: value for name, value in known.items() if value}

    def try_out(self) -> Self:
        """Read its first documents, so that what is wrong with all of it is told before anything waits for it.

        Raises:
            Invalid: there is no text, or one of them cannot be read.
        """
        if not self.endless:
            self.first()
        return self

    def first(self) -> list[str]:
        """Its first `FIRST` documents; all that it has where those are fewer.

        Raises:
            Invalid: there is none, or one of them cannot be read.
        """
        found = list(islice(self.read(), FIRST))
        if not found:
            raise Invalid(f"{self.name} holds no text.", next="Give a data set with documents in it.")
        return found

    def read_on(self) -> Iterator[Read]:
        """Its documents, with how far the reader is, where that is known."""
        return (Read(text, None) for text in self.read()) if self.shares is None else self.shares()


def open_dataset(name: str, *, config: str = "", split: str = "train", column: str = "text") -> Dataset:
    """
    Args:
        name: a path that ends in .txt, .jsonl, .json or .parquet, a folder, or a name on the hub.
        config: of a data set with several, such as wikitext-2-raw-v1.
        split: of a data set from the hub.
        column: where the text is.

    Raises:
        NotFound: no such file, and no such data set.
        Invalid: a file of another kind, or without that column.
        Unavailable: the hub cannot be reached, and the data set is not in its cache.
    """
    path = expanded(name)
    if path.is_file():
        return _file(path, column)
    if path.is_dir() or not (path.suffix or name.startswith((".", "/", "~"))):
        return _hub(str(path) if path.is_dir() else name, config, split, column)
    raise NotFound(f"There is no data set {name}.", next="Give a .txt, .jsonl or .parquet file, or a name on the hub.")


def _parted(lines: Iterable[str], marked: bool) -> Iterator[str]:
    """Documents parted by the mark where there is one, else by blank lines."""
    held: list[str] = []
    for line in lines:
        before, *after = line.split(DOCUMENT_END) if marked else [line]
        ends = bool(after) if marked else not line.strip()
        held.append(before)
        if ends:
            yield "".join(held)
            yield from after[:-1]
            held = after[-1:]
    yield "".join(held)


def _file(path: Path, column: str) -> Dataset:
    file, parting = Unchanged(str(path), [path], lambda: _hash(path)), ""
    match path.suffix.lower():
        case ".txt" | ".text" | ".md" | "":
            read, parting = partial(_text, path), _parting(path)
        case ".jsonl" | ".json" | ".ndjson":
            read = partial(_json_lines, path, column)
        case ".parquet":
            _check_column(path, column)
            read = partial(_parquet, path, column)
        case other:
            raise Invalid(
                f"{path} ends in {other}; expected .txt, .jsonl or .parquet.", next="Convert it to one of them."
            )
    return Dataset(
        path.name,
        file.sha256,
        lambda: _filled(file.watched(read(_to_nobody))),
        path.stat().st_size,
        parting=parting,
        shares=lambda: _shared(lambda tell: file.watched(read(tell))),
    )


def _to_nobody(_: float) -> None:
    pass


def _shared(read: Callable[[Tell], Iterator[str]]) -> Iterator[Read]:
    share = 0.0

    def tell(now: float) -> None:
        nonlocal share
        share = now

    for text in _filled(read(tell)):
        yield Read(text, share)


def _filled(texts: Iterator[str]) -> Iterator[str]:
    return (stripped for text in texts if (stripped := text.strip()))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(path: Path, tell: Tell) -> Iterator[str]:
    return _parted(_lines(path, tell), _marked(path))


def _parting(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
        blank = any(line.isspace() and line.strip("\r\n") for line in file)
    return BLANK_LINES if blank and not _marked(path) else ""


def _marked(path: Path) -> bool:
    """Whether the mark is in it.

    Raises:
        Invalid: a byte of it is no UTF-8, wherever that stands.
    """
    decoder, held, marked = codecs.getincrementaldecoder("utf-8")(), "", False
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                text = held + decoder.decode(block)
                marked = marked or DOCUMENT_END in text
                held = text[-len(DOCUMENT_END) :]
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            for _ in _lines(path, _to_nobody):  # Slower, and it says in which line.
                pass
            raise
    return marked


def _lines(path: Path, tell: Tell) -> Iterator[str]:
    """Of a UTF-8 file, line ends made `\\n`, without the mark of its byte order where it begins with one."""
    done, size = 0, path.stat().st_size
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            done += len(line)
            tell(min(1.0, done / max(1, size)))
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            try:
                yield line.decode().replace("\r\n", "\n")
            except UnicodeDecodeError as wrong:
                raise Invalid(
                    f"Line {number} of {path} is not UTF-8: byte {wrong.start} is {line[wrong.start]:#04x}.",
                    next="Convert it with iconv.",
                ) from wrong


def _json_lines(path: Path, column: str, tell: Tell) -> Iterator[str]:
    for number, line in enumerate(_lines(path, tell), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError as wrong:
                raise Invalid(
                    f"Line {number} of {path} is no JSON: {wrong}.", next="Write one value a line."
                ) from wrong
            yield _string(value, column, f"Line {number} of {path}")


def _string(value: Any, column: str, where: str) -> str:
    found = value.get(column) if isinstance(value, dict) else value
    if not isinstance(found, str):
        has = f"its columns are {', '.join(map(str, value))}" if isinstance(value, dict) else "it is no object"
        raise Invalid(f"{where} has no text in {column!r}; {has}.", next="Name the column that holds the text.")
    try:
        found.encode()
    except UnicodeEncodeError as half:
        raise Invalid(
            f"{where} holds half of a character (U+{ord(found[half.start]):04X}) at position {half.start} of its text; "
            "expected Unicode.",
            next="Mend it or leave it out.",
        ) from half
    return found


def _check_column(path: Path, column: str) -> None:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as trouble:
        raise Invalid(
            f"{path} is no Parquet file: {str(trouble).splitlines()[0]}.", next="Check or copy it again."
        ) from trouble
    kinds = {field.name: field.type for field in schema}
    kind = kinds.get(column)
    if kind is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()):
        raise Invalid(
            f"{path} has no column {column!r} of text; its columns are "
            f"{', '.join(f'{name} ({kind})' for name, kind in kinds.items())}.",
            next="Name the column that holds the text.",
        )


def _parquet(path: Path, column: str, tell: Tell) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        rows = enumerate(
            text
            for batch in file.iter_batches(batch_size=1024, columns=[column])
            for text in batch.column(0).to_pylist()
        )
        for number, text in rows:
            tell((number + 1) / file.metadata.num_rows)
            if text is not None:
                yield text


# ── Hugging Face ─────────────────────────────────────────────────────────────────────────────────────────


def _hub(name: str, config: str, split: str, column: str) -> Dataset:
    rows, revision = _load(name, config, split)
    if (first := next(iter(rows), None)) is not None:
        _string(first, column, f"Row 0 of {name}")
    folder = Path(name)
    title = "/".join(filter(None, [folder.name if folder.is_dir() else name, config, split]))
    if not folder.is_dir():
        return Dataset(title, "", lambda: _filled(_strings(rows, name, column)), revision=revision)
    files = Unchanged(name, _files(folder), lambda: _hash_all(folder))
    return Dataset(title, files.sha256, lambda: _filled(files.watched(_strings(rows, name, column))))


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _hash_all(folder: Path) -> str:
    """Of the names and the contents of all files."""
    named = "".join(f"{file.relative_to(folder).as_posix()} {_hash(file)}\n" for file in _files(folder))
    return hashlib.sha256(named.encode()).hexdigest()


def _strings(rows: Iterable[Any], name: str, column: str) -> Iterator[str]:
    try:
        for number, row in enumerate(rows):
            yield _string(row, column, f"Row {number} of {name}")
    except OSError as trouble:  # The network's errors are among them.
        raise Unavailable(
            f"{name} could not be read on: {trouble}.", next="Check the network, and run it again: it goes on."
        ) from trouble


def _load(name: str, config: str, split: str) -> tuple[Iterable[Any], str]:
    """Its rows, streamed, or from the library's cache where there is no network; and what the library has it by: of a
    data set of the hub the commit.
    """
    import datasets  # It takes seconds, and most data sets need it not.

    def load(streaming: bool) -> tuple[Iterable[Any], str]:
        builder = datasets.load_dataset_builder(name, config or None)
        if streaming:
            return builder.as_streaming_dataset(split=split), builder.hash or ""
        builder.download_and_prepare()
        return builder.as_dataset(split=split), builder.hash or ""

    try:
        try:
            return load(streaming=True)
        except ConnectionError:
            return load(streaming=False)
    except ConnectionError as offline:
        raise Unavailable(
            f"The data set {name} is not in the cache, and the hub cannot be reached: {offline}.",
            next="Check the network, or give a .txt, .jsonl or .parquet file, or bundled.",
        ) from offline
    except (FileNotFoundError, ValueError) as wrong:  # No such name, configuration or split; the library says which.
        raise NotFound(
            f"The data set {name} cannot be opened: {wrong}.", next="Check its name, configuration and split."
        ) from wrong
