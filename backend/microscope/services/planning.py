"""Specs become runs: which families there are, what a spec would do, and a place in the queue for it."""

from __future__ import annotations

import inspect
import secrets
import time
from typing import Any

from pydantic import JsonValue

from microscope.errors import Invalid, Trouble
from microscope.families import families, read_family
from microscope.families.base import Family
from microscope.lab import Lab
from microscope.services.identity import spec_sha256
from microscope.services.processes import Process
from microscope.services.run_asked import asked, fields_in_order
from microscope.services.run_words import checked_tags, words
from microscope.services.runs import Runs
from microscope.store import queue, runs
from microscope.store.objects import canonical
from microscope.wire.run_queue import FamilyCard, NewRun, Preflight, Way
from microscope.wire.runs import RunRow

MAX_SPEC_BYTES = 1 << 20
"""Of the canonical JSON; lists that are longer belong into a file that the spec names."""


class Planning:
    """Makes runs; `services/runner.py` works on them."""

    def __init__(self, lab: Lab, rows: Runs) -> None:
        self._lab = lab
        self._rows = rows

    def families(self) -> tuple[FamilyCard, ...]:
        """With the forms that start them."""
        return tuple(_card(kind, family) for kind, family in families().items())

    def preflight(self, spec: dict[str, JsonValue]) -> Preflight:
        """What it would do and cost; reads headers at most.

        Raises:
            Invalid, ValidationError: it is no spec.
            Trouble: in the family's words, where it cannot work.
        """
        family = read_family(spec)
        says = family.check(self._lab)
        warnings = tuple(one.removeprefix("Warning: ") for one in says if one.startswith("Warning: "))
        return Preflight(
            spec=family.model_dump(mode="json"),
            says=tuple(one for one in says if not one.startswith("Warning: ")),
            warnings=warnings,
        )

    def ways(self, spec: dict[str, JsonValue]) -> tuple[Way, ...]:
        """Changes with which a spec would run that is refused for what stands in its place; tried, as `preflight` does.

        Raises:
            Invalid, ValidationError: it is no spec.
            Trouble: in the family's words, where something else is wrong.
        """
        return tuple(way for way in read_family(spec).ways(self._lab) if self._works({**spec, **way.fields}))

    def submit(self, new: NewRun) -> RunRow:
        """Into the queue, behind the others of its priority.

        Raises:
            Invalid, ValidationError: it is no spec.
            Trouble: in the family's words, where it cannot work.
        """
        family = read_family(new.spec)
        family.check(self._lab)
        id = self._keep(family, new, {"status": "paused" if new.hold else "planned"})
        return self._rows.row(id)

    def begin(self, family: Family, new: NewRun, process: Process) -> tuple[str, str]:
        """A run that this process works on at once; its id and its claim.

        Raises:
            Trouble: in the family's words, where it cannot work.
        """
        family.check(self._lab)
        claim, now = queue.new_claim(), time.time()
        mine = {"worker": process.worker, "process": process.mark, "claim": claim, "began": now, "started": now}
        return self._keep(family, new, {"status": "running", "attempts": 1, **mine}), claim

    def unfinished(self, family: Family) -> RunRow | None:
        """The newest run of this very spec over what lies there now, unless that one has succeeded."""
        id = runs.unfinished(self._lab.database, spec_sha256(self._lab, family))
        return None if id is None else self._rows.row(id)

    def _works(self, spec: dict[str, JsonValue]) -> bool:
        try:
            self.preflight(spec)
        except Trouble:
            return False
        return True

    def _keep(self, family: Family, new: NewRun, state: dict[str, Any]) -> str:
        spec, kind = family.model_dump(mode="json"), str(new.spec["kind"])
        if (size := len(canonical(spec))) > MAX_SPEC_BYTES:
            raise Invalid(
                f"The spec has {size:,} bytes of JSON; at most {MAX_SPEC_BYTES:,} are kept.",
                next="Put what is long into a file and name that.",
            )
        row: dict[str, Any] = {
            "family": kind,
            "name": new.name,
            "priority": new.priority,
            "spec": spec,
            "spec_sha256": spec_sha256(self._lab, family),
            "asked": asked(family),
            "evidence": family.evidence,
            "created": time.time(),
            "attempts": 0,
            "interruptions": 0,
            "beats": 0,
            "headline": {},
            **state,
        }
        tags = checked_tags(new.tags)
        while True:
            id = new_id(kind, row["created"])
            if runs.add(self._lab.database, {**row, "id": id, "words": words(id, new.name, kind, spec)}, tags):
                return id


def new_id(kind: str, now: float) -> str:
    """Such as `train-sae-20261122-0412-3fa9c1`; the time is UTC."""
    day = time.strftime("%Y%m%d-%H%M", time.gmtime(now))
    return f"{kind.replace('_', '-')}-{day}-{secrets.token_hex(3)}"


def _card(kind: str, family: type[Family]) -> FamilyCard:
    return FamilyCard(
        kind=kind,
        title=family.title,
        says=inspect.cleandoc(family.__doc__ or "").split("\n\n")[0].replace("\n", " "),
        evidence=family.evidence,
        form=_form(family),
    )


def _form(family: type[Family]) -> dict[str, Any]:
    """Its JSON schema."""
    schema = family.model_json_schema()
    return {**schema, "properties": {name: schema["properties"][name] for name in fields_in_order(family)}}
