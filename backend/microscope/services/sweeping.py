"""Sweeps that a page asks for: looked at, or queued. The children are those of `microscope sweep`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from microscope.lab import Lab
from microscope.services.planning import Planning
from microscope.services.sweep_children import UNDONE, Child, Standing, checked, read_axis, spread, stand
from microscope.store.objects import name_of
from microscope.store.saes import Library
from microscope.wire.run_queue import NewRun
from microscope.wire.runs import RunStatus
from microscope.wire.sweeps import NewSweep, QueuedSweep, SweepChild, SweepOnly, SweepPlan

LISTED = 20


class Sweeping:
    """Every call reads what all children read; call it in a thread."""

    def __init__(self, lab: Lab, planning: Planning) -> None:
        self._lab = lab
        self._planning = planning

    def preflight(self, sweep: SweepOnly) -> SweepPlan:
        """How many runs it would be, and what they would do.

        Raises:
            Invalid, ValidationError: no axis, or a field or a value that the family has not.
            TooLarge: too many combinations.
            Trouble: one of them cannot work; says which.
        """
        children = self._children(sweep)
        known = stand(self._lab, children)
        checked(self._lab, children, known)
        first = children[0]
        return SweepPlan(
            total=len(children),
            new=len(_new(children, known)),
            children=tuple(_listed(child, known.get(child.name)) for child in children[:LISTED]),
            says=() if first.name in known else first.run.check(self._lab),
        )

    def submit(self, sweep: NewSweep) -> QueuedSweep:
        """Into the queue, one behind the other, those that have no run which waits, works or has succeeded.

        Raises:
            Trouble: as `preflight`; nothing is queued then.
        """
        children = self._children(sweep)
        known = stand(self._lab, children)
        checked(self._lab, children, known)
        tag, new = sweep.tag.strip() or _drawn(sweep), _new(children, known)
        for child in new:
            self._planning.submit(
                NewRun(
                    spec=child.run.model_dump(mode="json"),
                    name=child.name,
                    priority=sweep.priority,
                    tags=(tag, *sweep.tags),
                    hold=sweep.hold,
                )
            )
        return QueuedSweep(tag=tag, queued=len(new), total=len(children))

    def _children(self, sweep: SweepOnly) -> list[Child]:
        lab, axes = self._lab, [read_axis(text) for text in sweep.axes]
        return spread(lab, sweep.spec, axes, Library(lab.folder, lab.settings.sae_cache_dir).own)


def _new(children: Sequence[Child], known: Mapping[str, Standing]) -> list[Child]:
    return [child for child in children if child.name not in known or known[child.name].status in UNDONE]


def _listed(child: Child, at: Standing | None) -> SweepChild:
    run, status = (at.id, cast(RunStatus, at.status)) if at else (None, None)
    return SweepChild(name=child.name, at=child.at, run=run, status=status)


def _drawn(sweep: SweepOnly) -> str:
    """The same for the same sweep."""
    return f"sweep-{name_of({'spec': sweep.spec, 'axes': list(sweep.axes)})}"
