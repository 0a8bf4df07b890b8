"""The library of SAEs: list, import, report, load, export, remove.

Tensors of those in use are kept on the model's device under a byte budget; the least recently used go first. Files are
read in threads of their own, figures are computed on the device's thread. Belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from microscope.core.saes.base import Sae, Weights
from microscope.engine.device import Priority
from microscope.engine.residency import Residency
from microscope.engine.sae_fit import Reader, check_fit
from microscope.errors import Incompatible, Invalid, Trouble
from microscope.lab import Lab, Loaded
from microscope.paths import expanded
from microscope.services.models import Models
from microscope.services.sae_card import (
    TEXT,
    bias_in_words,
    bos_in_words,
    k_of,
    measure,
    normalization_in_words,
    range_of,
    rule_of,
    tensors_of,
)
from microscope.services.sae_fit import fit, n_bytes_of, reads, site_of_spec, to_load
from microscope.services.sae_siblings import apart
from microscope.store.archives import unpack, zipped
from microscope.store.checkpoints import Dtype, read_sae, resolve, sae_files, sha256, write_sae
from microscope.store.patch_saes import keep_of
from microscope.store.sae_formats.base import stored_dtype
from microscope.store.sae_names import is_path
from microscope.store.sae_register import NOTHING, Given
from microscope.store.sae_sources import from_hub, is_hub_id
from microscope.store.saes import Entry, Library, Stamp
from microscope.wire.saes import BrokenSae, SaeCard, SaeFile, SaeInfo, SaeList, SaeMeasure


class Resident(NamedTuple):
    """An SAE in memory, of these files."""

    stamp: Stamp
    sae: Sae


class Fitting(NamedTuple):
    """Those that read a model."""

    saes: dict[str, Sae]
    """By slug, in the order of the library, on the model's device."""

    left_out: dict[str, str]
    """Slugs that fit and are not among them, and why."""


class Imported(NamedTuple):
    """An SAE that has become known, with its tensors, which were read before."""

    entry: Entry
    weights: Weights


class Saes:
    """See the head of this file."""

    def __init__(self, lab: Lab, models: Models, library: Library | None = None) -> None:
        self._lab = lab
        self._models = models
        self.library = library or Library(lab.folder, lab.settings.sae_cache_dir)
        self._resident: Residency[tuple[str, str], Resident] = Residency(
            lab.settings.sae_budget_bytes, _n_bytes, lambda _key, _value: None
        )
        """By slug and device."""

    async def list(self) -> SaeList:
        """All that are known, with their fit to the current model."""
        listing, here = await asyncio.to_thread(self.library.list), self._here()
        entries = listing.entries.values()
        siblings = apart(entries)
        return SaeList(
            items=tuple(self._info(entry, here, siblings.get(entry.slug, "")) for entry in entries),
            broken=tuple(
                BrokenSae(slug=one.slug, path=str(one.path), error=one.trouble.error, next=one.trouble.next)
                for one in listing.broken
            ),
        )

    async def get(self, slug: str) -> SaeInfo:
        """
        Raises:
            NotFound: there is none; says which there are.
        """
        entry, siblings = await asyncio.to_thread(self._with_siblings, slug)
        return self._info(entry, self._here(), siblings)

    async def import_(
        self,
        source: str,
        *,
        layer: int | None = None,
        name: str = "",
        site: str | None = "",
        model_name: str | None = "",
    ) -> SaeCard:
        """Know an SAE that lies elsewhere: a folder, a file, a zip or a hub id.

        Args:
            source: the slug of one that is known, too, to say more of it.
            name: to be its slug, where it is an imported one.
            site: what it reads, where its files do not say, or say it in words that are not known here; empty leaves
                what was said before, None takes it back.
            model_name: that it was trained on, where its files do not say, or call the same model otherwise; empty
                and None as of `site`.

        Raises:
            NotFound, Invalid, Unsupported: nothing is there, or it cannot be read.
            Incompatible: its files say that it reads another site than the one that is given.
            Unavailable: a hub id that is not in the cache, and no network.
        """
        given = Given(site and site.strip(), model_name and model_name.strip())
        entry, weights = await asyncio.to_thread(self._imported, source, layer, name, given)
        entry, siblings = await asyncio.to_thread(self._with_siblings, entry.slug)
        return await self._card(entry, siblings, Sae(entry.spec, weights), TEXT)

    async def card(self, slug: str, *, text: str | None = None) -> SaeCard:
        """What it is, and where a model is loaded that it fits, what it is worth on a short text.

        Raises:
            NotFound: there is none.
            Invalid, Incompatible, Unsupported: its files cannot be read.
        """
        entry, siblings = await asyncio.to_thread(self._with_siblings, slug)
        sae = await asyncio.to_thread(self.library.sae, entry)
        return await self._card(entry, siblings, sae, text or TEXT)

    async def _card(self, entry: Entry, siblings: str, sae: Sae, text: str) -> SaeCard:
        files = await asyncio.to_thread(_files, entry)
        dtype = await asyncio.to_thread(stored_dtype, entry.found)
        measured, says = await self._measured(entry, text)
        return SaeCard(
            sae=self._info(entry, self._here(), siblings),
            rule=rule_of(sae.spec),
            bos=bos_in_words(sae.spec),
            normalization=normalization_in_words(sae.spec),
            bias=bias_in_words(sae.spec),
            decoder_norms=range_of(sae.weights["W_dec"].norm(dim=-1)),
            thresholds=range_of(sae.weights["threshold"]) if "threshold" in sae.weights else None,
            dtype=dtype,
            tensors=tensors_of(sae),
            files=files,
            context_size=sae.spec.context_size,
            dataset=sae.spec.dataset,
            training=sae.spec.training,
            measured=measured,
            says=says,
        )

    async def load(self, slug: str, model: str | None = None) -> Sae:
        """Its tensors on the device of a model that it fits, float32; kept as long as there is room.

        Args:
            model: slug; the current one by default.

        Raises:
            NotFound: no such SAE, or no such model.
            Incompatible: it does not fit the model; says what it fits.
        """
        loaded = await self._models.resident(model)
        entry = await asyncio.to_thread(self.library.get, slug)
        check_fit(slug, entry.spec, Reader.of(loaded.model.info), self._here())
        return await self._on_device(entry, loaded)

    async def on_device(self, sae: Sae, loaded: Loaded) -> Sae:
        """One that lies outside of the library, on a model's device; kept by whoever asks."""
        return await self._lab.device.do(Priority.CLICK, lambda: sae.to(loaded.model.device))

    async def load_fitting(self, model: str) -> Fitting:
        """Every SAE of the library that reads this model, by its header: those in memory, and more up to the budget.

        Raises:
            NotFound: no such model.
        """
        loaded = await self._models.resident(model)
        fitting, room = await self._fitting(loaded), self._lab.settings.sae_budget_bytes
        fit = Fitting({}, {})
        # Those that are there come first: the next click finds the same ones.
        for entry, there in sorted(fitting, key=lambda pair: not pair[1]):
            need = n_bytes_of(entry.spec)
            if need > room and not there:
                fit.left_out[entry.slug] = _no_room(need, room)
                continue
            try:
                fit.saes[entry.slug] = await self._on_device(entry, loaded)
                room = max(0, room - need)
            except Trouble as trouble:
                fit.left_out[entry.slug] = f"{trouble.error} {trouble.next}"
        in_order = {entry.slug: fit.saes[entry.slug] for entry, _ in fitting if entry.slug in fit.saes}
        return Fitting(in_order, fit.left_out)

    async def load_any(self, source: str, *, layer: int | None = None) -> SaeCard:
        """As `load`, of a slug or of what `import_` takes; answers with the report card.

        Raises:
            NotFound, Invalid, Incompatible, Unsupported, Unavailable: as `import_` and `load` say.
        """
        listing = await asyncio.to_thread(self.library.list)
        known = listing.entries.get(source)
        if known is None:
            known = (await asyncio.to_thread(self._imported, source, layer, "", NOTHING)).entry
        await self.load(known.slug)
        return await self.card(known.slug)

    async def export(self, slug: str, dtype: Dtype = "float32") -> bytes:
        """A zip of what `export_to` writes.

        Raises:
            NotFound: there is none.
            Unsupported: SAELens has no architecture for it.
        """
        entry = await asyncio.to_thread(self.library.get, slug)
        sae = await asyncio.to_thread(self.library.sae, entry)
        return await asyncio.to_thread(lambda: zipped(slug, sae_files(sae, entry.metrics or None, dtype)))

    async def export_to(self, slug: str, folder: Path, dtype: Dtype = "float32") -> Path:
        """As `export`, as a folder; other files in it stay.

        Raises:
            NotFound, Unsupported: as `export` says.
            NoRoom: it cannot be written.
        """
        entry = await asyncio.to_thread(self.library.get, slug)
        sae = await asyncio.to_thread(self.library.sae, entry)
        return await asyncio.to_thread(write_sae, folder, sae, metrics=entry.metrics or None, dtype=dtype)

    async def remove(self, slug: str) -> None:
        """Delete an own one, forget an imported one, also where its files are gone.

        Raises:
            NotFound: there is none.
            Invalid: it is shipped.
            NoRoom: the disk is full, and patches read it.
        """
        await asyncio.to_thread(self._keep_read, slug)
        await asyncio.to_thread(self.library.remove, slug)
        self._let_go(slug)

    async def forget(self, slug: str) -> None:
        """Forget an imported one, also where its files are gone.

        Raises:
            NotFound: there is none.
            Invalid: it was not imported.
        """
        await asyncio.to_thread(self._keep_read, slug)
        await asyncio.to_thread(self.library.forget, slug)
        self._let_go(slug)

    def _keep_read(self, slug: str) -> None:
        """Of one that leaves the library: what patches read of it stays."""
        if (entry := self.library.list().entries.get(slug)) is not None:
            keep_of(self._lab.folder, self._lab.objects, self.library, entry)

    def _let_go(self, slug: str) -> None:
        for key in self._resident:
            if key[0] == slug:
                self._resident.drop(key)

    @contextmanager
    def pinned(self, slug: str, model: Loaded) -> Generator[None]:
        """Keep it in memory while it is in use."""
        with self._resident.pinned((slug, str(model.model.device))):
            yield

    async def _fitting(self, loaded: Loaded) -> list[tuple[Entry, bool]]:
        """Entries that read a model, in the order of the library, and whether they are in memory."""
        listing = await asyncio.to_thread(self.library.list)
        device, info = str(loaded.model.device), loaded.model.info
        there = {one.slug: (one.slug, device) in self._resident for one in listing.entries.values()}
        found = [one for one in listing.entries.values() if reads(one.spec, info)]
        return [(one, there[one.slug]) for one in found]

    def _with_siblings(self, slug: str) -> tuple[Entry, str]:
        entry = self.library.get(slug)
        return entry, apart(self.library.list().entries.values()).get(slug, "")

    def _here(self) -> tuple[str, ...]:
        """Names of the models that are known on this machine."""
        return tuple(dict.fromkeys(choice.name for choice in self._models.list()))

    def _info(self, entry: Entry, here: tuple[str, ...], siblings: str = "") -> SaeInfo:
        """
        Args:
            siblings: what tells it from them.
        """
        spec, site = entry.spec, site_of_spec(entry.spec)
        current = self._lab.models.get(self._models.current) if self._models.current else None
        return SaeInfo(
            slug=entry.slug,
            apart=siblings,
            formerly=entry.formerly,
            where="shipped" if entry.where == "shipped" else "trained" if entry.run else "imported",
            kept_here=entry.where == "own",
            path=str(entry.path),
            source=entry.source,
            format=spec.format,
            architecture=spec.architecture.kind,
            k=k_of(spec),
            site=spec.site,
            site_out=spec.site_out,
            layer=site.layer if site else None,
            model_name=spec.model_name,
            weights_sha256=spec.weights_sha256,
            said_site=entry.given.site or "",
            said_model_name=entry.given.model_name or "",
            d_in=spec.d_in,
            d_sae=spec.d_sae,
            d_out=spec.d_out,
            bytes=entry.n_bytes,
            metrics=entry.metrics,
            metrics_say=entry.metrics_say,
            resident=any(slug == entry.slug for slug, _ in self._resident),
            to_load=to_load(spec, current.model.info if current else None, here),
            fit=fit(entry, current.slug, current.model.info, here) if current else None,
        )

    def _imported(self, source: str, layer: int | None, name: str, given: Given) -> Imported:
        path = expanded(source)
        if path.suffix == ".zip" and path.is_file():
            folder = unpack(path, self.library.place(name or path.stem))
            return self._kept(folder, given)
        if not is_path(source, self.library) and (known := self.library.list().entries.get(source)):
            return self._registered(known.path, known.source, name, given)
        if not path.exists() and is_hub_id(source):
            name = name or source.split("/", 1)[1]
            return self._registered(resolve(from_hub(source), layer), source, name, given)
        return self._registered(resolve(path, layer), source, name, given)

    def _registered(self, path: Path, source: str, name: str, given: Given) -> Imported:
        """Known only once all of it was read: of what is refused nothing stays."""
        weights = read_sae(path).weights
        return Imported(self.library.register(path, source, name, given), weights)

    def _kept(self, folder: Path, given: Given) -> Imported:
        """What was unpacked into our own folder; gone again where it is no SAE, or not the one that was meant."""
        try:
            for trouble in (one.trouble for one in self.library.list().broken if one.path == folder):
                raise trouble
            return self._registered(resolve(folder), "", "", given)
        except BaseException:
            self.library.discard(folder)
            raise

    async def _on_device(self, entry: Entry, loaded: Loaded) -> Sae:
        device = loaded.model.device
        key = (entry.slug, str(device))
        known = self._resident.get(key)
        if known is None or (known.stamp, known.sae.spec) != (entry.stamp, entry.spec):
            sae = await asyncio.to_thread(self.library.sae, entry)
            known = Resident(entry.stamp, await self._lab.device.do(Priority.CLICK, lambda: sae.to(device)))
            self._resident.put(key, known)
        return known.sae

    async def _measured(self, entry: Entry, text: str) -> tuple[SaeMeasure | None, str]:
        """Figures, or why there are none."""
        if self._models.current is None:
            return None, "No model is loaded."
        loaded = await self._models.resident()
        with self._lab.models.pinned(loaded.slug):
            try:
                check_fit(entry.slug, entry.spec, Reader.of(loaded.model.info), self._here())
                sae = await self._on_device(entry, loaded)
                jobs = measure(loaded.model, loaded.slug, sae, text)
                steps = [step async for step in self._lab.device.stream(Priority.CLICK, jobs)]
            except (Incompatible, Invalid) as wrong:
                return None, f"{wrong.error} {wrong.next}"
        return steps[-1], ""


def _files(entry: Entry) -> tuple[SaeFile, ...]:
    return tuple(SaeFile(name=file.name, bytes=file.stat().st_size, sha256=sha256(file)) for file in entry.found.files)


def _no_room(need: int, room: int) -> str:
    return (
        f"It takes {need / 1e6:,.1f} MB, and {room / 1e6:,.1f} MB are left for SAEs in memory: "
        "set MICROSCOPE_SAE_BUDGET_BYTES higher."
    )


def _n_bytes(resident: Resident) -> int:
    return sum(value.nbytes for value in resident.sae.weights.values())
