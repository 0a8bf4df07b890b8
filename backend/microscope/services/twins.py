"""The same SAE under several names: exported and imported again, or copied. May be asked from any thread."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from microscope.core.saes.identity import rule_sha256
from microscope.store.sae_content import weights_of
from microscope.store.saes import Entry, Library


def twins(library: Library, slug: str) -> tuple[str, ...]:
    """Other slugs under which these weights are known.

    Raises:
        NotFound: there is no such SAE.
    """
    one = library.get(slug)
    like = [other for other in library.list().entries.values() if _sort(other) == _sort(one)]
    return next((tuple(name for name in group if name != slug) for group in _groups(like) if slug in group), ())


def all_twins(library: Library) -> tuple[tuple[str, ...], ...]:
    """Slugs of the same weights, for all that have several names; each in the order of the library."""
    entries = library.list().entries
    place = {slug: number for number, slug in enumerate(entries)}
    groups = [sorted(group, key=place.__getitem__) for group in _groups(entries.values())]
    return tuple(tuple(group) for group in sorted(groups, key=lambda group: place[group[0]]))


def _groups(entries: Iterable[Entry]) -> list[list[str]]:
    """Slugs by weights, two and more; only those are read whose sizes, site and rule are the same."""
    sorts = [list(alike) for _, alike in groupby(sorted(entries, key=_sort), _sort)]
    hashed = sorted((weights_of(one), one.slug) for alike in sorts if len(alike) > 1 for one in alike)
    named = [[slug for _, slug in same] for weights, same in groupby(hashed, lambda pair: pair[0]) if weights]
    return [group for group in named if len(group) > 1]


def _sort(entry: Entry) -> tuple[str, int, int, int, str]:
    spec = entry.spec
    return spec.site, spec.d_in, spec.d_sae, spec.d_out, rule_sha256(spec)
