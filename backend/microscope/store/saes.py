"""The SAEs that are known here, by slug: shipped ones, this server's own, and files elsewhere that were imported.

    shipped    sae_checkpoints/ of a checkout, or the copy of it that lies in the installed package
    own        SAE_CACHE_DIR where it is set, and <home>/saes/
    imported   <home>/saes.json: {slug: {path, source, site, model_name}}, the last two where they were said on import

A slug is the folder's name; where two have the same, the shipped one keeps it and the others carry a digest of their
path. A listing reads headers and configurations, never a tensor's worth of numbers. Knows no model and no device.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from filelock import FileLock
from pydantic import JsonValue

from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import parse_site, place_in_order
from microscope.errors import Incompatible, Invalid, NotFound, Trouble
from microscope.store.checkpoints import describe, detect, read_metrics, read_sae, resolve
from microscope.store.files import Folder
from microscope.store.sae_formats.base import Found

Where = Literal["shipped", "own", "imported"]

REGISTER = "saes.json"

PACKAGE = Path(__file__).parents[1]
SHIPPED = (PACKAGE / "bundled" / "saes", PACKAGE.parents[1] / "sae_checkpoints")
"""Where SAEs come with the program: in an installed package, and in a checkout."""

_PLAIN = re.compile(
    r"ae|sae|params|autoencoder|final|checkpoints|sae_weights|average_l0_\d+|width_\w+|(trainer|layer|layers|h)[._]\d+"
)
"""Names that many have: the folder's above is put before them."""

MAX_SLUG = 80


Around = tuple[tuple[str, int, int], ...]
"""Name, time of the last change in ns and bytes of files."""


class Stamp(NamedTuple):
    """Tells files from those that take their place."""

    files: tuple[tuple[str, int, int], ...]
    """Path, time of the last change in ns, bytes."""

    @classmethod
    def of(cls, found: Found) -> Stamp:
        stats = [(str(file), file.stat()) for file in found.files]
        return cls(tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))


class Given(NamedTuple):
    """What was said of an SAE on import; its files stay as they are. Empty is what they say themselves."""

    site: str = ""
    model_name: str = ""

    def overlaid(self, given: Given) -> dict[str, str]:
        """What is said of it now, by name."""
        said = {**self._asdict(), **{name: value for name, value in given._asdict().items() if value}}
        return {name: value for name, value in said.items() if value}

    def applied(self, spec: Spec) -> Spec:
        """The hash of a model's weights goes with its name: whoever says that it is this model means these weights."""
        told = {name: value for name, value in self._asdict().items() if value}
        return spec.model_copy(update={**told, "weights_sha256": ""} if self.model_name else told)


NOTHING = Given()


class Entry(NamedTuple):
    """An SAE of the library."""

    slug: str
    """Its name in URLs."""

    where: Where
    path: Path
    """As `read_sae` takes it."""

    source: str
    """As it was asked for, where it was imported."""

    found: Found
    stamp: Stamp

    spec: Spec
    """What it is, with what was said on import."""

    filed: Spec
    """What its files alone say."""

    given: Given
    """What was said on import."""

    metrics: dict[str, JsonValue]
    """What it was measured to be worth, by its own file."""

    @property
    def n_bytes(self) -> int:
        """Of its files."""
        return sum(size for _, _, size in self.stamp.files)


class Broken(NamedTuple):
    """Something that lies where SAEs lie and cannot be read."""

    path: Path
    trouble: Trouble


class Listing(NamedTuple):
    """All of them by slug, and what is wrong with the rest."""

    entries: dict[str, Entry]
    broken: tuple[Broken, ...]


class Library:
    """Reads folders anew at every listing; what did not change is not read again."""

    def __init__(self, folder: Folder, cache: str = "", shipped: tuple[Path, ...] = SHIPPED) -> None:
        """
        Args:
            folder: the home.
            cache: a folder that own SAEs are written to and looked for in; `saes` in the home where empty.
        """
        self._home = folder
        self.own = Path(cache).expanduser().absolute() if cache else folder.path("saes")
        self._shelves: tuple[tuple[Where, Path], ...] = (
            *(("shipped", path) for path in shipped),
            *(("own", path) for path in dict.fromkeys((self.own, folder.path("saes")))),
        )
        self._known: dict[Path, tuple[Around, Entry]] = {}

    def list(self) -> Listing:
        """In the order in which a forward pass reaches their sites, then by name; those without a site of ours last."""
        entries: dict[str, Entry] = {}
        broken: list[Broken] = []
        seen: set[Path] = set()
        given = self._given()
        for where, path, source, wanted in self._places():
            if path in seen:
                continue
            seen.add(path)
            try:
                entry = self._read(where, path, source)
                said = given.get(path, NOTHING)
                entry = entry._replace(spec=said.applied(entry.filed), given=said)
            except Exception as wrong:  # Whatever one of them is, the others are listed.
                broken.append(Broken(path, wrong if isinstance(wrong, Trouble) else _unread(path, wrong)))
                continue
            slug = wanted or entry.slug
            slug = slug if slug not in entries else _told_apart(slug, path)
            entries[slug] = entry._replace(slug=slug)
        return Listing(dict(sorted(entries.items(), key=_in_order)), tuple(broken))

    def get(self, slug: str) -> Entry:
        """
        Raises:
            NotFound: there is none; says which there are.
        """
        listing = self.list()
        if slug not in listing.entries:
            raise NotFound(
                f"There is no SAE {slug!r} here; there are {', '.join(listing.entries) or 'none'}.",
                next="Import it by its path or hub id: microscope import-sae PATH_OR_ID",
            )
        return listing.entries[slug]

    def sae(self, entry: Entry) -> Sae:
        """With its tensors, and with what was said on import.

        Raises:
            NotFound, Invalid, Incompatible, Unsupported: as `read_sae` says.
        """
        return Sae(entry.spec, read_sae(entry.path).weights)

    def given(self, path: Path) -> Given:
        """What was said of the SAE at a path when it was imported; nothing, where it was not."""
        wanted = path.expanduser().resolve()
        return next((given for one, given in self._given().items() if one.resolve() == wanted), NOTHING)

    def find(self, path: Path) -> Entry | None:
        """The entry of a path, if it is in the library."""
        wanted = path.expanduser().resolve()
        return next((one for one in self.list().entries.values() if one.path.resolve() == wanted), None)

    def register(self, path: Path, source: str, name: str = "", given: Given = NOTHING) -> Entry:
        """Know an SAE that lies elsewhere, and stays there; or say more of one that is known.

        Args:
            source: as it was asked for: a path or a hub id.
            name: to be its slug, in the place of one that it was imported under; by default made of its path.
            given: what its files do not say, or say otherwise; what was given before stays where this is silent.

        Raises:
            NotFound, Invalid, Unsupported: it cannot be read.
            Incompatible: its files say that it reads another site than the one that is given.
        """
        path = resolve(path).absolute()
        check_given(given, self._read("imported", path, source).filed)
        with self._alone():
            known = self.find(path)
            path = known.path if known else path
            slug = self._slug(known, path, name)
            if known and slug == known.slug and not any(given):
                return known
            register = {one: kept for one, kept in self._register().items() if Path(kept["path"]) != path}
            register[slug] = {"path": str(path), "source": source, **self.given(path).overlaid(given)}
            self._home.write(REGISTER, json.dumps(register, indent=2, ensure_ascii=False).encode())
        return self.get(slug)

    def name_at(self, path: Path) -> str:
        """What one that is written to that path is called, or will be once it is known."""
        known, path = self.find(path), path.expanduser().absolute()
        if known or path.parent not in (shelf for _, shelf in self._shelves):
            return self._slug(known, path, "")
        # What lies on a shelf has its name before those that are imported have theirs.
        taken = [slug for slug, entry in self.list().entries.items() if entry.where == "shipped"]
        slug = slug_of(path.name)
        return _told_apart(slug, path) if slug in taken else slug

    def _slug(self, known: Entry | None, path: Path, name: str) -> str:
        """What it is called from now on: a new name is for what is imported alone."""
        if known and (not name or known.where != "imported"):
            return known.slug
        slug = slug_of(name or _name(path))
        taken = slug in self.list().entries and not (known and known.slug == slug)
        return _told_apart(slug, path) if taken else slug

    def place(self, name: str) -> Path:
        """A folder of its own for a new SAE of that name; not made yet, and not one that is there."""
        slug = slug_of(name)
        taken = [slug, *(f"{slug}-{count}" for count in range(2, 1000))]
        return next(self.own / one for one in taken if not (self.own / one).exists())

    def discard(self, folder: Path) -> None:
        """Delete what was put into our own folder and is no SAE."""
        assert folder.parent == self.own, f"{folder} is not ours"
        shutil.rmtree(folder)
        self._known.pop(folder, None)

    def remove(self, slug: str) -> Entry:
        """Forget an imported one, whose files stay; delete an own one with its files.

        Raises:
            NotFound: there is none.
            Invalid: it is shipped.
        """
        entry = self.get(slug)
        match entry.where:
            case "shipped":
                raise Invalid(f"{slug} is part of the program.", next="Remove imported ones and your own.")
            case "imported":
                self._forget(slug)
            case "own":
                shutil.rmtree(entry.path) if entry.path.is_dir() else entry.path.unlink()
                self._forget(slug)  # What was said of it on import.
        self._known.pop(entry.path, None)
        return entry

    def _forget(self, slug: str) -> None:
        with self._alone():
            register = self._register()
            if register.pop(slug, None) is not None:  # Another process may have been quicker.
                self._home.write(REGISTER, json.dumps(register, indent=2, ensure_ascii=False).encode())

    def _places(self) -> Iterator[tuple[Where, Path, str, str]]:
        """Where each lies, how it was asked for, and the slug that it was given."""
        for where, shelf in self._shelves:
            if shelf.is_dir():
                children = [child for child in shelf.iterdir() if not child.name.startswith(".")]
                for child in sorted(child for child in children if child.is_dir()):
                    yield where, child, "", ""
        for slug, kept in self._register().items():
            yield "imported", Path(kept["path"]), kept["source"], slug

    def _read(self, where: Where, path: Path, source: str) -> Entry:
        around = _around(path) if path.exists() else ()
        known = self._known.get(path)
        if known is None or known[0] != around:
            found = detect(path)
            slug, stamp, metrics = slug_of(_name(path)), Stamp.of(found), read_metrics(path)
            spec = describe(found)
            known = around, Entry(slug, where, path, source, found, stamp, spec, spec, NOTHING, metrics)
            self._known[path] = known
        return known[1]._replace(where=where, source=source)

    def _alone(self) -> FileLock:
        """Held while the register is read and written anew: no other process, and no other thread, does the same."""
        return FileLock(self._home.path(f".{REGISTER}.lock"))

    def _given(self) -> dict[Path, Given]:
        kept = self._register().values()
        return {Path(one["path"]): Given(one.get("site", ""), one.get("model_name", "")) for one in kept}

    def _register(self) -> dict[str, dict[str, str]]:
        content = self._home.read(REGISTER)
        try:
            return json.loads(content) if content else {}
        except ValueError as wrong:
            raise Invalid(
                f"{self._home.path(REGISTER)} is not JSON: {wrong}.", next="Delete it, and import those SAEs again."
            ) from wrong


def check_given(given: Given, filed: Spec) -> None:
    """
    Raises:
        Invalid: no site.
        Incompatible: its files name another one that this program reads.
    """
    if not given.site:
        return
    site = parse_site(given.site)
    try:
        says = parse_site(filed.site)
    except Invalid:  # None, or a place under a name that is not ours.
        return
    if says != site:
        raise Incompatible(
            f"Its files say that it reads {says}; {site} was given.", next="Import it without a site, or give that one."
        )


def slug_of(name: str) -> str:
    """A name for URLs.

    Raises:
        Invalid: nothing of it can stand in one.
    """
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:MAX_SLUG]
    if not slug:
        raise Invalid(f"{name!r} leaves no name for an address.", next="Give a name of letters and digits.")
    return slug


def _name(path: Path) -> str:
    """A folder's name, or a file's without its ending; with those above where many are called so."""
    parts = [*path.parts[:-1], path.name if path.is_dir() else path.stem]
    name = parts.pop()
    last = name
    while parts and _PLAIN.fullmatch(last) and parts[-1] not in ("/", ""):
        last = parts.pop()
        name = f"{last}-{name}"
    return name


def _unread(path: Path, wrong: Exception) -> Invalid:
    return Invalid(
        f"{path} cannot be read ({type(wrong).__name__}: {wrong}).", next="Mend it, or move it to another folder."
    )


def _in_order(named: tuple[str, Entry]) -> tuple[int, int, str]:
    slug, entry = named
    return *place_in_order(entry.spec.site), slug


def _told_apart(slug: str, path: Path) -> str:
    return f"{slug}-{hashlib.sha256(str(path).encode()).hexdigest()[:6]}"


def _around(path: Path) -> Around:
    """What a description of this SAE depends on: the files of its folder, or a file with those beside it."""
    files = sorted(path.iterdir() if path.is_dir() else path.parent.iterdir())
    stats = [(file.name, file.stat()) for file in files if not file.name.startswith(".")]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
