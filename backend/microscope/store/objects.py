"""Immutable things named by the hash of their content: traces and saved views.

    name = the first 16 hex digits of SHA-256(canonical JSON), canonical meaning sorted keys, no spaces, UTF-8

64 bits: among a million objects a collision has odds of 3e-8, and one is noticed, since the content is compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from microscope.errors import NotFound
from microscope.store.files import Folder


def canonical(value: JsonValue) -> bytes:
    """One spelling for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def name_of(value: JsonValue) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:16]


_ONE = {"patches": "patch"}
"""What one of them is called, where that is not the word without its s."""


class Objects:
    """`objects/<kind>/<name>.json` below a folder. Writing the same value twice is writing it once."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def put(self, kind: str, value: Mapping[str, JsonValue], beside: Mapping[str, JsonValue] | None = None) -> str:
        """Keep a value and return its name.

        Args:
            beside: kept with the value, under keys of its own, and no part of its name; the first one stays.
        """
        name = name_of(dict(value))
        kept = self._read(kind, name)
        assert kept is None or {key: kept.get(key) for key in value} == value, f"two different {kind} are named {name}"
        if kept is None:
            self._folder.write(self._path(kind, name), canonical({**value, **(beside or {})}))
        return name

    def get(self, kind: str, name: str) -> dict[str, JsonValue]:
        """A value with what was kept beside it.

        Raises:
            NotFound: if nothing of that kind has that name.
        """
        content = self._read(kind, name) if re.fullmatch(r"[0-9a-f]{16}", name) else None
        if content is None:
            raise NotFound(
                f"There is no {_ONE.get(kind, kind.removesuffix('s'))} {name!r} here.",
                next="A link opens only on the server that made it: ask for an exported bundle and import it.",
            )
        return content

    def _read(self, kind: str, name: str) -> dict[str, JsonValue] | None:
        content = self._folder.read(self._path(kind, name))
        return None if content is None else json.loads(content)

    def names(self, kind: str) -> list[str]:
        """What is kept of that kind, the last written first."""
        files = self._folder.path(f"objects/{kind}").glob("*.json")
        written = sorted(((file.stat().st_mtime_ns, file.stem) for file in files), reverse=True)
        return [name for _, name in written]

    def _path(self, kind: str, name: str) -> str:
        return f"objects/{kind}/{name}.json"
