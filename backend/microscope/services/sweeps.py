"""Sweeps as files, which list the children that a base and some axes become.

    base: experiments/polysemanticity.yaml
    axes: {seed: [1, 2, 3]}
    children:
    - name: train-sae-3fa9c1d2e4        the family, and the beginning of the hash
      hash: 3fa9c1d2e4…                 SHA-256 of the base's spec at this place, with defaults, and of what it reads
      at: {seed: 1}
      run: train-sae-20261122-0412-3fa9c1    null until it is queued
      spec: {kind: train_sae, …}

What a child is, and which are the same: `services/sweep_children.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from microscope.errors import Invalid, sentences
from microscope.lab import Lab
from microscope.paths import expanded
from microscope.services.specs import read_spec
from microscope.services.sweep_children import Axis, Child, Standing, checked, spread, stand
from microscope.settings import Settings
from microscope.store.files import Folder

SWEPT = Path("sae_checkpoints")
"""Where children write, each into a folder of its own, whose base names no `out`."""

AGAIN = "Write one: microscope sweep --base FILE.yaml --axis FIELD=VALUES --output SWEEP.yaml"


class Listed(BaseModel):
    """A child as a sweep's file has it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    run: str | None = None


class Written(BaseModel):
    """What of a sweep's file is read again."""

    model_config = ConfigDict(extra="ignore")

    children: tuple[Listed, ...]


def children_of(settings: Settings, base: Path, axes: Sequence[Axis]) -> list[Child]:
    """One for each combination, the last axis turning fastest.

    Raises:
        Invalid: no such base, or a field that its family has not.
        ValidationError: a value that a field cannot have.
        TooLarge: over `MAX_CHILDREN`.
    """
    with _lab(settings) as lab:
        return spread(lab, read_spec(base), axes, SWEPT)


def preflight(
    settings: Settings, children: Sequence[Child], known: Mapping[str, Standing], *, again: bool = False
) -> list[str]:
    """As `checked` of `sweep_children.py`."""
    with _lab(settings) as lab:
        return checked(lab, children, known, again=again)


def standings(settings: Settings, children: Sequence[Child]) -> dict[str, Standing]:
    """By the child's name; those that were never queued are left out."""
    with _lab(settings) as lab:
        return stand(lab, children)


def write_sweep(
    output: Path, base: Path, axes: Sequence[Axis], children: Sequence[Child], known: Mapping[str, Standing]
) -> Path:
    """
    Raises:
        Invalid: there is another file already, which is no sweep.
        NoRoom: it cannot be written.
    """
    if output.exists():
        read_sweep(output)
    whole = _whole(base, axes, children, known)
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)
    return Folder(expanded(output).absolute().parent).write(output.name, text.encode())


def sweep_json(base: Path, axes: Sequence[Axis], children: Sequence[Child], known: Mapping[str, Standing]) -> str:
    """What `write_sweep` keeps, with each child's status, null where it was never queued."""
    whole = _whole(base, axes, children, known)
    for listed in whole["children"]:
        listed["status"] = known[listed["name"]].status if listed["name"] in known else None
    return json.dumps(whole, ensure_ascii=False)


def _whole(
    base: Path, axes: Sequence[Axis], children: Sequence[Child], known: Mapping[str, Standing]
) -> dict[str, Any]:
    listed = [
        {
            "name": child.name,
            "hash": child.hash,
            "at": child.at,
            "run": known[child.name].id if child.name in known else None,
            "spec": child.family.model_dump(mode="json"),
        }
        for child in children
    ]
    return {"base": str(base), "axes": {axis.field: list(axis.values) for axis in axes}, "children": listed}


def read_sweep(path: Path) -> Written:
    """
    Raises:
        Invalid: no such file, or no sweep.
    """
    try:
        return Written.model_validate(yaml.safe_load(path.read_text()))
    except OSError as wrong:
        raise Invalid(f"{path} cannot be read: {wrong.strerror}.", next=AGAIN) from wrong
    except ValidationError as wrong:
        raise Invalid(f"{path} is no sweep: {sentences(wrong.errors(), 'the file')}.", next=AGAIN) from wrong
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise Invalid(f"{path} is no YAML: {wrong}.", next=AGAIN) from wrong


def write_json(path: Path, value: Mapping[str, Any]) -> Path:
    """A result as a file that scripts read.

    Raises:
        NoRoom: it cannot be written.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return Folder(expanded(path).absolute().parent).write(path.name, text.encode())


@contextmanager
def _lab(settings: Settings) -> Generator[Lab]:
    lab = Lab.open(settings, chats=False)
    try:
        yield lab
    finally:
        asyncio.run(lab.close())
