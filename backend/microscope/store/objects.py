"""Immutable things named by the hash of their content: traces and saved views.

    name = the first 16 hex digits of SHA-256(canonical JSON), canonical meaning sorted keys, no spaces, UTF-8

64 bits: among a million objects a collision has odds of 3e-8, and one is noticed, since the content is compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from microscope.errors import GOT_CHARS, Invalid, NotFound
from microscope.store.files import Folder


def canonical(value: JsonValue) -> bytes:
    """One spelling for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def name_of(value: JsonValue) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:16]


_NAME = re.compile(r"[0-9a-f]{16}")

_ONE = {"patches": "patch", "patch-sets": "set of patches"}
"""What one of them is called, where that is not the word without its s."""


def one_of(kind: str) -> str:
    return _ONE.get(kind, kind.removesuffix("s"))


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
        kept = self._same(kind, name, value)
        if kept is None:
            self._folder.write(self._path(kind, name), canonical({**value, **(beside or {})}))
        return name

    def put_beside(self, kind: str, name: str, beside: Mapping[str, JsonValue]) -> None:
        """Replace what was kept beside a value, under the same keys.

        Raises:
            NotFound, Invalid: as `get` says.
        """
        self._folder.write(self._path(kind, name), canonical({**self.get(kind, name), **beside}))

    def take_back(self, kind: str, name: str) -> None:
        """A value that was kept a moment ago by what then failed, and that nobody was told of."""
        self.path(kind, name).unlink(missing_ok=True)

    def get(self, kind: str, name: str) -> dict[str, JsonValue]:
        """A value with what was kept beside it.

        Raises:
            NotFound: if nothing of that kind has that name.
            Invalid: its file cannot be read.
        """
        content = self._read(kind, name) if _NAME.fullmatch(name) else None
        if content is None:
            raise NotFound(
                f"There is no {one_of(kind)} {name!r} here.",
                next="A link opens only on the server that made it: ask for an exported bundle and import it.",
            )
        return content

    def holds(self, kind: str, name: str) -> bool:
        """Whether there is something of that kind and name, readable or not."""
        return _NAME.fullmatch(name) is not None and self.path(kind, name).is_file()

    def _read(self, kind: str, name: str) -> dict[str, JsonValue] | None:
        try:
            content = self._folder.read(self._path(kind, name))
            value = None if content is None else json.loads(content)
        except (OSError, ValueError, RecursionError) as error:
            raise self.damaged(kind, name, f"expected JSON, got something else ({error})") from error
        if content is not None and not isinstance(value, dict):
            raise self.damaged(kind, name, f"expected an object, got {canonical(value).decode()[:GOT_CHARS]}")
        return value

    def _same(self, kind: str, name: str, value: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
        """What is kept of a value under its name; None of nothing, and of what is damaged and must be written anew."""
        try:
            kept = self._read(kind, name)
        except Invalid:
            return None
        found = {key: kept.get(key) for key in value} if kept else None
        if found is None or (found != value and name_of(found) != name):
            return None
        assert found == value, f"two different {kind} are named {name}"
        return kept

    def damaged(self, kind: str, name: str, why: str) -> Invalid:
        """What to say of a file that holds nothing that was ever kept under its name."""
        return Invalid(
            f"The {one_of(kind)} {name} cannot be read: {why}.",
            next=f"Put {self._folder.path(self._path(kind, name))} back as it was, or make it anew: the same content "
            "has the same name.",
        )

    def names(self, kind: str) -> list[str]:
        """What is kept of that kind, the last written first."""
        files = (file for file in self._folder.path(f"objects/{kind}").glob("*.json") if _NAME.fullmatch(file.stem))
        written = sorted(((file.stat().st_mtime_ns, file.stem) for file in files), reverse=True)
        return [name for _, name in written]

    def path(self, kind: str, name: str) -> Path:
        """The file of a value."""
        return self._folder.path(self._path(kind, name))

    def _path(self, kind: str, name: str) -> str:
        return f"objects/{kind}/{name}.json"
