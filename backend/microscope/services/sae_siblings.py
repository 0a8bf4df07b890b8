"""SAEs of one sweep side by side: what tells each from the others, by how it was trained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from microscope.store.saes import Entry

PARTS = ("architecture", "plan")
"""Of what a training leaves in an SAE's files: what it was asked for."""


def apart(entries: Iterable[Entry]) -> dict[str, str]:
    """By slug the fields in which not all of its siblings are alike, as `seed=2, k=16`.

    Siblings are called alike and lie in folders that lie side by side, as the children of a sweep do; one without any
    is left out, and so is one that nothing tells from another.
    """
    families: defaultdict[tuple[Path, str], list[Entry]] = defaultdict(list)
    for one in entries:
        families[one.path.parent.parent, one.path.name].append(one)
    return {slug: says for family in families.values() for slug, says in _differing(family).items() if says}


def _differing(family: list[Entry]) -> dict[str, str]:
    asked = {one.slug: _asked(one) for one in family}
    fields = dict.fromkeys(field for one in asked.values() for field in one)
    differ = [field for field in fields if len({repr(one.get(field)) for one in asked.values()}) > 1]
    return {slug: ", ".join(f"{field}={one.get(field)}" for field in differ) for slug, one in asked.items()}


def _asked(one: Entry) -> dict[str, Any]:
    parts = [one.spec.training.get(part) for part in PARTS]
    said = {name: value for part in parts if isinstance(part, Mapping) for name, value in part.items()}
    return {"site": one.spec.site, "d_sae": one.spec.d_sae, **said}
