"""Short names by which SAEs side by side are told apart: what differs in the specs of their runs, such as `seed=2`, or
in their own names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from microscope.families._compared import Meant
from microscope.lab import Lab
from microscope.store import runs

SAME = ("out", "replace", "name")
"""Fields of a spec that say nothing of what was made."""


def told_apart(lab: Lab, found: Sequence[Meant]) -> dict[str, str]:
    """By the name that each goes by; no two are alike."""
    names = [one.name for one in found]
    records = [runs.find(lab.database, one.run) if one.run else None for one in found]
    specs = [_flat(record.spec) for record in records if record is not None]
    labels = differing(specs) if len(specs) == len(names) else []
    return dict(zip(names, labels if len(set(labels)) == len(names) else _rests(names), strict=True))


def differing(specs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of each the fields in which not all are alike, as `seed=2, architecture.k=16`."""
    fields = [field for field in specs[0] if len({repr(spec.get(field)) for spec in specs}) > 1]
    return [", ".join(f"{field}={spec.get(field)}" for field in fields) for spec in specs]


def _flat(spec: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in spec.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{field}.")
        elif field not in SAME:
            found[f"{above}{field}"] = value
    return found


def _rests(names: Sequence[str]) -> list[str]:
    """Without what all begin with, up to a word's end."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    common = "".join(letters[0] for letters in alike)
    cut = max(common.rfind(mark) for mark in "/-_ ") + 1
    rests = [name[cut:] for name in names]
    return rests if all(rests) else list(names)
