"""What is said of features: labels and notes with their history, stars, lists. What rules say: `explaining.py`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from microscope.errors import Invalid, NotFound
from microscope.lab import Lab
from microscope.services.feature_table import Said
from microscope.store import labels as store
from microscope.store.activity import weights_of
from microscope.store.database import FeatureListRecord, LabelRecord, pack_ids, unpack_ids
from microscope.wire.labels import FeatureLabel, FeatureList, FeatureListChange, LabelChange, NewFeatureList, NewLabel

LABEL_CHARS = 512
"""Of a label: what Neuronpedia takes."""


class Labels:
    """Asks the database anew each time, but for labels that have not changed since.

    SAEs are named by their slugs; what is kept is bound to the weights that the dictionary was made of.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._standing: dict[str, tuple[int, dict[int, LabelRecord]]] = {}

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────

    def standing(self, sae: str) -> dict[int, LabelRecord]:
        """The label that stands of every feature that has one: people's before models' before rules'."""
        weights = self.owner(sae).weights
        version = store.version(self._lab.database, weights)
        known = self._standing.get(weights)
        if known is None or known[0] != version:
            known = (version, store.standing(self._lab.database, weights))
            self._standing[weights] = known
        return known[1]

    def said(self, sae: str) -> Said:
        weights = self.owner(sae).weights
        version = store.version(self._lab.database, weights)
        standing = self.standing(sae)
        labels = {index: record.text for index, record in standing.items()}
        scores = {index: record.score for index, record in standing.items()}
        return Said(labels, scores, store.stars(self._lab.database, weights), version)

    def of(self, sae: str, index: int) -> tuple[FeatureLabel, ...]:
        """Current labels as they stand (people's, models', rules'; among equals the latest first), then notes and what
        is past, the latest first."""
        weights = self.owner(sae).weights
        known = store.history(self._lab.database, weights, index)
        return tuple(wire_label(one) for one in sorted(known, key=_rank))

    def counts(self, weights: str) -> store.Counts:
        """How much is said of the features of an SAE.

        Args:
            weights: the hash of them.
        """
        return store.counts(self._lab.database, weights)

    def owner(self, sae: str) -> store.Owner:
        """Whose features a slug names: those of the SAE that its dictionary was made of."""
        return store.Owner(sae, weights_of(self._lab.folder, sae))

    # ── Saying ───────────────────────────────────────────────────────────────────────────────────────────

    def add(self, sae: str, index: int, new: NewLabel) -> FeatureLabel:
        """A person's. The feature is there: ask `Features.named` first.

        Raises:
            Invalid: a label of several lines, or too long.
            Busy: somebody replaced the same label at the same moment.
        """
        _check(new.what, new.text)
        saying = store.Saying(index, new.what, "human", new.author, new.text.strip(), new.score)
        (record,) = store.add(self._lab.database, self.owner(sae), [saying])
        return wire_label(record)

    def change(self, id: int, change: LabelChange) -> FeatureLabel:
        """
        Raises:
            NotFound: no such entry, or one that is not current any more.
            Invalid, Busy: as `add` says.
        """
        old = store.find(self._lab.database, id)
        if old is not None:
            _check(old.what, change.text)
        record = store.change(self._lab.database, id, author=change.author, text=change.text.strip())
        return wire_label(_there(record, id))

    def withdraw(self, id: int) -> FeatureLabel:
        """Take it back; it stays in the history.

        Raises:
            NotFound: no such entry, or one that is not current any more.
        """
        record = store.change(self._lab.database, id, author="", text="", withdrawn=True)
        return wire_label(_there(record, id))

    def star(self, sae: str, index: int, starred: bool) -> None:
        store.star(self._lab.database, self.owner(sae).weights, index, starred)

    # ── Lists ────────────────────────────────────────────────────────────────────────────────────────────

    def lists(self, sae: str) -> tuple[FeatureList, ...]:
        """The one changed last goes first."""
        return tuple(_wire_list(one) for one in store.lists(self._lab.database, self.owner(sae).weights))

    def get_list(self, id: str) -> FeatureList:
        """
        Raises:
            NotFound: there is none.
        """
        return _wire_list(self._list(id))

    def indices_of(self, id: str, sae: str) -> tuple[int, ...]:
        """A list's features.

        Raises:
            NotFound: there is none, or it is of another SAE.
        """
        record = self._list(id)
        if record.weights != self.owner(sae).weights:
            raise NotFound(f"The list {id!r} is of {record.sae}, not of {sae}.", next="Open it with its own SAE.")
        return tuple(unpack_ids(record.indices))

    def add_list(self, new: NewFeatureList) -> FeatureList:
        now = time.time()
        record = FeatureListRecord(
            id=secrets.token_hex(5),
            sae=new.sae,
            weights=self.owner(new.sae).weights,
            title=new.title.strip(),
            indices=pack_ids(_once(new.indices)),
            created=now,
            updated=now,
        )
        store.put_list(self._lab.database, record)
        return self.get_list(record.id)

    def change_list(self, id: str, change: FeatureListChange) -> FeatureList:
        """
        Raises:
            NotFound: there is none.
        """
        old, gone = self._list(id), set(change.remove)
        kept = [index for index in _once([*unpack_ids(old.indices), *change.add]) if index not in gone]
        record = FeatureListRecord(
            id=id,
            sae=old.sae,
            weights=old.weights,
            title=old.title if change.title is None else change.title.strip(),
            indices=pack_ids(kept),
            created=old.created,
            updated=time.time(),
        )
        store.put_list(self._lab.database, record)
        return self.get_list(id)

    def drop_list(self, id: str) -> None:
        """
        Raises:
            NotFound: there is none.
        """
        if not store.drop_list(self._lab.database, id):
            self._list(id)

    def _list(self, id: str) -> FeatureListRecord:
        record = store.find_list(self._lab.database, id)
        if record is None:
            raise NotFound(f"There is no list {id!r} here.", next="The lists: GET /api/feature-lists?sae=…")
        return record


def _rank(record: LabelRecord) -> int:
    return store.STANDING[record.kind] if record.current and record.what == "label" else len(store.STANDING)


def wire_label(record: LabelRecord) -> FeatureLabel:
    fields = ("id", "sae", "what", "kind", "author", "text", "score", "created", "replaces", "current", "withdrawn")
    return FeatureLabel.model_validate({"index": record.feature, **{name: getattr(record, name) for name in fields}})


def _wire_list(record: FeatureListRecord) -> FeatureList:
    return FeatureList(
        id=record.id,
        sae=record.sae,
        title=record.title,
        indices=tuple(unpack_ids(record.indices)),
        created=record.created,
        updated=record.updated,
    )


def _once(indices: Sequence[int]) -> list[int]:
    """
    Raises:
        Invalid: below 0, or past any dictionary.
    """
    for index in indices:
        if not 0 <= index < 2**31:
            raise Invalid(f"{index} is no feature's index.", next="Indices are counted from 0.")
    return list(dict.fromkeys(indices))


def _there(record: LabelRecord | None, id: int) -> LabelRecord:
    if record is None:
        raise NotFound(f"There is no current label or note {id}.", next="Read the feature's history again.")
    return record


def _check(what: str, text: str) -> None:
    if not text.strip():
        raise Invalid("The text is empty.", next="Say something, or withdraw the old one.")
    if what == "label" and (len(text) > LABEL_CHARS or "\n" in text.strip()):
        raise Invalid(
            f"A label is one line of at most {LABEL_CHARS} characters; this one has {len(text)} in "
            f"{len(text.splitlines())} lines.",
            next="Shorten it, or write a note.",
        )
