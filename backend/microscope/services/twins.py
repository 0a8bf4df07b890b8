"""The same SAE under two names: exported and imported again, or copied."""

from __future__ import annotations

from microscope.core.saes.identity import content_sha256
from microscope.errors import Trouble
from microscope.store.checkpoints import read_sae
from microscope.store.saes import Entry, Library


def twins(library: Library, slug: str) -> tuple[str, ...]:
    """Other slugs under which these weights are known; only those are read whose sizes and site are the same.

    Raises:
        NotFound: there is no such SAE.
    """
    one = library.get(slug)
    alike = [other for other in library.list().entries.values() if other.slug != slug and _sort(other) == _sort(one)]
    own = _weights(one) if alike else ""
    return tuple(other.slug for other in alike if own and _weights(other) == own)


def _sort(entry: Entry) -> tuple[str, int, int, int]:
    spec = entry.spec
    return spec.site, spec.d_in, spec.d_sae, spec.d_out


def _weights(entry: Entry) -> str:
    """Their hash; empty where they cannot be read."""
    try:
        return content_sha256(read_sae(entry.path).weights)
    except Trouble:
        return ""
