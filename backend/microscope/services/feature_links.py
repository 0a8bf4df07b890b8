"""What made a feature fire, and what it sets off: upstream by attribution, downstream and tests by intervention."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.attribution import origins, read_linearly, written
from microscope.core.saes.base import Sae
from microscope.core.sites import Site, forward_order
from microscope.engine.device import Priority
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.lab import Lab
from microscope.services.feature_reading import SKIPPED, FeatureReadings, check_feature, check_position, out_of, site_of
from microscope.services.limits import check_k
from microscope.services.saes import Saes
from microscope.wire.feature_links import FeatureLink, FeatureTraced, LinkTested, TestLink, TraceFeature


class _Read(NamedTuple):
    """An SAE where it reads and where it writes."""

    slug: str
    dictionary: str
    sae: Sae
    site: Site
    out: Site


class _Opened(NamedTuple):
    """What a question is about, `pinned` on the device."""

    model: Model
    model_slug: str
    ids: list[int]
    this: _Read
    other: _Read


class FeatureLinks:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, saes: Saes, readings: FeatureReadings) -> None:
        self._lab, self._saes, self._readings = lab, saes, readings

    async def trace(self, query: TraceFeature) -> FeatureTraced:
        """A feature's links to those of another SAE.

        Raises:
            Invalid: it does not fire there; the two read and write at the same place; no text, or two.
            NotFound, Incompatible: no such SAE or feature, or one that does not fit the model.
            TooLarge: over `max_k`, or more text than the model reads.
        """
        check_k(self._lab.settings, query.k)
        async with self._opened(query) as opened:
            upstream = _is_upstream(opened.this, opened.other)
            position, activation = await self._where(opened, query.feature, query.position)
            job = _upstream if upstream else _downstream
            found = await self._lab.device.do(Priority.CLICK, lambda: job(opened, query.feature, position, query.k))
        other = opened.other
        said = self._readings.said
        labels, tops = await asyncio.to_thread(said, other.dictionary, [link.index for link in found.links])
        return FeatureTraced(
            id=query.id,
            direction="upstream" if upstream else "downstream",
            evidence="attribution approximation" if upstream else "causal",
            sae=query.sae,
            feature=query.feature,
            other=other.slug,
            dictionary=other.dictionary,
            model=opened.model_slug,
            ids=tuple(opened.ids),
            position=position,
            activation=activation,
            links=tuple(
                link.model_copy(update={"label": labels.get(link.index, ""), "top_tokens": tops.get(link.index, ())})
                for link in found.links
            ),
            n_links=found.n_links,
            features=found.features,
            error=found.error,
            bias=found.bias,
            skip=found.skip,
            rest=None if found.explained is None else activation - found.explained,
        )

    async def test(self, query: TestLink) -> LinkTested:
        """What a feature's activation becomes without what another one writes at one position.

        Raises:
            As `trace` says.
        """
        async with self._opened(query) as opened:
            check_feature(opened.other.slug, opened.other.sae, query.other_feature)
            if not _is_upstream(opened.this, opened.other):
                raise Invalid(
                    f"{opened.other.slug} writes at {opened.other.out}, behind {opened.this.site}.",
                    next="Ask for the links downstream: they are measured already.",
                )
            for position in (query.position, query.other_position):
                check_position(opened.ids, position)

            def measure() -> tuple[float, float, float]:
                write = _write(opened, opened.other, query.other_feature, query.other_position)
                rows = _without(opened, opened.other.out, query.other_position, write, opened.this.site)
                before, after = (_fires(opened.this.sae, row, query.feature, query.position) for row in rows)
                return before, after, float(write.norm())

            before, after, removed = await self._lab.device.do(Priority.CLICK, measure)
        return LinkTested(id=query.id, before=before, after=after, removed=removed)

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _opened(self, query: TraceFeature | TestLink) -> AsyncGenerator[_Opened]:
        async with self._readings.opened(query) as (loaded, slug, dictionary, sae, ids):
            other, named = await self._readings.meant(query.other)
            there = await self._saes.load(other, loaded.slug)
            yield _Opened(loaded.model, loaded.slug, ids, _read(slug, dictionary, sae), _read(other, named, there))

    async def _where(self, opened: _Opened, feature: int, position: int | None) -> tuple[int, float]:
        """Where it fires, and how strongly."""
        if position is not None:
            check_position(opened.ids, position)

        def read() -> list[float]:
            traced = opened.model.trace(opened.ids, [opened.this.site], logits="none").stacked[0]
            given, sae = opened.this.sae.normalized(traced, (len(traced),)), opened.this.sae
            parts = (sae.acts(given.at(slice(first, first + 256))) for first in range(0, len(traced), 256))
            return [value for acts in parts for value in acts[:, feature].tolist()]

        acts = await self._lab.device.do(Priority.CLICK, read)
        first = min(SKIPPED, len(acts) - 1)
        best = max(range(first, len(acts)), key=acts.__getitem__) if position is None else position
        if acts[best] <= 0:
            where = "anywhere in this text" if position is None else f"at position {position} of this text"
            raise Invalid(
                f"Feature {feature} of {opened.this.slug} does not fire {where}: nothing is there to be traced.",
                next="Choose a token at which it fires.",
            )
        return best, acts[best]


class _Found(NamedTuple):
    links: tuple[FeatureLink, ...]
    n_links: int
    features: float | None = None
    error: float | None = None
    bias: float | None = None
    skip: float | None = None

    @property
    def explained(self) -> float | None:
        """By the four together; None where they are not asked for."""
        parts = [part for part in (self.features, self.error, self.bias, self.skip) if part is not None]
        return sum(parts) if parts else None


def _upstream(opened: _Opened, feature: int, position: int, k: int) -> _Found:
    this, other = opened.this, opened.other
    at = [other.site, other.out] if other.out != other.site else [other.site]
    found = opened.model.gradients(
        opened.ids, (this.site, lambda value: read_linearly(this.sae, feature, value, position)), at
    )
    # What stands behind the position cannot have made it fire.
    upto = position + 1
    made = origins(other.sae, found.values[0, :upto], found.values[-1, :upto], found.gradients[-1, :upto], k)
    links = tuple(
        FeatureLink(position=where, index=index, activation=value, effect=effect, label="", top_tokens=())
        for where, index, value, effect in zip(*(column.tolist() for column in made[:4]), strict=True)
    )
    return _Found(links, made.n_features, made.features, made.error, made.bias, made.skip)


@torch.no_grad()
def _downstream(opened: _Opened, feature: int, position: int, k: int) -> _Found:
    this, other = opened.this, opened.other
    rows = _without(opened, this.out, position, _write(opened, this, feature, position), other.site)
    before, after = (other.sae.acts(other.sae.normalized(row, (len(row),)).at(slice(position, None))) for row in rows)
    lost = before - after
    where, index = lost.nonzero(as_tuple=True)
    effect = lost[where, index]
    top = effect.abs().argsort(descending=True, stable=True)[:k]
    columns = (where[top] + position, index[top], before[where, index][top], effect[top])
    links = tuple(
        FeatureLink(position=at, index=one, activation=value, effect=change, label="", top_tokens=())
        for at, one, value, change in zip(*(column.tolist() for column in columns), strict=True)
    )
    return _Found(links, len(effect))


def _write(opened: _Opened, of: _Read, feature: int, position: int) -> Float[Tensor, " d_model"]:
    """What a feature adds at a position of the text."""
    text = opened.model.trace(opened.ids, [of.site], logits="none").stacked[0]
    return written(of.sae, feature, text, position)


def _fires(sae: Sae, text: Float[Tensor, "position d_in"], feature: int, position: int) -> float:
    """A feature's activation at a position of a text."""
    return sae.acts(sae.normalized_at(text, position))[0, feature].item()


def _without(
    opened: _Opened, out: Site, position: int, write: Float[Tensor, " d_model"], read: Site
) -> Float[Tensor, "row position d_model"]:
    """What passes a site in the text as it is, and without what was written at another; both in one pass."""

    def take_out(value: Tensor) -> Tensor:
        changed = value.clone()
        changed[1, position] -= write.to(value)
        return changed

    ids = torch.tensor([opened.ids, opened.ids], device=opened.model.device)
    return opened.model.trace_rows(ids, [read], [(out, take_out)])[0]


def _read(slug: str, dictionary: str, sae: Sae) -> _Read:
    return _Read(slug, dictionary, sae, site_of(slug, sae), out_of(slug, sae))


def _is_upstream(this: _Read, other: _Read) -> bool:
    """
    Raises:
        Invalid: neither lies behind the other.
    """
    if forward_order(other.out) < forward_order(this.site):
        return True
    if forward_order(this.out) < forward_order(other.site):
        return False
    raise Invalid(
        f"{this.slug} reads {this.site} and {other.slug} reads {other.site}: neither lies behind the other.",
        next="Choose an SAE of an earlier layer, or of a later one.",
    )
