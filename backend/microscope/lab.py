"""The bench: one device, the models on it, the disk. Opened once, passed down; there is no other global thing.

Both residencies (models, states) belong to the event loop's thread: they hold models and states, never tensors of
their own. Whatever touches a tensor goes through `device`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal, NamedTuple
from weakref import WeakValueDictionary

import torch

from microscope.core.lens import TunedLens
from microscope.engine.device import Device
from microscope.engine.memory import Memory, free_bytes, machine, pick_device
from microscope.engine.model import Counts, Model
from microscope.engine.residency import Residency
from microscope.engine.state import Recipe, State
from microscope.engine.streams import Streams
from microscope.errors import Busy, NotFound
from microscope.settings import Settings
from microscope.store.conversations import close_open_turns
from microscope.store.database import Engine, claim, database_url, open_database
from microscope.store.files import Folder
from microscope.store.lenses import Description, Lenses, Stamp, read
from microscope.store.objects import Objects

DEFAULT_SHARE = 0.7
"""Of the device's free memory at start that resident models may take, where no budget is set."""


class Loaded(NamedTuple):
    """A resident model and what goes with it."""

    slug: str
    model: Model
    streams: Streams
    folder: Path
    """Where its files lie."""

    vocabulary: bytes
    """As `Models.vocabulary` serves it."""

    tokenizer_sha256: str
    thinking: bool
    """Its chat template can switch thinking on and off."""


class Lab:
    """Everything a service needs. Open and close it on the event loop that uses it."""

    def __init__(self, settings: Settings, folder: Folder, database: Engine) -> None:
        self.settings = settings
        self.folder = folder
        self.database = database
        self.alone = False
        """No other server chats over this folder and this database."""

        self.objects = Objects(folder)
        self.lenses = Lenses(folder)
        self.device = Device()
        budget = settings.model_budget_bytes or int(DEFAULT_SHARE * free_bytes(pick_device(settings.device)))
        self.models: Residency[str, Loaded] = Residency(budget, _bytes_of_model, self._model_evicted)
        """By slug."""

        self.states: Residency[str, State] = Residency(
            settings.state_budget_bytes, lambda state: state.n_bytes, self._state_evicted
        )
        """By conversation id, or `trace:<hash>`."""

        self.recipes: dict[str, Recipe] = {}
        """How the evicted states had been made, so that they can be made again in the same way; that of a state
        in memory says that it is not complete yet."""

        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tuned: dict[str, tuple[Stamp, TunedLens]] = {}
        """By slug; read again when the file is another."""

        self.turns = 0
        """Being generated now, by conversations and scripts."""

        self._retired = Counts()
        self._closing: set[asyncio.Task[None]] = set()

    @classmethod
    def open(cls, settings: Settings, *, chats: bool = True) -> Lab:
        """Open the home folder and the database, start the device's thread; turns that a crash left open are closed.

        Loads no model: `services.models.Models.load` does.

        Args:
            chats: may write conversations; one that only works on runs leaves the open turns to those that may.

        Raises:
            Unavailable: the home folder cannot be written, or the database does not answer.
        """
        folder = Folder(settings.home)
        database = open_database(database_url(settings, folder))
        # Where one of the two is refused, another server is generating in them.
        alone = chats and folder.claim() and claim(database)
        if alone:
            close_open_turns(database)
        lab = cls(settings, folder, database)
        lab.alone = alone
        return lab

    async def close(self) -> None:
        """Stop all streams, the device's thread and the database. Close the services first."""
        for loaded in self.resident:
            await loaded.streams.close()
        await asyncio.gather(*self._closing)
        await asyncio.to_thread(self.device.close)
        self.database.dispose()
        self.folder.leave()

    # ── States ───────────────────────────────────────────────────────────────────────────────────────────

    def lock(self, key: str) -> asyncio.Lock:
        """Held while a state is brought to what a reader or a turn needs; one for each key of `states`."""
        return self._locks.setdefault(key, asyncio.Lock())

    def keep_state(self, key: str, state: State) -> None:
        """Keep it in memory as long as there is room. Its model stays while it is in use: pin it before."""
        # Nothing would evict this state with its model, whose weights it would hold outside the budget.
        assert any(loaded.model is state.model for loaded in self.resident), f"the model of {key} has left memory"
        self.states.put(key, state)

    def rename_state(self, key: str, new: str) -> None:
        """Keep what is known under another name; what had that name is dropped."""
        self.forget_state(new)
        recipe, state = self.recipes.pop(key, None), self.states.get(key)
        if state is not None:
            self.states.drop(key)
            self.keep_state(new, state)
        if recipe is not None:
            self.recipes[new] = recipe

    def forget_state(self, key: str) -> None:
        """The text is gone: neither its state nor how it was made is wanted any more."""
        self.states.drop(key)
        self.recipes.pop(key, None)

    def _state_evicted(self, key: str, state: State) -> None:
        self.recipes.setdefault(key, state.recipe)

    # ── Models ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def resident(self) -> tuple[Loaded, ...]:
        """The least recently used first. Looking at all of them in this order leaves the order as it is."""
        return tuple(loaded for slug in self.models if (loaded := self.models.get(slug)))

    def begin_turn(self) -> None:
        """Pair it with `end_turn`.

        Raises:
            Busy: over `max_streams`.
        """
        most = self.settings.max_streams
        if self.turns >= most:
            raise Busy(
                f"{self.turns} turns are being generated; max_streams is {most}.",
                next="Wait for one to end, or set MICROSCOPE_MAX_STREAMS.",
            )
        self.turns += 1

    def end_turn(self) -> None:
        self.turns -= 1

    @property
    def counts(self) -> Counts:
        """Work done since the start, by all models."""
        counts = [self._retired, *(loaded.model.counts for loaded in self.resident)]
        return Counts(sum(one.forwards for one in counts), sum(one.positions_computed for one in counts))

    def memory(self) -> Memory:
        """Of the device that models are loaded on."""
        where = pick_device(self.settings.device)
        if where in ("cpu", "mps"):
            return machine()
        pairs = [torch.cuda.mem_get_info(index) for index in range(torch.cuda.device_count())]
        return Memory(sum(free for free, _ in pairs), sum(total for _, total in pairs))

    def tuned_lens(self, loaded: Loaded) -> Description | None:
        """The one that "tuned" names; None where none is there that fits: `lens` says what is wrong with one."""
        info = loaded.model.info
        return self.lenses.fitting(info.weights_sha256, info.n_layers, info.d_model, loaded.folder)

    async def lens(self, loaded: Loaded, name: Literal["logit", "tuned"]) -> TunedLens | None:
        """The translators to read with; None is the logit lens.

        Raises:
            NotFound: no tuned lens is there for this model.
            Invalid, Incompatible: its file cannot be used.
        """
        if name == "logit":
            return None
        info = loaded.model.info
        path = self.lenses.find(info.weights_sha256, loaded.folder)
        if path is None:
            raise NotFound(
                f"There is no tuned lens for {info.name}.",
                next=f"Read the logit lens, or fit one: microscope fit-lens --model {info.name} --text FILE",
            )
        stamp = Stamp.of(path)
        known = self._tuned.get(loaded.slug)
        if known is None or known[0] != stamp:
            lens = await asyncio.to_thread(read, path, info.weights_sha256, info.n_layers, info.d_model)
            device = loaded.model.device
            known = (
                stamp,
                await asyncio.to_thread(
                    lambda: TunedLens(lens.weight.float().to(device), lens.bias.float().to(device))
                ),
            )
            self._tuned[loaded.slug] = known
        return known[1]

    def _model_evicted(self, slug: str, loaded: Loaded) -> None:
        self._retired.forwards += loaded.model.counts.forwards
        self._retired.positions_computed += loaded.model.counts.positions_computed
        self._tuned.pop(slug, None)
        for key in self.states:
            state = self.states.get(key)
            if state is not None and state.model is loaded.model:
                self._state_evicted(key, state)
                self.states.drop(key)
        task = asyncio.get_running_loop().create_task(loaded.streams.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _bytes_of_model(loaded: Loaded) -> int:
    return loaded.model.info.bytes
