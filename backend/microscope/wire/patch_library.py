"""The library of patches: what a new one would be, sets and their names, and where either is used.

client  preview_patch {source}      → patch_progress …, patch_previewed
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.core.patches.scope import Scope
from microscope.wire.base import Ask, Wire
from microscope.wire.patches import AnyPatch, BrokenPatch, Origin
from microscope.wire.runs import RunStatus
from microscope.wire.traces import TraceRow


class PreviewPatch(Ask):
    """What a patch would be, before it is kept."""

    type: Literal["preview_patch"] = "preview_patch"
    model: str | None = None
    """As of `POST /api/patch`."""

    source: Origin
    """What it would be made of."""


class PatchProgress(Wire):
    """How far a `preview_patch` is whose prompts are read."""

    type: Literal["patch_progress"] = "patch_progress"
    of: int
    """Its `id`."""

    done: int
    """Prompts that were read."""

    total: int
    """Of so many."""


class PatchPreviewed(Wire):
    """Answer to `preview_patch`."""

    type: Literal["patch_previewed"] = "patch_previewed"
    id: int
    """Of the `preview_patch`."""

    model: str
    """Slug of the model that it would be made for."""

    hash: str
    """The name that it would have."""

    kept: str
    """What it is called here already; empty where it is not kept, or was put away."""

    patch: AnyPatch
    """Its content."""

    says: str
    """What strength 1 does, in words."""

    usual: float | None
    """Of `steer`: how long what passes its site is, on average over a fixed text."""

    promotes: tuple[int, ...]
    """Tokens whose logits adding the direction raises most, by the final norm's gain and W_U; none without one."""

    suppresses: tuple[int, ...]
    """Those that it lowers most."""


class SetName(Wire):
    """What a set is called."""

    name: str = Field(max_length=200)
    """Empty takes the name away."""


class SetMemberRow(Wire):
    """A patch of a set in a list."""

    hash: str
    """Of the patch."""

    name: str
    """As the library calls it; what it does in words where it is not there."""

    strength: float
    """How much of it."""

    scope: Scope
    """At which tokens."""


class PatchSetRow(Wire):
    """A set in a list."""

    hash: str
    """Its name in URLs."""

    name: str
    """As of the set."""

    members: tuple[SetMemberRow, ...]
    """In the order in which they act."""

    made_at: float | None
    """Unix time at which it was first kept; null where that was not written down."""


class PatchSetList(Wire):
    """Sets that are kept here, the last kept first."""

    items: tuple[PatchSetRow, ...]
    """Those of the page that was asked for."""

    total: int
    """Of all pages."""

    unnamed: int
    """That nobody gave a name, and that are left out unless asked for."""

    broken: tuple[BrokenPatch, ...]
    """What could not be read, whatever was asked for."""


class UsingConversation(Wire):
    """A conversation with turns that were said under a patch."""

    id: str
    """Its id."""

    title: str
    """As it is called."""

    turns: int
    """So many of them."""

    set: str
    """Hash of the set in the last of them."""


class UsingRun(Wire):
    """A run that reads patches."""

    id: str
    """Its id."""

    family: str
    """Kind of its family, such as `behaviour_rates`."""

    name: str
    """As people call it; may be empty."""

    status: RunStatus
    """Where it is in its life."""


class PatchesRead(Wire):
    """What the spec of a run names: a patch, or a set of patches."""

    hash: str
    """Its name."""

    what: Literal["patch", "set"] | None
    """Which of both it is; null of one that is not here, or cannot be read."""

    name: str
    """As it is called; of a set without a name what its patches are called, empty of what is not here."""


class Uses(Wire):
    """Where a patch or a set is used, as it stands on this server now; some of each, and how many in all."""

    conversations: tuple[UsingConversation, ...]
    """The last changed first; those that were put away are left out."""

    n_conversations: int
    """In all."""

    traces: tuple[TraceRow, ...]
    """The last kept first."""

    n_traces: int
    """In all."""

    sets: tuple[PatchSetRow, ...]
    """That hold the patch; none of a set."""

    n_sets: int
    """In all: whatever was tried in the rail is one."""

    runs: tuple[UsingRun, ...]
    """That read it, or a set that holds it; the last made first. Those that were put away are left out."""

    n_runs: int
    """In all."""
