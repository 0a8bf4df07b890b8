"""Features of kept residuals: those that fire at a token, one of them along a text; and one in a text just typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.feature_shares import composition, fvu_at
from microscope.core.gathering import ROOM
from microscope.core.saes.base import Sae
from microscope.core.sites import Site, parse_site
from microscope.engine.device import Priority
from microscope.engine.state import State
from microscope.errors import Invalid, NotFound
from microscope.lab import Lab, Loaded
from microscope.services.conversations import Conversations
from microscope.services.dictionaries import Dictionaries
from microscope.services.features import Features
from microscope.services.given import given_ids
from microscope.services.labels import Labels
from microscope.services.limits import check_k
from microscope.services.models import Models
from microscope.services.saes import Fitting, Saes
from microscope.services.states import Computed, Source, computed_to, dearest, known
from microscope.services.traces import Traces
from microscope.store.saes import Entry
from microscope.wire.feature_links import TestLink, TraceFeature
from microscope.wire.feature_readings import (
    ColorByFeature,
    FeatureActivations,
    FeatureReading,
    FiringFeature,
    PositionFeatures,
    ReadFeatures,
    TriedFeature,
    TryFeature,
    UnreadSae,
)

SKIPPED = 1
"""Leading positions that no statistic counts."""


class Opened(NamedTuple):
    """What a question about a given text needs, while its model is held."""

    loaded: Loaded
    slug: str
    dictionary: str
    """Empty where the SAE was not harvested."""

    sae: Sae
    ids: list[int]


class FeatureReadings:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(
        self,
        lab: Lab,
        models: Models,
        saes: Saes,
        conversations: Conversations,
        traces: Traces,
        features: Features,
        labels: Labels,
        dictionaries: Dictionaries,
    ) -> None:
        self._lab, self._models, self._saes = lab, models, saes
        self._conversations, self._traces = conversations, traces
        self._features, self._labels, self._dictionaries = features, labels, dictionaries

    async def read(self, query: ReadFeatures) -> PositionFeatures:
        """The features that fire at one position, in each SAE.

        Raises:
            Invalid: a position outside of the text; both or none of conversation and trace.
            NotFound, Incompatible: no such text or SAE, or one that does not fit the text's model.
            TooLarge: over `max_k`.
        """
        check_k(self._lab.settings, query.k)
        async with self._text(query.conversation, query.trace, lambda _: query.position + 1) as source:
            check_position(source.ids, query.position)
            saes, left_out = await self._chosen(query.saes, source.loaded.slug)
            state, computed = await computed_to(self._lab, source, query.position + 1)
            counted = _counts(source, query.position)
            named = await asyncio.to_thread(self._dictionaries.of_saes, list(saes))
            readings = [await self._reading(slug, sae, state, query, named.get(slug, "")) for slug, sae in saes.items()]
        return PositionFeatures(
            id=query.id,
            position=query.position,
            counted=counted,
            readings=tuple(readings),
            left_out=tuple(UnreadSae(sae=slug, says=says) for slug, says in left_out.items()),
            computed=computed,
        )

    async def color(self, query: ColorByFeature) -> FeatureActivations:
        """One feature's activation at every token whose residual is there.

        Raises:
            Invalid, NotFound, Incompatible: as `read` says.
        """
        slug, dictionary = await self.meant(query.sae)
        stretches = self._conversations.stretches(query.conversation) if query.conversation else [range(1)]
        activations: list[float] = []
        cost: list[Computed] = []
        for stretch in stretches:
            async with self._text(query.conversation, query.trace, lambda _, row=stretch.start: row + 1) as source:
                sae = await self._saes.load(slug, source.loaded.slug)
                check_feature(slug, sae, query.feature)
                # The last token of a stopped turn has no residual yet, and while a turn runs its state is its own.
                end = known(self._lab, source) or len(source.ids) if stretch is stretches[-1] else stretch.stop
                state, computed = await computed_to(self._lab, source, end)
                x = partial(at, state, site_of(slug, sae))
                steps = _activations(sae, lambda x=x, end=end: x()[:end], query.feature, stretch.start)
                activations += [
                    value async for part in self._lab.device.stream(Priority.CLICK, steps) for value in part
                ]
                cost.append(computed)
        return FeatureActivations(
            id=query.id,
            sae=query.sae,
            feature=query.feature,
            activations=tuple(activations),
            skipped=SKIPPED,
            max=self._features.largest(dictionary, query.feature),
            dictionary=dictionary,
            computed=dearest(cost),
        )

    async def try_text(self, query: TryFeature) -> TriedFeature:
        """Where a feature fires in a text; the pass ends at the SAE's site.

        Raises:
            NotFound, Incompatible: no such SAE or feature, or one that fits no model that is loaded.
            Invalid, TooLarge: no text, or more than the model reads; both or none of text and ids; ids outside of the
                vocabulary.
        """
        async with self.opened(query) as (loaded, slug, dictionary, sae, ids):
            site, model = site_of(slug, sae), loaded.model

            def steps() -> Iterator[list[float]]:
                traced = model.trace(ids, [site], logits="none").stacked[0]
                yield from _activations(sae, lambda: traced, query.feature)

            parts = [part async for part in self._lab.device.stream(Priority.CLICK, steps())]
        return TriedFeature(
            id=query.id,
            sae=query.sae,
            feature=query.feature,
            model=loaded.slug,
            ids=tuple(ids),
            activations=tuple(value for part in parts for value in part),
            skipped=SKIPPED,
            max=self._features.largest(dictionary, query.feature),
        )

    # ── For those who ask about a given text, too ────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def opened(self, query: TryFeature | TraceFeature | TestLink) -> AsyncGenerator[Opened]:
        """The feature's SAE with the model that its dictionary was made with, and the text that is given.

        Raises:
            As `try_text` says.
        """
        slug, dictionary = await self.meant(query.sae)
        loaded = await self._models.resident(self.model_of(dictionary))
        with self._lab.models.pinned(loaded.slug):
            sae = await self._saes.load(slug, loaded.slug)
            check_feature(slug, sae, query.feature)
            ids = await given_ids(self._lab.settings, loaded.model, query.text, query.ids)
            yield Opened(loaded, slug, dictionary, sae, ids)

    async def meant(self, name: str) -> tuple[str, str]:
        """Slug of an SAE by its own or by a dictionary's name, and a dictionary of it; empty where there is none."""
        slug = await asyncio.to_thread(self._dictionaries.meant, name)
        if slug != name:
            return slug, name
        return slug, (await asyncio.to_thread(self._dictionaries.of_saes, [slug])).get(slug, "")

    def said(self, dictionary: str, features: list[int]) -> tuple[Mapping[int, str], Mapping[int, tuple[int, ...]]]:
        """Labels and top tokens of features; none where there is no dictionary. Reads the disk."""
        if not dictionary:
            return {}, {}
        return self._labels.said(dictionary).labels, self._features.top_tokens(dictionary, features)

    def model_of(self, dictionary: str) -> str | None:
        """The model that it was made with; the current one where there is no dictionary."""
        return self._features.dictionary(dictionary).model or None if dictionary else None

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _text(
        self, conversation: str | None, trace: str | None, needed: Callable[[Sequence[int]], int]
    ) -> AsyncGenerator[Source]:
        """The text, `held`."""
        match conversation, trace:
            case str(id), None:
                async with self._conversations.settled(id, needed) as source:
                    yield source
            case None, str(hash):
                async with self._traces.settled(hash) as source:
                    yield source
            case _:
                raise Invalid("Expected exactly one of conversation and trace.", next="Send one, leave the other out.")

    async def _chosen(self, slugs: tuple[str, ...], model: str) -> Fitting:
        """Those that were named; else every one that reads the text's model."""
        if not slugs:
            return await self._saes.load_fitting(model)
        slugs = tuple([(await self.meant(slug))[0] for slug in slugs])
        return Fitting({slug: await self._saes.load(slug, model) for slug in slugs}, {})

    async def _reading(self, slug: str, sae: Sae, state: State, query: ReadFeatures, dictionary: str) -> FeatureReading:
        site, out = site_of(slug, sae), out_of(slug, sae)

        def read() -> FeatureReading:
            with torch.no_grad():
                target = at(state, out)
                given = sae.normalized_at(at(state, site), query.position)
                made = composition(sae, given, target[query.position])
                fvu = fvu_at(made.error_norm, target[query.position], target[SKIPPED : query.position])
            columns = zip(*(part[: query.k].tolist() for part in made[:4]), strict=True)
            firing = tuple(
                FiringFeature(index=index, activation=value, norm=norm, share=share, label="", top_tokens=())
                for index, value, norm, share in columns
            )
            return FeatureReading(
                sae=slug,
                site=str(site),
                features=firing,
                l0=len(made.feature),
                shown_share=sum(one.share for one in firing),
                error_norm=made.error_norm,
                residual_norm=made.norm_of_target,
                fvu=fvu,
                dictionary=dictionary,
            )

        reading = await self._lab.device.do(Priority.CLICK, read)
        return await asyncio.to_thread(self._named, reading) if dictionary else reading

    def _named(self, reading: FeatureReading) -> FeatureReading:
        """With what its dictionary says of the features."""
        labels, tops = self.said(reading.dictionary, [one.index for one in reading.features])
        named = [
            one.model_copy(update={"label": labels.get(one.index, ""), "top_tokens": tops.get(one.index, ())})
            for one in reading.features
        ]
        return reading.model_copy(update={"features": tuple(named)})


def at(state: State, site: Site) -> Float[Tensor, "position d_model"]:
    """What is kept of a site at all positions."""
    match site.name:
        case "resid_pre":
            return state.resid[site.layer]
        case "resid_post":
            return state.resid[site.layer + 1]
        case "attn_out":
            return state.attn_out[site.layer]
        case "mlp_out":
            return state.mlp_out[site.layer]
        case "resid_mid":
            return state.resid[site.layer] + state.attn_out[site.layer]


def site_of(slug: str, sae: Sae) -> Site:
    """
    Raises:
        Invalid: the SAE's file does not say, or names a place that is not read here.
    """
    if not sae.spec.site:
        raise Invalid(f"The files of SAE {slug!r} do not say what it reads.", next="Import it with its site.")
    return parse_site(sae.spec.site)


def out_of(slug: str, sae: Sae) -> Site:
    """Where it writes: where it reads, but for a transcoder.

    Raises:
        Invalid: as `site_of` says.
    """
    return parse_site(sae.spec.site_out) if sae.spec.site_out else site_of(slug, sae)


@torch.no_grad()
def _activations(sae: Sae, x: Callable[[], Tensor], feature: int, start: int = 0) -> Iterator[list[float]]:
    """Of one feature, from a position of a text on, a few positions between two yields."""
    text, step = x(), max(1, ROOM // sae.spec.d_sae)
    given = sae.normalized(text, (len(text),))
    for first in range(start, len(text), step):
        yield sae.acts(given.at(slice(first, first + step)))[:, feature].tolist()


def _counts(source: Source, position: int) -> bool:
    return position >= SKIPPED and source.ids[position] not in source.loaded.model.tokenizer.begin_ids


def check_position(ids: Sequence[int], position: int) -> None:
    if position >= len(ids):
        raise Invalid(
            f"Position {position} was asked for; the text has {len(ids)} tokens, counted from 0.",
            next=f"Give one below {len(ids)}." if ids else "Give it a text first.",
        )


def check_feature(slug: str, sae: Sae | Entry, feature: int) -> None:
    if feature >= sae.spec.d_sae:
        raise NotFound(
            f"{slug} has {sae.spec.d_sae:,} features, counted from 0; {feature} was asked for.",
            next=f"Give one below {sae.spec.d_sae}.",
        )
