"""What is asked of the queue, how it stands, and the families whose specs it takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from microscope.wire.base import Wire
from microscope.wire.runs import Evidence, RunRow


class NewRun(Wire):
    """A spec for the queue."""

    spec: dict[str, JsonValue]
    """`kind` and that family's parameters; what is left out has the family's default."""

    name: str = Field(default="", max_length=200)
    """What people call it."""

    priority: int = Field(default=0, ge=-100, le=100)
    """Higher runs first."""

    tags: tuple[str, ...] = ()
    """Words to find it by."""

    hold: bool = False
    """Paused until somebody resumes it."""


class SpecOnly(Wire):
    """A spec that is looked at and not queued."""

    spec: dict[str, JsonValue]
    """`kind` and that family's parameters."""


class QueueChange(Wire):
    """What to change about the queue."""

    paused: bool
    """Whether workers leave planned runs alone."""


class Preflight(Wire):
    """What a spec would do and cost, before it costs anything."""

    spec: dict[str, JsonValue]
    """With every default filled in."""

    says: tuple[str, ...]
    """What it will do and need, in sentences."""

    warnings: tuple[str, ...]
    """What may disappoint."""


class Way(Wire):
    """A change of a spec that was refused, with which it would run."""

    says: str
    """What it does, such as `Write to /data/saes-2`."""

    fields: dict[str, JsonValue]
    """Parameters in the place of the spec's own."""


class RunChange(Wire):
    """What to change about a run; null leaves it."""

    action: Literal["pause", "resume", "cancel", "requeue"] | None = None
    """What should become of it."""

    priority: int | None = Field(default=None, ge=-100, le=100)
    """Its new priority."""

    before: str | None = None
    """Id of a planned run of the same priority that it is to precede."""

    name: str | None = Field(default=None, max_length=200)
    """Its new name."""

    tags: tuple[str, ...] | None = None
    """Its new tags, in the place of those that it has."""

    add_tags: tuple[str, ...] = ()
    """Tags that it gets besides those that it has, whatever somebody else made of them meanwhile."""

    remove_tags: tuple[str, ...] = ()
    """Tags that it loses; one that it has not is no error, and one that is in `add_tags` too stays."""


class FamilyCard(Wire):
    """A family of experiments, and the form that starts one."""

    kind: str
    """What specs name it by."""

    title: str
    """What people call it, such as `Train a sparse autoencoder`."""

    says: str
    """What it does, in a sentence or two."""

    evidence: Evidence
    """What its result may claim."""

    form: dict[str, JsonValue]
    """JSON schema of its parameters: a form is made from it."""


class QueueTotals(Wire):
    """How many runs there are of each list of the queue, shown or not."""

    running: int
    """Being worked on."""

    planned: int
    """Waiting to be claimed."""

    held: int
    """Paused."""

    ended: int
    """Succeeded, failed or cancelled."""


class QueueState(Wire):
    """The queue at a glance."""

    paused: bool
    """Nobody claims planned runs."""

    workers: tuple[str, ...]
    """Processes that claim runs, as `host:pid`; this server is the first."""

    totals: QueueTotals
    """Of the lists below, which do not show all."""

    running: tuple[RunRow, ...]
    """Being worked on; at most 200."""

    planned: tuple[RunRow, ...]
    """In the order in which they will be claimed; at most 200."""

    held: tuple[RunRow, ...]
    """Paused ones; at most 200."""

    ended: tuple[RunRow, ...]
    """The last 20 that ended."""
