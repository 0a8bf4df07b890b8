"""What is kept of sets, and where patches are used: in conversations, in texts that were run, in sets, by runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError

from microscope.errors import Trouble
from microscope.families import families
from microscope.lab import Lab
from microscope.services.patch_library import PatchLibrary, hash_of
from microscope.services.patch_sets import said_of_set
from microscope.services.traces import KIND as TRACES
from microscope.services.traces import Traces, row_of, run_with
from microscope.services.turns import KeptTurn
from microscope.store.conversations import said_in
from microscope.store.patches import SETS, kept_set
from microscope.store.runs import of_families
from microscope.wire.patch_library import (
    PatchesRead,
    PatchSetList,
    PatchSetRow,
    SetMemberRow,
    Uses,
    UsingConversation,
    UsingRun,
)
from microscope.wire.patches import BrokenPatch

FIELDS = ("patches", "attached", "alternatives")
"""Of the families' specs, that name patches or sets by their hash."""


class PatchUses:
    """Reads what is kept; may be asked from any thread."""

    def __init__(self, lab: Lab, library: PatchLibrary, traces: Traces) -> None:
        self._lab, self._library, self._traces = lab, library, traces
        self._members: dict[str, tuple[SetMemberRow, ...]] = {}
        """Of sets, by hash: they never change."""
        self._run_with: dict[str, frozenset[str]] = {}
        """The sets of a trace, by the trace's hash: they never change."""

    def sets(self, q: str, unnamed: bool, offset: int, limit: int) -> PatchSetList:
        """The last kept first. One that cannot be read hides none of the others.

        Args:
            q: words, each part of a set's name or hash, or of what one of its patches is called; any case.
            unnamed: also those that nobody gave a name: whatever was tried in the rail is one.
        """
        rows, broken = self._rows()
        sought = q.casefold().split()
        found = [row for row in rows if all(word in _words(row) for word in sought)]
        named = [row for row in found if row.name]
        shown = found if unnamed else named
        return PatchSetList(
            items=tuple(shown[offset : offset + limit]),
            total=len(shown),
            unnamed=len(found) - len(named),
            broken=tuple(broken),
        )

    def of_patch(self, hash: str, limit: int) -> Uses:
        """
        Args:
            limit: of each that is told.

        Raises:
            NotFound, Invalid: no such patch is kept here, or it cannot be read.
        """
        self._library.get(hash)
        rows, _ = self._rows()
        holding = [row for row in rows if any(one.hash == hash for one in row.members)]
        return self._of({hash, *(row.hash for row in holding)}.__contains__, holding, limit)

    def of_set(self, hash: str, limit: int) -> Uses:
        """As `of_patch`; a set holds no set."""
        kept_set(self._lab.objects, hash)
        return self._of(hash.__eq__, [], limit)

    def read_by(self, spec: Mapping[str, object]) -> tuple[PatchesRead, ...]:
        """What a run's spec names, each once."""
        called = self._library.names()
        return tuple(self._read(hash, called) for hash in dict.fromkeys(_named_in(spec)) if hash)

    def _read(self, hash: str, called: Mapping[str, str]) -> PatchesRead:
        if hash in called:
            return PatchesRead(hash=hash, what="patch", name=called[hash])
        try:
            row = self._row(hash, called)
        except Trouble:
            return PatchesRead(hash=hash, what=None, name="")
        return PatchesRead(hash=hash, what="set", name=row.name or " + ".join(one.name for one in row.members))

    def _of(self, in_question: Callable[[str], bool], holding: list[PatchSetRow], limit: int) -> Uses:
        conversations = list(self._conversations(in_question))
        runs = list(self._runs(in_question))
        traces = [hash for hash in self._lab.objects.names(TRACES) if any(map(in_question, self._sets_of(hash)))]
        return Uses(
            conversations=tuple(conversations[:limit]),
            n_conversations=len(conversations),
            traces=tuple(row_of(self._traces.get(hash)) for hash in traces[:limit]),
            n_traces=len(traces),
            sets=tuple(holding[:limit]),
            n_sets=len(holding),
            runs=tuple(runs[:limit]),
            n_runs=len(runs),
        )

    def _conversations(self, in_question: Callable[[str], bool]) -> Iterator[UsingConversation]:
        for id, title, turns in said_in(self._lab.database):
            said = [[one.set for one in KeptTurn.model_validate(turn).patches if one.set] for turn in turns]
            using = [used for sets in said if (used := [one for one in sets if in_question(one)])]
            if using:
                yield UsingConversation(id=id, title=title, turns=len(using), set=using[-1][-1])

    def _runs(self, in_question: Callable[[str], bool]) -> Iterator[UsingRun]:
        reading = [kind for kind, family in families().items() if not family.model_fields.keys().isdisjoint(FIELDS)]
        for one in of_families(self._lab.database, reading):
            if any(map(in_question, _named_in(one.spec))):
                said = {"id": one.id, "family": one.family, "name": one.name, "status": one.status}
                yield UsingRun.model_validate(said)

    def _sets_of(self, trace: str) -> frozenset[str]:
        """None also of a trace that cannot be read."""
        if trace not in self._run_with:
            try:
                self._run_with[trace] = run_with(self._lab.objects, trace)
            except (Trouble, ValidationError):
                return frozenset()
        return self._run_with[trace]

    def _rows(self) -> tuple[list[PatchSetRow], list[BrokenPatch]]:
        """The last kept first, and what cannot be read."""
        rows: list[PatchSetRow] = []
        broken: list[BrokenPatch] = []
        called = self._library.names()
        for hash in self._lab.objects.names(SETS):
            try:
                rows.append(self._row(hash, called))
            except Trouble as trouble:
                broken.append(BrokenPatch(hash=hash, error=trouble.error, next=trouble.next))
        return sorted(rows, key=lambda row: row.made_at or 0.0, reverse=True), broken

    def _row(self, hash: str, called: Mapping[str, str]) -> PatchSetRow:
        if hash not in self._members:
            self._members[hash] = tuple(
                SetMemberRow(hash=hash_of(one.patch), name=one.patch.says(1.0), strength=one.strength, scope=one.scope)
                for one in kept_set(self._lab.objects, hash)
            )
        said = said_of_set(self._lab.objects, hash)
        members = (one.model_copy(update={"name": called.get(one.hash, one.name)}) for one in self._members[hash])
        return PatchSetRow(hash=hash, name=said.name, members=tuple(members), made_at=said.made_at)


def _named_in(spec: Mapping[str, object]) -> Iterator[str]:
    """Hashes of patches and of sets that a spec names."""
    for field in FIELDS:
        value = spec.get(field)
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str):
                yield one


def _words(row: PatchSetRow) -> str:
    """What a search goes through."""
    return " ".join([row.name, row.hash, *(one.name for one in row.members)]).casefold()
