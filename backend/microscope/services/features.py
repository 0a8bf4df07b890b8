"""Dictionaries of features: their table, their pages, exports, and what Neuronpedia calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import JsonValue

from microscope.core.activity import LOWEST, PER_OCTAVE
from microscope.core.sites import place_in_order
from microscope.errors import Invalid, NotFound
from microscope.lab import Lab
from microscope.services.dictionaries import Dictionaries
from microscope.services.feature_table import Said, Table, Which
from microscope.services.labels import Labels, wire_label
from microscope.services.models import Models
from microscope.store.activity import Format, Reader, harvested, place_of, stamp_of
from microscope.store.database import ModelRecord
from microscope.wire.dictionaries import (
    Dictionary,
    FeatureHistograms,
    FeaturePage,
    FeaturePlace,
    FeatureRow,
    Histogram,
)
from microscope.wire.features import (
    CofiringNeighbour,
    CosineNeighbour,
    Feature,
    FeatureExample,
    FeatureName,
    FeatureNeighbours,
    Provenance,
    TokenLift,
    TokenLogit,
)
from microscope.wire.saes import SaeTied

SHOWN_LOGITS = 5

_LISTED: tuple[tuple[str, Literal["top_tokens", "top_logit_ids"]], ...] = (
    ("top_tokens", "top_tokens"),
    ("top_logits", "top_logit_ids"),
)
"""Columns of an export, and the ids whose texts they hold."""

_OLDER = re.compile(r"layer_(\d+)_feature_(\d+)")
_COLUMNS = ("index", "density", "count", "max", "mean", "label", "score", "top_tokens", "top_logits", "starred")
_PROVENANCE = ("sae_path", "sae_format", "training", "run", "dataset", "dataset_sha256", "seed", "pairs_at")


class Features:
    """Belongs to no thread: readers and tables are made when they are first asked for, and again when they changed."""

    def __init__(self, lab: Lab, models: Models, labels: Labels, dictionaries: Dictionaries) -> None:
        self._lab = lab
        self._models = models
        self._labels = labels
        self._dictionaries = dictionaries
        self._tables: dict[str, tuple[int, Table]] = {}

    # ── Which dictionaries there are ─────────────────────────────────────────────────────────────────────

    def dictionaries(self) -> tuple[Dictionary, ...]:
        """Those whose files are whole, in the order in which a forward pass reaches their sites; what is wrong with
        another is said where it is asked for."""
        return tuple(sorted(self._whole(), key=lambda one: (*place_in_order(one.site), one.sae)))

    def dictionary(self, sae: str) -> Dictionary:
        """
        Raises:
            NotFound: its features were not harvested.
            Incompatible: they were harvested from an earlier SAE of that name.
        """
        return self._described(sae, self._open(sae).reader.head)

    def chosen(self, sae: str | None) -> str:
        """The dictionary that is meant where none is named: the only one.

        Raises:
            NotFound: there is none.
            Invalid: there are several.
        """
        known = harvested(self._lab.folder)
        if sae is not None:
            return sae
        if not known:
            raise NotFound("No features were harvested here.", next="Harvest an SAE: a run of the family harvest.")
        if len(known) > 1:
            raise Invalid(f"There are {len(known)} dictionaries: {', '.join(known)}.", next="Name one: ?sae=…")
        return known[0]

    def named(self, id: str) -> FeatureName:
        """`<sae>/<index>`, or `layer_{L}_feature_{F}` where one dictionary alone reads `L{L}.resid_post`.

        Raises:
            Invalid: neither.
            NotFound: no such feature.
        """
        sae, _, index = id.rpartition("/")
        if older := _OLDER.fullmatch(id):
            site = f"L{older[1]}.resid_post"
            reads = [one.sae for one in self.dictionaries() if one.site == site]
            if len(reads) != 1:
                raise NotFound(
                    f"{len(reads)} dictionaries read {site}; expected one for the id {id!r}.",
                    next="Name the feature as <sae>/<index>.",
                )
            sae, index = reads[0], older[2]
        if not sae or not index.isdecimal():
            raise Invalid(f"{id!r} names no feature.", next="Write it as <sae>/<index>, such as sae_layer_10/42.")
        self._check(self._open(sae), sae, int(index))
        return _name(sae, int(index))

    def tied(self, slug: str) -> SaeTied:
        """What is here of an SAE beside its files: dictionaries, and what is said of its features.

        Raises:
            NotFound: there is no such SAE.
        """
        names = self._dictionaries.all_of(slug)
        weights = {self._labels.owner(name).weights for name in names}
        said = [self._labels.counts(one) for one in sorted(weights)]
        sums = {field: sum(getattr(one, field) for one in said) for field in ("labels", "notes", "stars", "lists")}
        return SaeTied(twins=self._dictionaries.twins(slug), dictionaries=names, **sums)

    # ── The table ────────────────────────────────────────────────────────────────────────────────────────

    def page(self, sae: str, which: Which, offset: int, limit: int) -> FeaturePage:
        """
        Raises:
            NotFound: no such dictionary or list.
            Incompatible: as `dictionary` says.
        """
        table, said = self._open(sae), self._labels.said(sae)
        order = table.order(which, said, self._of_list(which, sae))
        rows = self._rows(table, sae, order[offset : offset + limit].tolist(), said)
        dictionary = self.dictionary(sae)
        return FeaturePage(rows=rows, offset=offset, total=len(order), columns=_COLUMNS, dictionary=dictionary)

    def histograms(self, sae: str, which: Which) -> FeatureHistograms:
        """
        Raises:
            NotFound: no such dictionary or list.
            Incompatible: as `dictionary` says.
        """
        return self._open(sae).histograms(which, self._labels.said(sae), self._of_list(which, sae))

    def export(self, sae: str, which: Which, format: Format, indices: Sequence[int] = ()) -> bytes:
        """All rows that the filters let through, as a file.

        Args:
            indices: of these alone, in the table's order; of all by default.

        Raises:
            NotFound: no such dictionary, list or feature.
            Incompatible: as `dictionary` says.
        """
        table, said = self._open(sae), self._labels.said(sae)
        for index in indices:
            self._check(table, sae, index)
        order = table.order(which, said, self._of_list(which, sae))
        order = order[np.isin(order, indices)] if indices else order
        labels = self._labels.standing(sae)
        columns: dict[str, Any] = {"index": order}
        for name in ("density", "count", "max", "mean"):
            columns[name] = table.reader.column(name)[order]
        columns["label"] = [labels[index].text if index in labels else "" for index in order.tolist()]
        columns["label_kind"] = [labels[index].kind if index in labels else None for index in order.tolist()]
        columns["score"] = [labels[index].score if index in labels else None for index in order.tolist()]
        for name, ids in _LISTED:
            texts = table.reader.listed(ids)
            columns[name] = [texts[index] for index in order.tolist()]
        columns["starred"] = [index in said.stars for index in order.tolist()]
        return table.reader.export(columns, format)

    def random(self, sae: str, which: Which, seed: int) -> FeatureName:
        """One of those that the filters let through.

        Raises:
            NotFound: there is none.
        """
        order = self._open(sae).order(which, self._labels.said(sae), self._of_list(which, sae))
        if not len(order):
            raise NotFound("No feature passes these filters.", next="Loosen them.")
        return _name(sae, int(np.random.default_rng(seed).choice(order)))

    # ── One feature ──────────────────────────────────────────────────────────────────────────────────────

    def feature(self, sae: str, index: int) -> Feature:
        """
        Raises:
            NotFound: no such dictionary or feature.
            Incompatible: as `dictionary` says.
        """
        table, said = self._open(sae), self._labels.said(sae)
        self._check(table, sae, index)
        (stored,) = table.reader.features([index])
        (row,) = self._rows(table, sae, [index], said)
        place = table.place(index, Which(), said)
        examples = [_example(one) for one in _ordered(table.reader.of_feature("examples", index))]
        near = self._neighbours(table, index, said)
        return Feature(
            row=row,
            id=f"{sae}/{index}",
            dictionary=self.dictionary(sae),
            previous=place.previous,
            next=place.next,
            histogram=_histogram(stored["first_bin"], stored["histogram"]),
            top_logits=_logits(stored["top_logit_ids"], stored["top_logits"]),
            bottom_logits=_logits(stored["bottom_logit_ids"], stored["bottom_logits"]),
            examples=tuple(one for group, one in examples if group != "held_out"),
            held_out=tuple(one for group, one in examples if group == "held_out"),
            cosine=near.cosine,
            cofiring=near.cofiring,
            tokens=tuple(
                TokenLift(id=one["id"], count=one["count"], of=one["of"], lift=one["lift"])
                for one in _ordered(table.reader.of_feature("tokens", index))
            ),
            provenance=_provenance(sae, table.reader.head),
            labels=self._labels.of(sae, index),
        )

    def place(self, sae: str, index: int, which: Which) -> FeaturePlace:
        """Where it stands in the table that somebody came from.

        Raises:
            NotFound: no such dictionary, feature or list.
            Incompatible: as `dictionary` says.
        """
        table = self._open(sae)
        self._check(table, sae, index)
        return table.place(index, which, self._labels.said(sae), self._of_list(which, sae))

    def neighbours(self, sae: str, index: int) -> FeatureNeighbours:
        """
        Raises:
            NotFound: no such dictionary or feature.
            Incompatible: as `dictionary` says.
        """
        table = self._open(sae)
        self._check(table, sae, index)
        return self._neighbours(table, index, self._labels.said(sae))

    def largest(self, sae: str, index: int) -> float:
        """The largest activation of a feature that was harvested; 0 where the name is empty."""
        if not sae:
            return 0.0
        values = self._table(sae).columns.max
        return float(values[index]) if index < len(values) else 0.0

    def top_tokens(self, sae: str, indices: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Of each of these features the ids on which its strongest examples peak.

        Raises:
            NotFound, Incompatible: as `dictionary` says.
        """
        return self._open(sae).reader.top_tokens(indices)

    def reader(self, sae: str) -> Reader:
        """
        Raises:
            NotFound, Incompatible: as `dictionary` says.
        """
        return self._open(sae).reader

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────

    def _whole(self) -> Iterator[Dictionary]:
        for slug in harvested(self._lab.folder):
            with suppress(Invalid, NotFound):
                yield self._described(slug, self._table(slug).reader.head)

    def _described(self, sae: str, head: Mapping[str, JsonValue]) -> Dictionary:
        named = {name: head[name] for name in Dictionary.model_fields if name in head}
        made_of = self._dictionaries.sae_of(sae)
        return Dictionary.model_validate({**named, "sae": sae, "made_of": made_of, **self._here(head)})

    def _here(self, head: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """What this server knows of a dictionary beside its head."""
        slug = self._spelled_by(self._models.record(str(head["weights_sha256"]), str(head["model_name"])))
        settings = self._lab.settings
        explainer = (settings.explainer_model or settings.explainer_url) if settings.explainer_url else ""
        return {"model": slug, "explainer": explainer}

    def _spelled_by(self, record: ModelRecord | None) -> str:
        """Slug of the model itself where it is in memory, else of one there with the same vocabulary: the model that an
        adapter was merged into is gone as soon as the harvest is over.
        """
        if record is None:
            return ""
        alike = [one.slug for one in self._lab.resident if one.tokenizer_sha256 == record.tokenizer_sha256]
        return record.slug if record.slug in alike or not alike else alike[-1]

    def _open(self, sae: str) -> Table:
        """
        Raises:
            NotFound: its features were not harvested.
            Incompatible: they were harvested from an earlier SAE of that name.
        """
        self._dictionaries.check(sae)
        return self._table(sae)

    def _table(self, sae: str) -> Table:
        path: Path = place_of(self._lab.folder, sae)
        stamp = stamp_of(path)
        known = self._tables.get(sae)
        if known is None or known[0] != stamp:
            known = (stamp, Table(Reader(path)))
            self._tables[sae] = known
        return known[1]

    def _check(self, table: Table, sae: str, index: int) -> None:
        n = len(table.columns.fired)
        if not 0 <= index < n:
            raise NotFound(
                f"{sae} has {n:,} features, counted from 0; {index} was asked for.", next=f"Give one below {n}."
            )

    def _of_list(self, which: Which, sae: str) -> tuple[int, ...] | None:
        return self._labels.indices_of(which.list, sae) if which.list else None

    def _rows(self, table: Table, sae: str, indices: Sequence[int], said: Said) -> tuple[FeatureRow, ...]:
        labels = self._labels.standing(sae)
        made: list[FeatureRow] = []
        for stored in table.reader.features(indices):
            label = labels.get(stored["index"])
            made.append(
                FeatureRow(
                    index=stored["index"],
                    density=stored["density"],
                    count=stored["count"],
                    max=stored["max"],
                    mean=stored["mean"],
                    label=label.text if label else "",
                    label_kind=wire_label(label).kind if label else None,
                    score=label.score if label else None,
                    top_tokens=tuple(stored["top_tokens"]),
                    top_logits=tuple(stored["top_logit_ids"][:SHOWN_LOGITS]),
                    starred=stored["index"] in said.stars,
                )
            )
        return tuple(made)

    def _neighbours(self, table: Table, index: int, said: Said) -> FeatureNeighbours:
        rows = _ordered(table.reader.of_feature("neighbours", index))
        tops = table.reader.top_tokens([one["other"] for one in rows])
        return FeatureNeighbours(
            cosine=tuple(
                CosineNeighbour(
                    index=one["other"],
                    cosine=one["cosine"],
                    label=said.labels.get(one["other"], ""),
                    top_tokens=tops[one["other"]],
                )
                for one in rows
                if one["kind"] == "cosine"
            ),
            cofiring=tuple(
                CofiringNeighbour(
                    index=one["other"],
                    count=one["count"],
                    jaccard=one["jaccard"],
                    pmi=one["pmi"],
                    label=said.labels.get(one["other"], ""),
                    top_tokens=tops[one["other"]],
                )
                for one in rows
                if one["kind"] == "cofiring"
            ),
        )


def _name(sae: str, index: int) -> FeatureName:
    return FeatureName(sae=sae, index=index, id=f"{sae}/{index}")


def _ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["rank"])


def _example(row: dict[str, Any]) -> tuple[str, FeatureExample]:
    """With the group that it is stored under."""
    group: Literal["top"] | Any = "top" if row["group"] == "held_out" else row["group"]
    values = {name: row[name] for name in FeatureExample.model_fields if name != "group"}
    return row["group"], FeatureExample.model_validate({**values, "group": group})


def _logits(ids: Sequence[int], values: Sequence[float]) -> tuple[TokenLogit, ...]:
    return tuple(TokenLogit(id=id, value=value) for id, value in zip(ids, values, strict=True))


def _histogram(first: int, counts: Sequence[int]) -> Histogram:
    edges = [2.0 ** (LOWEST + (first + bin) / PER_OCTAVE) for bin in range(len(counts) + 1)] if counts else []
    return Histogram(edges=tuple(edges), counts=tuple(counts), scale="log")


def _provenance(sae: str, head: dict[str, JsonValue]) -> Provenance:
    named = {name: head[name] for name in Provenance.model_fields if name in head}
    return Provenance.model_validate({**named, "sae": sae})
