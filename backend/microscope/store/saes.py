"""The SAEs that are known here, by slug: shipped ones, this server's own, and files elsewhere that were imported.

    shipped    those that `shipped.json` names, by their weights, in sae_checkpoints/ of a checkout, or in the installed
               package's copy
    own        SAE_CACHE_DIR where it is set, and <home>/saes/; folders of folders too, such as a sweep's
    imported   <home>/saes.json (`sae_register.py`), which keeps what was said of any of them, too

A slug is the folder's name; where another has it already, a digest of the path follows it. One that was given stays:
the register keeps it. A listing reads headers and configurations, never a tensor's worth of numbers, but to hash
weights that changed after something was said of them. Knows no model and no device.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import JsonValue

from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import parse_site, place_in_order
from microscope.errors import Incompatible, Invalid, NoRoom, NotFound, Trouble
from microscope.paths import expanded
from microscope.store.checkpoints import describe, detect, read_metrics, read_sae, resolve
from microscope.store.files import Folder
from microscope.store.run_folder import made_here
from microscope.store.sae_formats.base import Found
from microscope.store.sae_formats.hooks import site_of
from microscope.store.sae_register import (
    NOBODY,
    NOTHING,
    RUN,
    Given,
    Kept,
    Lying,
    Register,
    moved_from,
    still_meant,
    with_name,
)
from microscope.store.sae_shelves import inside, shipped_in

Where = Literal["shipped", "own", "imported"]

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
    """What it was measured to be worth, by its own file; empty where that is of other weights."""

    metrics_say: str
    """Why there are none, though the file is there."""

    formerly: tuple[str, ...] = ()
    """Names that it had before."""

    run: str = ""
    """Of this home, that made it; empty where none did."""

    @property
    def n_bytes(self) -> int:
        """Of its files."""
        return sum(size for _, _, size in self.stamp.files)


class Broken(NamedTuple):
    """Something that lies where SAEs lie and cannot be read."""

    path: Path
    trouble: Trouble

    slug: str = ""
    """That it was imported under; empty where it lies on a shelf of ours."""


class Place(NamedTuple):
    """Where an SAE should lie."""

    where: Where
    path: Path
    source: str = ""
    slug: str = ""
    """That it was given; empty where it has none yet."""


class Listing(NamedTuple):
    """All of them by slug, and what is wrong with the rest."""

    entries: dict[str, Entry]
    broken: tuple[Broken, ...]

    def now_called(self, name: str) -> str:
        """Slug of the SAE that had this name before; empty where none did, or where another has it now."""
        if name in self.entries:
            return ""
        return next((slug for slug, one in self.entries.items() if name in one.formerly), "")


class Library:
    """Reads folders anew at every listing; what did not change is not read again."""

    def __init__(self, folder: Folder, cache: str = "", shipped: tuple[Path, ...] = SHIPPED) -> None:
        """
        Args:
            folder: the home.
            cache: a folder that own SAEs are written to and looked for in; `saes` in the home where empty.
        """
        self._home, self._register = folder, Register(folder)
        self.own = expanded(cache).absolute() if cache else folder.path("saes")
        self._shipped = shipped
        self._shelves = tuple(dict.fromkeys((self.own, folder.path("saes"))))
        self._known: dict[Path, tuple[Around, Entry]] = {}

    def list(self) -> Listing:
        """In the order in which a forward pass reaches their sites, then by name; those without a site of ours last."""
        register = self._register.read()
        listing = self._listed(register)
        kept = {one.path: one for one in register.values()}
        lying = {
            slug: Lying(one.path, one.found.weights) for slug, one in listing.entries.items() if one.where == "own"
        }
        if new := {slug: one for slug, one in lying.items() if _is_new(kept.get(str(one.path)), one.weights)}:
            with suppress(OSError, NoRoom):  # Where a home cannot be written to, names last as long as their folders.
                self._register.add(new)
                return self._listed(self._register.read())
        return listing

    def _listed(self, register: Mapping[str, Kept]) -> Listing:
        broken: list[Broken] = []
        read: list[tuple[Place, Entry]] = []
        for place in self._places(register):
            try:
                read.append((place, self._read(place, register)))
            except Exception as wrong:  # Whatever one of them is, the others are listed.
                trouble = wrong if isinstance(wrong, Trouble) else _unread(place.path, wrong)
                trouble.error, trouble.next = _printable(trouble.error), _printable(trouble.next)
                path = Path(_printable(str(place.path)))
                broken.append(Broken(path, trouble, place.slug if place.source else ""))
        entries = {place.slug: entry for place, entry in read if place.slug}
        taken = entries.keys() | {one.slug for one in broken}
        for place, entry in read:
            if not place.slug:
                slug = entry.slug if entry.slug not in taken else _told_apart(entry.slug, place.path, taken)
                entries[slug] = entry._replace(slug=slug)
                taken = taken | {slug}
        return Listing(dict(sorted(entries.items(), key=_in_order)), tuple(broken))

    def get(self, slug: str) -> Entry:
        """
        Raises:
            NotFound: there is none; says which there are, or what it is called now.
        """
        listing = self.list()
        if slug in listing.entries:
            return listing.entries[slug]
        if now := listing.now_called(slug):
            raise NotFound(f"The SAE {slug!r} is called {now!r} now.", next=f"Name it so, or open /saes/{now}.")
        raise NotFound(
            f"There is no SAE {slug!r} here; there are {', '.join(listing.entries) or 'none'}.",
            next="Import it by its path or hub id: microscope import-sae PATH_OR_ID",
        )

    def sae(self, entry: Entry) -> Sae:
        """With its tensors, and with what was said on import.

        Raises:
            NotFound, Invalid, Incompatible, Unsupported: as `read_sae` says.
        """
        return Sae(entry.spec, read_sae(entry.path).weights)

    def given(self, path: Path) -> Given:
        """What was said of the SAE at a path when it was imported, and still is of these files; else nothing."""
        wanted = expanded(path).resolve()
        kept = next((one for one in self._register.read().values() if Path(one.path).resolve() == wanted), None)
        return still_meant(kept, detect(path).weights) if kept else NOTHING

    def find(self, path: Path) -> Entry | None:
        """The entry of a path, if it is in the library."""
        return _at(path, self.list())

    def register(self, path: Path, source: str, name: str = "", given: Given = NOTHING, run: str = "") -> Entry:
        """Know an SAE that lies elsewhere, and stays there; or say more of one that is known. One whose files were
        moved keeps its name, unless another is given.

        Args:
            source: as it was asked for: a path or a hub id.
            name: to be its slug, in the place of one that it was imported under; by default made of its path.
            given: what its files do not say, or say otherwise; what was given before stays where this is silent.
            run: that made it, where one of this home did.

        Raises:
            NotFound, Invalid, Unsupported: it cannot be read; or another name for one that was not imported.
            Incompatible: its files say that it reads another site than the one that is given.
        """
        path = resolve(path).absolute()
        given = given._replace(site=site_of(given.site.strip())) if given.site else given
        filed = self._read(Place("imported", path), {}).filed
        check_given(given, filed)
        with self._register.alone():
            register = self._register.read()
            known = _at(path, listing := self._listed(register))
            path, weights = (known.path if known else path), detect(path).weights
            was = known.slug if known else moved_from(register, weights)
            keeps = was and not known and not name and was not in listing.entries
            slug = was if keeps else _slug(listing, known, path, name)
            old = register.get(was, Kept(path=str(path)))
            before = still_meant(old, weights)
            said = before.overlaid(given).beyond(filed, before)
            elsewhere = known is None or known.where == "imported"
            same = old if old.is_of(weights) else Kept(path=str(path))
            new = Kept(
                path=str(path),
                source=(known.source if known else source) if elsewhere else "",
                site=said.site or "",
                model_name=said.model_name or "",
                formerly=with_name(same.formerly, was, slug),
                run=run or same.run,
            ).known_by(weights)
            rest = {one: kept for one, kept in register.items() if one != was and Path(kept.path) != path}
            self._register.write(
                rest if new.says_nothing and known and known.where == "shipped" else {**rest, slug: new}
            )
        return self.get(slug)

    def name_at(self, path: Path) -> str:
        """What one that is written to that path is called, or will be once it is known."""
        listing, path = self.list(), expanded(path).absolute()
        return _slug(listing, _at(path, listing), path, "")

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
        for slug, kept in self._register.read().items():  # A listing in between may have given it a name.
            if Path(kept.path).is_relative_to(folder):
                self._register.drop(slug)

    def remove(self, slug: str) -> None:
        """Forget an imported one, whose files stay or are gone; delete an own one with its files.

        Raises:
            NotFound: there is none.
            Invalid: it is shipped.
        """
        if any(one.slug == slug for one in self.list().broken):
            self._register.drop(slug)
            return
        entry = self.get(slug)
        if entry.where == "shipped":
            raise Invalid(f"{slug} is part of the program.", next="Remove imported ones and your own.")
        if entry.where == "own":
            shutil.rmtree(entry.path)
            self._clear(entry.path.parent)
        self._register.drop(slug)  # With what was said of it on import.
        self._known.pop(entry.path, None)

    def forget(self, slug: str) -> None:
        """Forget an imported one, whose files stay or are gone.

        Raises:
            NotFound: there is none.
            Invalid: it was not imported.
        """
        entry = self.list().entries.get(slug)
        if entry is not None and entry.where != "imported":
            whose = "part of the program" if entry.where == "shipped" else f"your own: {entry.path}"
            raise Invalid(
                f"{slug} was not imported: it is {whose}.", next="Forget imported ones; delete your own on its card."
            )
        self.remove(slug)

    def _clear(self, folder: Path) -> None:
        """Without those that nothing lies in any more, up to the shelf."""
        while folder not in self._shelves and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def _places(self, register: Mapping[str, Kept]) -> Iterator[Place]:
        names = {Path(kept.path): slug for slug, kept in register.items()}
        found: dict[Path, Place] = {}
        for shelf in self._shipped:
            for path in shipped_in(shelf):
                found.setdefault(path, Place("shipped", path, "", names.get(path, "")))
        for path in (path for shelf in self._shelves for path in inside(shelf)):
            found.setdefault(path, Place("own", path, "", names.get(path, "")))
        for slug, kept in register.items():
            if kept.source:
                path = Path(kept.path)
                found.setdefault(path, Place("imported", path, kept.source, slug))
        yield from found.values()

    def _read(self, place: Place, register: Mapping[str, Kept]) -> Entry:
        path = place.path
        around = _around(path) if path.exists() else ()
        known, kept = self._known.get(path), register.get(place.slug)
        if known is None or known[0] != around:
            _check_name(path)
            found = detect(path)
            _check_name(found.weights)
            slug, stamp, spec = slug_of(_name(path)), Stamp.of(found), describe(found)
            hashed, run = (kept or NOBODY).sha256_of, str(spec.training.get(RUN, ""))
            entry = Entry(slug, place.where, path, "", found, stamp, spec, spec, NOTHING, *read_metrics(path, hashed))
            known = around, entry._replace(run=run if made_here(self._home, run, found.weights, hashed) else "")
            self._known[path] = known
        entry = known[1]
        said = still_meant(kept, entry.found.weights) if kept else NOTHING
        same = kept if kept and (kept.formerly or kept.run) and kept.is_of(entry.found.weights) else NOBODY
        return entry._replace(
            slug=place.slug or entry.slug,
            where=place.where,
            source=place.source,
            spec=said.applied(entry.filed),
            given=said,
            formerly=same.formerly,
            run=same.run or entry.run,
        )


def _is_new(kept: Kept | None, weights: Path) -> bool:
    return kept is None or kept.is_behind(weights)


def _at(path: Path, listing: Listing) -> Entry | None:
    wanted = expanded(path).resolve()
    return next((one for one in listing.entries.values() if one.path.resolve() == wanted), None)


def _slug(listing: Listing, known: Entry | None, path: Path, name: str) -> str:
    """What it is called from now on: a new name is for what is imported alone.

    Raises:
        Invalid: a new name for another.
    """
    slug = slug_of(name or _name(path))
    if known and (not name or slug == known.slug):
        return known.slug
    if known and known.where != "imported":
        whose = "part of the program" if known.where == "shipped" else "your own"
        raise Invalid(
            f"{known.slug} is {whose} and keeps its name; {name!r} was given.",
            next="Leave the name out, or import a copy of its folder under that name.",
        )
    others = (listing.entries.keys() | {one.slug for one in listing.broken}) - {known.slug if known else ""}
    return _told_apart(slug, path, others) if slug in others else slug


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


def _check_name(path: Path) -> None:
    """
    Raises:
        Invalid: its bytes are no text, which no answer and no register can hold.
    """
    if (said := _printable(str(path))) != str(path):
        raise Invalid(f"{said} has a name that is no valid Unicode.", next="Rename it.")


def _printable(text: str) -> str:
    """With `?` for what UTF-8 cannot hold, such as a byte of a file's name that is no text."""
    return text.encode(errors="replace").decode()


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


def _told_apart(slug: str, path: Path, taken: Container[str]) -> str:
    """With so much of the path's digest as no other name has."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()
    longer = (f"{slug}-{digest[:length]}" for length in range(6, len(digest) + 1))
    return next(name for name in longer if name not in taken)


def _around(path: Path) -> Around:
    """What a description of this SAE depends on: the files of its folder, or a file with those beside it."""
    files = sorted(path.iterdir() if path.is_dir() else path.parent.iterdir())
    stats = [(file.name, file.stat()) for file in files if not file.name.startswith(".")]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
