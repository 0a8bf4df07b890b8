"""Which SAE a dictionary is of: by the hashes of weights and rule that its harvest recorded, whatever either is called.

A dictionary is called as its SAE, unless the harvest was asked for another name. Where an SAE was trained anew under an
old name, the dictionary that stands there is of nobody: its numbers are not those of the SAE of that name any more. The
hash of an SAE's files is kept until these change. May be asked from any thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from microscope.core.saes.identity import rule_sha256
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.services.twins import twins
from microscope.store.activity import RULE, WEIGHTS, harvested, head_of
from microscope.store.files import Folder
from microscope.store.sae_content import weights_of
from microscope.store.saes import Entry, Library

Head = Mapping[str, Any]
"""`dictionary.json`."""


class Dictionaries:
    """See the head of this file."""

    def __init__(self, folder: Folder, library: Library) -> None:
        self._folder = folder
        self._library = library

    def sae_of(self, name: str) -> str:
        """Slug of the SAE that a dictionary is of; empty where that one is not here, or no dictionary."""
        entries, head = self._library.list().entries, head_of(self._folder, name)
        if not head:
            return ""
        if name in entries:
            return name if self._may_be(head, entries[name]) else ""
        # The file that was harvested is the likeliest: it is read first.
        near = sorted(entries.values(), key=lambda one: str(one.path.absolute()) != head.get("sae_path"))
        return next((one.slug for one in near if self._is(head, one)), "")

    def of_saes(self, slugs: Collection[str]) -> dict[str, str]:
        """A dictionary of each of these SAEs that has one: the one of its own name before others."""
        entries = self._library.list().entries
        heads = dict(self._heads())

        def named(slug: str) -> str:
            own_first = sorted(heads, key=lambda name: name != slug)
            return next((name for name in own_first if self._shown(name, heads[name], entries, slug)), "")

        return {slug: name for slug in slugs if slug in entries and (name := named(slug))}

    def all_of(self, slug: str) -> tuple[str, ...]:
        """Every dictionary of an SAE, the one of its own name first.

        Raises:
            NotFound: there is no such SAE.
        """
        entry = self._library.get(slug)
        entries = self._library.list().entries
        names = [name for name, head in self._heads() if self._shown(name, head, entries, entry.slug)]
        return tuple(sorted(names, key=lambda name: name != slug))

    def twins(self, slug: str) -> tuple[str, ...]:
        """Other SAEs of the same weights, whose features the same dictionaries hold.

        Raises:
            NotFound: there is no such SAE.
        """
        return twins(self._library, slug)

    def meant(self, name: str) -> str:
        """Slug of the SAE that is meant by its own name, or by that of a dictionary of it.

        Raises:
            NotFound: the SAE of that dictionary is not here.
        """
        head = head_of(self._folder, name)
        if not head or name in self._library.list().entries:
            return name
        if found := self.sae_of(name):
            return found
        raise NotFound(
            f"The SAE that the features of {name!r} were harvested from is not here.",
            next=f"Import it again, if its files are still there: microscope import-sae {head.get('sae_path')}",
        )

    def check(self, name: str) -> None:
        """
        Raises:
            Incompatible: another SAE stands under its name than the one that it is of.
            NotFound: neither it nor an SAE of that name is here, or that SAE's features have another name.
        """
        known, head = name in self._library.list().entries, head_of(self._folder, name)
        if known and head and not self.sae_of(name):
            raise Incompatible(
                f"The features of {name!r} were harvested from an earlier version of this SAE.",
                next=f"Harvest it again: microscope harvest {name}",
            )
        if not known and not head and (now := self._library.list().now_called(name)):
            other = self.of_saes([now]).get(now, now)
            raise NotFound(f"The SAE {name!r} is called {now!r} now.", next=f"Open /features?sae={other}")
        if not known and not head:
            raise NotFound(f"There is no SAE {name!r} here.", next="Those that are: microscope saes, or the page /saes")
        if not head and (other := self.of_saes([name]).get(name)):
            raise NotFound(f"The features of {name!r} are called {other!r} here.", next=f"Open /features?sae={other}")

    def _heads(self) -> Iterator[tuple[str, Head]]:
        """Those that can be read."""
        for name in harvested(self._folder):
            with suppress(Invalid):
                yield name, head_of(self._folder, name)

    def _shown(self, name: str, head: Head, entries: Mapping[str, Entry], slug: str) -> bool:
        """It is of this SAE. What stands under the name of another SAE that it is not of is shown to nobody."""
        of_it = name == slug or self._is(head, entries[slug])
        return of_it and (name not in entries or self._may_be(head, entries[name]))

    def _may_be(self, head: Head, entry: Entry) -> bool:
        """Nothing speaks against it: a head without a hash, or files that cannot be read, prove nothing."""
        if head.get("d_sae") != entry.spec.d_sae or not _by_its_rule(head, entry):
            return False
        return not head.get(WEIGHTS) or weights_of(entry) in ("", head[WEIGHTS])

    def _is(self, head: Head, entry: Entry) -> bool:
        wanted = head.get(WEIGHTS)
        same = bool(wanted) and head.get("d_sae") == entry.spec.d_sae and _by_its_rule(head, entry)
        return same and weights_of(entry) == wanted


def _by_its_rule(head: Head, entry: Entry) -> bool:
    """The same tensors may be read with another k or scale: other activations. An older head names no rule."""
    return head.get(RULE) in (None, rule_sha256(entry.spec))
