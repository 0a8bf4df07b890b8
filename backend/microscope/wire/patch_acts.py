"""At which tokens of a text patches acted."""

from __future__ import annotations

from microscope.wire.base import Wire


class MemberActed(Wire):
    """One patch of a set that acts at some tokens and not at others."""

    set: str
    """Hash of the set."""

    member: int
    """The patch's place in the set, from 0."""

    spans: tuple[tuple[int, int], ...]
    """From a position, to before another, in order: where the set was in force and the patch's scope is; of one that
    asks a feature, where that fired in the very passes that computed the tokens."""


class Acted(Wire):
    """Where patches acted that do not act at every token; those that do are in each turn's own `patches`."""

    end: int
    """The tokens before this position are read; the last one of a stopped turn is not yet."""

    members: tuple[MemberActed, ...]
    """By set and place, in the order in which they first acted."""
