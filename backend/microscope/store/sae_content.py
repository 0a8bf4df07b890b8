"""What an SAE of the library holds and computes, by hash: kept until its files change. May be asked from any thread."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.errors import Trouble
from microscope.store.checkpoints import read_sae
from microscope.store.saes import Entry, Library, Stamp


def weights_of(entry: Entry) -> str:
    """Hash of an SAE's weights; empty where they cannot be read."""
    return _weights(entry.path, entry.stamp)


def computes_of(entry: Entry) -> str:
    """Hash of an SAE's weights and of the rule that reads them; empty where they cannot be read."""
    weights = weights_of(entry)
    return weights and computes_sha256(weights, entry.spec)


def computing(library: Library, computes: str, site: str) -> Entry | None:
    """The one that computes what has this hash, whatever it is called; None where none here does.

    Args:
        site: that it reads.
    """
    entries = (one for one in library.list().entries.values() if one.spec.site == site)
    return next((one for one in entries if computes_of(one) == computes), None)


@lru_cache(maxsize=4096)
def _weights(path: Path, _stamp: Stamp) -> str:
    try:
        return content_sha256(read_sae(path).weights)
    except Trouble:
        return ""
