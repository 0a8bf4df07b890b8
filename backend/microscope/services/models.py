"""Which models there are, and what they are: load, list, describe."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import numpy as np

from microscope.engine.loading import Found, find, read
from microscope.engine.memory import free_bytes
from microscope.engine.model import Model
from microscope.engine.parity import Parity as Measured
from microscope.engine.streams import Streams
from microscope.engine.tokenizer import Message
from microscope.engine.weights import BUNDLED, parted, portable, resolve
from microscope.errors import Invalid, NotFound, StillLoading, Trouble
from microscope.lab import Lab, Loaded
from microscope.paths import expanded
from microscope.services.hub import EVERYONE, Hub, Outgoing
from microscope.services.room import bytes_in_use, check_budget, idle_models, is_on, size_of, to_evict
from microscope.store.conversations import known_models, put
from microscope.store.database import ModelRecord
from microscope.wire.frames import pack
from microscope.wire.lenses import LensName
from microscope.wire.models import LoadFailure, LoadModel, LoadProgress, ModelChoice, ModelInfo, ModelLoaded, TunedLens
from microscope.wire.parity import Badge, Check, Parity
from microscope.wire.status import DeviceStatus

T = TypeVar("T")


class Models:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._current: str | None = None
        self._loading: dict[str, LoadProgress] = {}
        self._failure: LoadFailure | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def current(self) -> str | None:
        """Slug of the model that was loaded last: what new conversations use."""
        return self._current

    @property
    def loading(self) -> LoadProgress | None:
        """How far the model is that is being loaded now."""
        return next(iter(self._loading.values()), None)

    @property
    def failure(self) -> LoadFailure | None:
        """Why the last load failed; None where it did not."""
        return self._failure

    async def load(self, request: LoadModel, progress: Callable[[LoadProgress], None] | None = None) -> ModelInfo:
        """Make a model resident and current; one that is resident already is returned at once.

        Args:
            progress: called on the event loop's thread.

        Raises:
            NotFound, Unavailable, Invalid, Unsupported, NoRoom: as `engine.loading.load` says.
        """
        try:
            loaded = await self._resident(_absolute(request), progress)
        except Exception as wrong:
            self._failure = _failure(request.model, wrong)
            raise
        self._failure = None
        self._current = loaded.slug
        # In a thread: a lens that is seen for the first time is hashed.
        return await asyncio.to_thread(self._describe, loaded)

    async def hold(self, request: LoadModel, progress: Callable[[LoadProgress], None] | None = None) -> Loaded:
        """Make a model resident for a run; what new conversations use stays as it is. Pin it before any other await.

        Raises:
            NotFound, Unavailable, Invalid, Unsupported, NoRoom: as `engine.loading.load` says.
        """
        return await self._resident(_absolute(request), progress)

    async def arrival(self, slug: str | None = None) -> None:
        """Wait for a model that is being loaded, the current one by default; returns at once where it is not.

        Raises:
            StillLoading: it takes longer than `load_wait_s`.
        """
        slug = slug or self._current
        if slug is not None and slug not in self._loading:
            return
        try:
            async with asyncio.timeout(self._lab.settings.load_wait_s), self._one_at_a_time:
                pass
        except TimeoutError as late:
            raise self._absent(slug) from late

    async def resident(self, slug: str | None = None) -> Loaded:
        """A model that was opened before, loaded again where it is not in memory; the current one by default.

        It may leave again during any later await: pin it before, `with lab.models.pinned(loaded.slug)`.

        Raises:
            NotFound: it was never opened here.
            StillLoading: as `arrival` says.
        """
        await self.arrival(slug)
        slug = slug or self._current
        if slug is None:
            raise self._absent(slug)
        if loaded := self._lab.models.get(slug):
            return loaded
        record = next((known for known in known_models(self._lab.database) if known.slug == slug), None)
        if record is None:
            raise NotFound(f"No model {slug!r} was opened here.", next="The models that were: GET /api/models")
        request = {"model": record.name, "revision": record.revision, "dtype": record.dtype, "device": record.device}
        return await self._resident(LoadModel.model_validate(request), None)

    def list(self) -> tuple[ModelChoice, ...]:
        """Bundled, resident and formerly opened models; the most recently used first."""
        choices = {
            record.slug: ModelChoice(slug=record.slug, name=record.name, state="known", bytes=record.bytes)
            for record in known_models(self._lab.database)
        }
        for loaded in reversed(self._lab.resident):
            info = loaded.model.info
            choices[loaded.slug] = ModelChoice(slug=loaded.slug, name=info.name, state="resident", bytes=info.bytes)
        for slug, now in self._loading.items():
            choices[slug] = ModelChoice(slug=slug, name=now.model, state="loading", bytes=0)
        for name, folder in BUNDLED.items():
            if name not in choices and folder.is_dir():
                choices[name] = ModelChoice(slug=name, name=name, state="known", bytes=0)
        return tuple(choices.values())

    def info(self, slug: str | None = None) -> ModelInfo:
        """A resident model's description; the current one's by default.

        Raises:
            NotFound, StillLoading: no such model is resident.
        """
        return self._describe(self._in_memory(slug))

    def vocabulary(self, slug: str) -> bytes:
        """All tokens' bytes as one safetensors file.

        Returns:
            `bytes` U8 (joined), `offsets` U32 (d_vocab + 1), `special` U8 (d_vocab).
        """
        return self._in_memory(slug).vocabulary

    def status(self) -> DeviceStatus:
        """What the status bar shows."""
        lab = self._lab
        memory, counts = lab.memory(), lab.counts
        return DeviceStatus(
            device=str(lab.resident[-1].model.device) if lab.resident else lab.settings.device,
            memory_used_bytes=memory.used,
            memory_total_bytes=memory.total,
            models_bytes=lab.models.n_bytes,
            states_bytes=lab.states.n_bytes,
            state_budget_bytes=lab.states.budget_bytes,
            streams=lab.turns,
            waiting=lab.device.waiting,
            forwards=counts.forwards,
            positions_computed=counts.positions_computed,
        )

    def record(self, weights_sha256: str, name: str) -> ModelRecord | None:
        """A model that was opened here with these weights, else under this name; None where there is none.

        Of several the current one comes first, then those in memory: another process may have opened one since. Folders
        go by their own name: what was exported elsewhere has no path.
        """
        resident = {loaded.slug for loaded in self._lab.resident}
        records = sorted(
            known_models(self._lab.database),
            key=lambda record: (record.slug != self._current, record.slug not in resident),
        )
        same = [record for record in records if record.weights_sha256 == weights_sha256]
        alike = [record for record in records if portable(record.name) == portable(name)]
        return next(iter([*same, *alike]), None)

    def badge(self, slug: str, weights_sha256: str) -> Badge | None:
        """What was measured of these weights as they were loaded under this slug; None where they were not."""
        records = known_models(self._lab.database)
        here = next(
            (record for record in records if (record.slug, record.weights_sha256) == (slug, weights_sha256)), None
        )
        return Badge.model_validate(here.badge) if here is not None and here.badge is not None else None

    def _in_memory(self, slug: str | None) -> Loaded:
        slug = slug or self._current
        loaded = self._lab.models.get(slug) if slug else None
        if loaded is None:
            raise self._absent(slug)
        return loaded

    def _absent(self, slug: str | None) -> NotFound | StillLoading:
        """Why a model is not in memory, the current one by default."""
        now = self._loading.get(slug) if slug else self.loading
        if now is not None:
            return StillLoading(
                f"{now.model} is loading: {now.stage}, {now.done_bytes / max(now.of_bytes, 1):.0%}.",
                next="Ask again in a few seconds; GET /api/health says how far it is.",
            )
        if slug is None and self._failure is not None:
            return NotFound(
                f"No model is loaded. {self._failure.error}",
                next=f"{self._failure.next} Then load one: POST /api/load-model, or microscope ui --model MODEL",
            )
        return NotFound(
            f"The model {slug!r} is not loaded." if slug else "No model is loaded.",
            next="Load one: POST /api/load-model, or microscope ui --model MODEL",
        )

    async def _resident(self, request: LoadModel, progress: Callable[[LoadProgress], None] | None) -> Loaded:
        slug = self._slug(request)
        async with self._one_at_a_time:
            if loaded := self._lab.models.get(slug):
                self._remember(request, loaded)
                return loaded
            self._loading[slug] = LoadProgress(model=request.model, stage="find", done_bytes=0, of_bytes=0)

            def hear(now: LoadProgress) -> None:
                if slug in self._loading:
                    self._loading[slug] = now
                if progress is not None:
                    progress(now)

            try:
                loaded = await self._load(request, slug, hear)
            finally:
                del self._loading[slug]
            self._lab.models.put(slug, loaded)
            self._remember(request, loaded)
            return loaded

    async def _load(self, request: LoadModel, slug: str, progress: Callable[[LoadProgress], None]) -> Loaded:
        """In threads of their own: minutes, for a large model, in which others go on chatting.

        Other models go once it is known that it can be read and that their going makes room; before that nothing does.
        """
        tell = _on_loop(request, progress)
        idle = idle_models(self._lab)
        budget, busy = self._lab.models.budget_bytes, bytes_in_use(self._lab)

        def find_it() -> Found:
            return find(
                request.model,
                dtype=request.dtype,
                device=request.device,
                revision=request.revision,
                progress=tell,
                free=lambda where: free_bytes(where) + sum(size_of(one) for one in idle if is_on(one, where)),
                limit=lambda need: check_budget(request.model, need, budget, busy),
            )

        found = await _in_thread(request.model, find_it)
        idle.clear()  # Or what is evicted would stay in memory.
        # Somebody may have begun to read with one of them meanwhile.
        check_budget(request.model, found.need, budget, bytes_in_use(self._lab))
        for gone in to_evict(self._lab, found.need, found.device):
            self._lab.models.evict(gone)
        return await _in_thread(request.model, lambda: self._read(found, slug, tell))

    def _read(self, found: Found, slug: str, tell: Callable[[str, int, int], None]) -> Loaded:
        model = read(found, tell)
        vocabulary = _vocabulary(model)
        return Loaded(
            slug=slug,
            model=model,
            streams=Streams(self._lab.device, model),
            folder=found.folder,
            vocabulary=vocabulary,
            tokenizer_sha256=hashlib.sha256(vocabulary).hexdigest(),
            thinking=_can_think(model),
        )

    def _describe(self, loaded: Loaded) -> ModelInfo:
        info = loaded.model.info
        tuned = self._lab.tuned_lens(loaded)
        lenses: tuple[LensName, ...] = ("logit", "tuned") if tuned else ("logit",)
        return ModelInfo(
            slug=loaded.slug,
            name=info.name,
            revision=info.revision,
            weights_sha256=info.weights_sha256,
            tokenizer_sha256=loaded.tokenizer_sha256,
            architecture=info.architecture,
            n_layers=info.n_layers,
            d_model=info.d_model,
            n_heads=info.n_heads,
            d_head=info.d_head,
            d_mlp=info.d_mlp,
            d_vocab=info.d_vocab,
            n_ctx=info.n_ctx,
            n_parameters=info.n_parameters,
            tied=info.tied,
            dtype=info.dtype,
            device=info.device,
            bytes=info.bytes,
            chat=info.chat,
            thinking=loaded.thinking,
            begins=tuple(loaded.model.encode("")),
            lenses=lenses,
            tuned_lens=TunedLens(path=str(tuned.path), sha256=tuned.sha256, says=tuned.says) if tuned else None,
            parity=_parity(info.parity),
        )

    def _slug(self, request: LoadModel) -> str:
        """A name for URLs; two folders of the same name are told apart by a digest of their paths."""
        names = [portable(part) for part in parted(request.model)]
        asked = [*names, *(value for value in (request.dtype, request.device) if value != "auto"), request.revision[:8]]
        slug = re.sub(r"[^a-z0-9.]+", "-", "-".join(filter(None, asked)).lower()).strip("-.") or "model"
        records = known_models(self._lab.database)
        if same := next((known.slug for known in records if self._is_what_auto_gave(request, known)), None):
            return same
        taken = next((known for known in records if known.slug == slug), None)
        if taken is None or taken.name == request.model:
            return slug
        return f"{slug}-{hashlib.sha256(request.model.encode()).hexdigest()[:6]}"

    def _is_what_auto_gave(self, request: LoadModel, known: ModelRecord) -> bool:
        """Whether a dtype is asked for that a model opened without one has anyway: it is that model."""
        asked = (request.model, request.revision, request.device)
        if (known.name, known.revision, known.device) != asked or known.dtype != "auto" or known.badge is None:
            return False
        loaded = self._lab.models.get(known.slug)
        return (loaded.model.info.dtype if loaded else Badge.model_validate(known.badge).dtype) == request.dtype

    def _remember(self, request: LoadModel, loaded: Loaded) -> None:
        info = loaded.model.info
        parity = _parity(info.parity)
        badge = Badge(weights_sha256=info.weights_sha256, dtype=info.dtype, device=info.device, parity=parity)
        records = known_models(self._lab.database)
        auto = any(self._is_what_auto_gave(request, known) for known in records if known.slug == loaded.slug)
        record = ModelRecord(
            slug=loaded.slug,
            name=request.model,
            revision=request.revision,
            dtype="auto" if auto else request.dtype,
            device=request.device,
            weights_sha256=info.weights_sha256,
            tokenizer_sha256=loaded.tokenizer_sha256,
            bytes=info.bytes,
            last_used=time.time(),
            badge=badge.model_dump(mode="json"),
        )
        put(self._lab.database, record)


async def _in_thread(model: str, work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise Invalid(f"{model} cannot be read: {error}.", next="Check the folder.") from error


def _failure(model: str, wrong: Exception) -> LoadFailure:
    if isinstance(wrong, Trouble):
        return LoadFailure(model=model, error=wrong.error, next=wrong.next, status=wrong.status)
    return LoadFailure(
        model=model,
        error=f"{model} could not be loaded. {type(wrong).__name__}: {wrong}",
        next="The server's log has the traceback.",
        status=Trouble.status,
    )


def _absolute(request: LoadModel) -> LoadModel:
    """Folders by their whole path, since the working directory may be another one next time."""
    model, adapter = parted(request.model)
    model = model if model in BUNDLED else _whole(model)
    adapter = _whole(adapter) if "/" in adapter else adapter  # Without one it lies beside the model.
    return request.model_copy(update={"model": f"{model}+{adapter}" if adapter else model})


def _whole(name: str) -> str:
    with suppress(OSError, Invalid):  # What no path can be: `find` says so.
        folder = expanded(name)
        if folder.is_dir():
            return str(folder.resolve())
    return name


async def load_aloud(models: Models, hub: Hub, request: LoadModel) -> ModelInfo:
    """`models.load`, with its progress and its end told to every open socket.

    Raises:
        NotFound, Unavailable, Invalid, Unsupported, NoRoom: as `Models.load` says.
    """
    try:
        info = await models.load(request, lambda progress: hub.publish(EVERYONE, Outgoing(progress)))
    except Exception:
        # Everyone has heard of its progress; who asked hears why there is no more of it.
        hub.changed("models")
        raise
    hub.publish(EVERYONE, Outgoing(ModelLoaded(id=None, model=info)))
    return info


def _on_loop(request: LoadModel, progress: Callable[[LoadProgress], None]) -> Callable[[str, int, int], None]:
    """What a loading thread may call: tells of the bytes that a stage has done, tensors as their share of the bytes."""
    loop = asyncio.get_running_loop()
    sizes: list[int] = []

    def tell(stage: str, done: int, of: int) -> None:
        if stage == "download":
            in_bytes = done, of
        else:
            if stage != "find" and not sizes:
                folder = resolve(request.model, revision=request.revision)[0]
                sizes.append(sum(file.stat().st_size for file in folder.glob("*.safetensors")))
            total = sizes[0] if sizes else 0
            in_bytes = int(done / max(of, 1) * total), total
        loop.call_soon_threadsafe(
            progress, LoadProgress(model=request.model, stage=stage, done_bytes=in_bytes[0], of_bytes=in_bytes[1])
        )

    return tell


def _vocabulary(model: Model) -> bytes:
    tokens = model.token_bytes
    special = np.zeros(len(tokens), dtype=np.uint8)
    special[[index for index in model.special if index < len(tokens)]] = 1
    return pack(
        {
            "bytes": np.frombuffer(b"".join(tokens), dtype=np.uint8),
            "offsets": np.cumsum([0, *map(len, tokens)], dtype=np.uint32),
            "special": special,
        }
    )


def _can_think(model: Model) -> bool:
    """Whether the template says something else with thinking than without."""
    if not model.info.chat:
        return False
    hello = [Message("user", "hi")]
    try:
        return model.chat_ids(hello, thinking=True).ids != model.chat_ids(hello, thinking=False).ids
    except Trouble:
        return False


def _parity(measured: Measured) -> Parity:
    logits = Check(
        name="logits",
        measured=_finite(measured.max_logit_difference),
        tolerance=measured.logit_limit,
        ok=measured.max_logit_difference <= measured.logit_limit,
        says="Final norm and unembedding of the last resid_post against the model's own logits, the largest "
        f"difference over {measured.n_tokens} positions.",
    )
    blocks = Check(
        name="blocks",
        measured=_finite(measured.max_block_difference),
        tolerance=measured.block_limit,
        ok=measured.max_block_difference <= measured.block_limit,
        says="resid_pre + attn_out + mlp_out against resid_post, the largest difference of any block as a share of its "
        "largest entry.",
        blocks=tuple(_finite(difference) for difference in measured.block_differences),
    )
    return Parity(ok=measured.ok, checks=(logits, blocks), problems=measured.problems)


def _finite(value: float) -> float | None:
    """JSON has neither nan nor infinity."""
    return value if math.isfinite(value) else None
