"""Sweeps: every combination of some values of a spec's fields, each a run."""

from __future__ import annotations

from pydantic import Field, JsonValue

from microscope.wire.base import Wire
from microscope.wire.runs import RunStatus


class SweepOnly(Wire):
    """A sweep that is looked at and not queued."""

    spec: dict[str, JsonValue]
    """`kind` and that family's parameters, which all of its runs share."""

    axes: tuple[str, ...]
    """Each a field and its values, as `seed=1,2,3` or `architecture.k=16, 32`; values are YAML."""


class NewSweep(SweepOnly):
    """A sweep for the queue."""

    tag: str = Field(default="", max_length=60)
    """Of all of its runs; empty is one that is drawn from spec and axes."""

    tags: tuple[str, ...] = ()
    """Further ones."""

    priority: int = Field(default=0, ge=-100, le=100)
    """Higher runs first."""

    hold: bool = False
    """Paused until somebody resumes them."""


class SweepChild(Wire):
    """A run of a sweep, queued or not."""

    name: str
    """The family and the beginning of the hash of its content: of the same spec over the same data the same."""

    at: dict[str, JsonValue]
    """Value on each axis."""

    run: str | None
    """Id of the run that it has already; null where it has none."""

    status: RunStatus | None
    """Of that run."""


class SweepPlan(Wire):
    """What a sweep would do."""

    total: int
    """Combinations."""

    new: int
    """Runs that would be queued: the others have one that waits, works or has succeeded."""

    children: tuple[SweepChild, ...]
    """At most 20."""

    says: tuple[str, ...]
    """What the first of them would do and need, in sentences; empty where it has a run already."""


class QueuedSweep(Wire):
    """What has become of a sweep."""

    tag: str
    """That all of its new runs have."""

    queued: int
    """New runs."""

    total: int
    """Combinations."""
