"""What `dataset` names in a spec: the bundled corpus, or whatever `store.datasets` opens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from microscope.bundled.corpus import mix, stories
from microscope.errors import NotFound
from microscope.paths import expanded
from microscope.store.datasets import Dataset, open_dataset

BUNDLED = "bundled"


def open_corpus(name: str, *, config: str, split: str, column: str, seed: int) -> Dataset:
    """
    Args:
        name: `bundled`, `bundled:FILE` with stories from a file mixed in, or as of `open_dataset`.
        seed: of the bundled corpus.

    Raises:
        NotFound, Invalid, Unavailable: as `open_dataset` says.
    """
    kind, _, file = name.partition(":")
    if kind != BUNDLED:
        return open_dataset(name, config=config, split=split, column=column)
    told = _stories(expanded(file)) if file else []
    generator = b"".join(file.read_bytes() for file in sorted(Path(mix.__file__).parent.glob("*.py")))
    recipe = generator + "\n".join([f"seed {seed}", *told]).encode()
    title = f"bundled, seed {seed}" + (f", stories of {Path(file).name}" if file else "")

    def read() -> Iterator[str]:
        return (document.text for document in mix.documents(seed, told))

    return Dataset(title, hashlib.sha256(recipe).hexdigest(), read, endless=True)


def _stories(path: Path) -> list[str]:
    if not path.is_file():
        raise NotFound(f"There is no file of stories {path}.", next="Give a text file, or bundled without one.")
    return stories.load(path)
