"""`<home>/saes.json`: SAEs that lie elsewhere, names that SAEs keep, and what was said of them on import.

    {"theirs": {"path": "/data/sae", "source": "owner/name", "site": "L5.mlp_out", "model_name": "gpt2",
                "weights_sha256": "ab12…", "stamp": [1790000000000000000, 3160000]}}

What was said is of the weights that lay there: it lapses where others take their place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from microscope.core.saes.base import Spec
from microscope.errors import Invalid
from microscope.store.checkpoints import sha256
from microscope.store.files import Folder

REGISTER = "saes.json"


class Given(NamedTuple):
    """What was said of an SAE on import; its files stay as they are. Empty is silence, None takes back what was."""

    site: str | None = ""
    model_name: str | None = ""

    def overlaid(self, given: Given) -> Given:
        """What is said of it now."""
        return Given(*(old if new == "" else new or "" for old, new in zip(self, given, strict=True)))

    def beyond(self, filed: Spec, before: Given) -> Given:
        """Without what its files say themselves: their own name of the model takes back another that was said before.

        Where none was said, and they name the model's weights too, it says that these other weights are meant.
        """
        own = self.model_name == filed.model_name
        overrules = bool(filed.weights_sha256) and before.model_name in ("", self.model_name)
        site, model_name = self.site or "", self.model_name or ""
        return Given("" if site == filed.site else site, "" if own and not overrules else model_name)

    def applied(self, spec: Spec) -> Spec:
        """The hash of a model's weights goes with its name: whoever says that it is this model means these weights."""
        told = {name: value for name, value in self._asdict().items() if value}
        return spec.model_copy(update={**told, "weights_sha256": ""} if self.model_name else told)


NOTHING = Given()

TAKEN_BACK = Given(None, None)


class Kept(BaseModel, frozen=True):
    """An SAE in the register."""

    model_config = ConfigDict(extra="ignore")

    path: str
    source: str = ""
    """As it was asked for; empty where it lies on a shelf of ours, and only its name and what was said is kept."""

    site: str = ""
    model_name: str = ""

    weights_sha256: str = ""
    """Of the file of weights that this was said of; empty where nothing was."""

    stamp: tuple[int, int] = (0, 0)
    """Time of that file's last change in ns, and its bytes: while they stay, it is not hashed again."""

    @property
    def says_nothing(self) -> bool:
        return not (self.site or self.model_name)

    @classmethod
    def of(cls, path: Path, source: str, given: Given, weights: Path) -> Kept:
        one = cls(path=str(path), source=source, site=given.site or "", model_name=given.model_name or "")
        if one.says_nothing:
            return one
        return one.model_copy(update={"weights_sha256": sha256(weights), "stamp": _stamp(weights)})


def still_meant(kept: Kept, weights: Path) -> Given:
    """What was said, where it was said of these weights; else nothing."""
    if kept.says_nothing:
        return NOTHING
    same = not kept.weights_sha256 or kept.stamp == _stamp(weights) or kept.weights_sha256 == sha256(weights)
    return Given(kept.site, kept.model_name) if same else NOTHING


class Register:
    """The file. `write` is for those who hold `alone`."""

    def __init__(self, home: Folder) -> None:
        self._home = home

    def alone(self) -> FileLock:
        """Held while it is read and written anew: no other process, and no other thread, does the same."""
        return FileLock(self._home.path(f".{REGISTER}.lock"))

    def read(self) -> dict[str, Kept]:
        """By slug.

        Raises:
            Invalid: the file is damaged.
        """
        content = self._home.read(REGISTER)
        try:
            return _REGISTER.validate_python(json.loads(content)) if content else {}
        except (ValueError, RecursionError) as wrong:
            what = "no register of SAEs" if isinstance(wrong, ValidationError) else f"not JSON: {wrong}"
            raise Invalid(
                f"{self._home.path(REGISTER)} is {what}.", next="Delete it, and import those SAEs again."
            ) from wrong

    def write(self, register: Mapping[str, Kept]) -> None:
        plain = {slug: kept.model_dump(mode="json", exclude_defaults=True) for slug, kept in register.items()}
        self._home.write(REGISTER, json.dumps(plain, indent=2, ensure_ascii=False).encode())

    def add(self, new: Mapping[str, Kept]) -> None:
        """Those whose slug and path nobody has taken meanwhile."""
        with self.alone():
            register = self.read()
            paths = {kept.path for kept in register.values()}
            free = {slug: kept for slug, kept in new.items() if slug not in register and kept.path not in paths}
            self.write({**register, **free})

    def drop(self, slug: str) -> None:
        with self.alone():
            register = self.read()
            if register.pop(slug, None) is not None:  # Another process may have been quicker.
                self.write(register)


_REGISTER = TypeAdapter(dict[str, Kept])


def _stamp(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size
