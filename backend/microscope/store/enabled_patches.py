"""Which patches are switched on for the whole server, in the order in which they were: `enabled-patches.json`."""

from __future__ import annotations

import json

from pydantic import TypeAdapter, ValidationError

from microscope.errors import Invalid
from microscope.store.files import Folder

FILE = "enabled-patches.json"

_STRENGTHS: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, float])


def enabled(folder: Folder) -> dict[str, float]:
    """Strengths by the hashes of the patches.

    Raises:
        Invalid: the file is damaged.
    """
    content = folder.read(FILE)
    try:
        return {} if content is None else _STRENGTHS.validate_json(content)
    except ValidationError as error:
        raise Invalid(
            f"{folder.path(FILE)} cannot be read: expected strengths by hash.",
            next="Delete it: no patch is enabled then.",
        ) from error


def switch(folder: Folder, hash: str, strength: float | None) -> None:
    """On, behind those that are on; with None off."""
    others = {one: value for one, value in enabled(folder).items() if one != hash}
    now = others if strength is None else {**others, hash: strength}
    folder.write(FILE, json.dumps(now).encode())
