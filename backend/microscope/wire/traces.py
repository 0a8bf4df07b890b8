"""Texts that are read and not continued, named by the hash of their content."""

from __future__ import annotations

from microscope.wire.base import Wire
from microscope.wire.conversations import InForceFrom, Role


class Trace(Wire):
    """A text that was run once and can be looked at for ever."""

    hash: str
    """Its name in URLs: of its weights, ids and roles, and of its set of patches where it has one."""

    model: str
    """Slug of its model here; empty where that was never opened."""

    model_name: str
    """Hub id, folder or bundled name of the model that it was made with."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    ids: tuple[int, ...]
    """Every token's id, by position."""

    roles: tuple[Role, ...]
    """One for each token."""

    patches: str | None = None
    """Hash of the set of patches that was in force; null is the model as it is, or what `schedule` says."""

    schedule: tuple[InForceFrom, ...] | None = None
    """Which sets were in force from which position on, where one was put in the place of another; null elsewhere."""

    resident: bool
    """Its residuals are in memory; otherwise a reading computes them again."""


class NewTrace(Wire):
    """Exactly one of `text`, `ids`, `conversation`, `trace`."""

    model: str | None = None
    """Slug; the current model by default. A conversation and a trace bring their own."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab."""

    conversation: str | None = None
    """Id of a conversation whose tokens are run, as its last answer was computed where `patches` is left out: under the
    sets that were in force then. Where an earlier answer was said under others, it has other numbers there."""

    trace: str | None = None
    """Hash of a trace whose tokens are run, with their roles, under `patches` in the place of its own."""

    patches: str | None = None
    """Hash of a set of patches in force; null is the model as it is. Left out beside a conversation, its own."""


class TraceRow(Wire):
    """A trace in a list."""

    hash: str
    """Its name in URLs."""

    model: str
    """Slug of its model."""

    patches: str | None
    """As of the trace."""

    n_tokens: int
    """How many tokens it has."""

    begins: tuple[int, ...]
    """Its first ids, for a title."""
