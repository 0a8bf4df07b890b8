"""`<home>/saes.json`: SAEs that lie elsewhere, names that SAEs have and had before, and what was said on import.

    {"theirs": {"path": "/data/sae", "source": "owner/name", "site": "L5.mlp_out", "model_name": "gpt2",
                "formerly": ["sae"], "run": "", "weights_sha256": "ab12…", "stamp": [1790000000000000000, 3160000]}}

What was said is of the weights that lay there, and so are former names and the run that made them: all of it lapses
where others take their place. Files that are gone from their place and turn up at another are known by their weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from microscope.core.saes.base import Spec
from microscope.errors import Invalid
from microscope.store.checkpoints import sha256
from microscope.store.files import Folder

REGISTER = "saes.json"
RUN = "run"
"""Among an SAE's own words on its training: the run that made it."""


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

    formerly: tuple[str, ...] = ()
    """Names that it had before."""

    run: str = ""
    """Of this home, that made it; empty where none did."""

    weights_sha256: str = ""
    """Of the file of weights that this was said of; empty where nothing was."""

    stamp: tuple[int, int] = (0, 0)
    """Time of that file's last change in ns, and its bytes: while they stay, it is not hashed again."""

    @property
    def says_nothing(self) -> bool:
        return not (self.site or self.model_name)

    def known_by(self, weights: Path) -> Kept:
        """With what tells these weights from others: of an own one that nothing was said of, its file's time alone."""
        plain = self.says_nothing and not (self.source or self.formerly or self.run)
        hashed = "" if plain else weights_sha256(weights)
        return self.model_copy(update={"weights_sha256": hashed, "stamp": _stamp(weights)})

    def is_of(self, weights: Path) -> bool:
        """These are the weights that it was kept for: the same file, or another of the same bytes."""
        now = _stamp(weights)
        same_size = bool(self.weights_sha256) and self.stamp[1] == now[1]
        return self.stamp == now or (same_size and self.weights_sha256 == _hashed(weights, now))

    def is_behind(self, weights: Path) -> bool:
        """Nothing tells it but the time of its file, and that has gone on: it was seen while it was being written."""
        return not self.weights_sha256 and self.stamp != _stamp(weights)

    def sha256_of(self, weights: Path) -> str:
        """Of a file of weights; not hashed where it is the one that it was kept for, unchanged."""
        now = _stamp(weights)
        return self.weights_sha256 if self.weights_sha256 and self.stamp == now else _hashed(weights, now)


NOBODY = Kept(path="")


def still_meant(kept: Kept, weights: Path) -> Given:
    """What was said, where it was said of these weights; else nothing."""
    if kept.says_nothing:
        return NOTHING
    return Given(kept.site, kept.model_name) if not kept.weights_sha256 or kept.is_of(weights) else NOTHING


def moved_from(register: Mapping[str, Kept], weights: Path) -> str:
    """Slug of the SAE whose files are gone from their place and have these weights; empty where none or several are."""
    gone = [slug for slug, kept in register.items() if not Path(kept.path).exists() and kept.is_of(weights)]
    return gone[0] if len(gone) == 1 else ""


def with_name(formerly: tuple[str, ...], old: str, slug: str) -> tuple[str, ...]:
    """Former names of what is called `slug` from now on, and was called `old` until now; empty is none."""
    return tuple(dict.fromkeys(name for name in (*formerly, old) if name and name != slug))


class Lying(NamedTuple):
    """Where an SAE was found."""

    path: Path
    weights: Path
    """The file of them."""


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

    def add(self, new: Mapping[str, Lying]) -> None:
        """Those on our shelves whose slug and path nobody has taken meanwhile; one that was moved is known again, and
        one that was seen half written is known as it is now.
        """
        with self.alone():
            before = register = self.read()
            for slug, (path, weights) in new.items():
                register = _added(register, slug, path, weights)
            if register != before:
                self.write(register)

    def drop(self, slug: str) -> None:
        with self.alone():
            register = self.read()
            if register.pop(slug, None) is not None:  # Another process may have been quicker.
                self.write(register)


def _added(register: dict[str, Kept], slug: str, path: Path, weights: Path) -> dict[str, Kept]:
    if here := next((name for name, kept in register.items() if kept.path == str(path)), ""):
        kept = register[here]
        return {**register, here: kept.known_by(weights)} if kept.is_behind(weights) else register
    old = moved_from(register, weights)
    if slug in register and slug != old:
        return register
    was = register.get(old, NOBODY)
    place = {"path": str(path), "source": "", "formerly": with_name(was.formerly, old, slug)}
    rest = {name: kept for name, kept in register.items() if name != old}
    return {**rest, slug: was.model_copy(update=place).known_by(weights)}


_REGISTER = TypeAdapter(dict[str, Kept])


def weights_sha256(file: Path) -> str:
    """Of a file of weights; hashed again only where it has changed."""
    return _hashed(file, _stamp(file))


def _stamp(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=4096)
def _hashed(file: Path, _stamp: tuple[int, int]) -> str:
    return sha256(file)
