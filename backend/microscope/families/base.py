"""What an experiment is: a frozen spec with a generator.

    class CountTokens(Family, frozen=True):
        kind: Literal["count_tokens"] = "count_tokens"
        texts: tuple[str, ...]

        def run(self, bench: Bench) -> Iterator[Event]:
            for done, text in enumerate(self.texts, start=1):
                yield Rows("counts", {"n": [len(bench.model().encode(text))]})
                yield Progress(done, of=len(self.texts), unit="texts")
            yield Result(metrics={...})

Each `yield` is a place where the queue may stop the run, the page hears of it and a click may slip in, so a step
between two yields should take milliseconds (at most a second). All of `run` happens on the device's thread. A family
opens no file of its own: tables, checkpoints and metrics are yielded and the runner writes them; recordings and SAEs
go through `store`, at the paths that the spec names.

After a kill, a pause or a cancel the generator is made anew, and `bench.resume` holds the last `Checkpoint` that was
written: rows that were yielded after it have been dropped. What the run reads is told first, with `bench.reads`: going
on over other data is refused there. A family that is `resumable` yields a checkpoint as soon as it can once
`bench.stopping` is set: what was done up to a pause is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.config import JsonDict
from torch import Tensor

from microscope.core.patches.base import Patch
from microscope.engine.model import Model, ModelInfo
from microscope.errors import Incompatible
from microscope.lab import Lab
from microscope.wire.run_files import ChartSpec
from microscope.wire.run_queue import Way
from microscope.wire.runs import Evidence

Number = float | int | None

CHOSEN_MODEL: JsonDict = {"chosen": "model"}
"""Of a field that means the server's own model where it is empty, in its JSON schema (`Field(json_schema_extra=…)`): a
form fills in the model that its reader has chosen, so that what is shown is what runs."""


Facts = Mapping[str, JsonValue]
"""Hashes, and whatever else tells data from others of the same name."""


class Reads(NamedTuple):
    """What goes into the run, before anything is made of it; `environment.json` has it from then on."""

    data: Mapping[str, Facts]
    """By path or name."""


class Progress(NamedTuple):
    """How far the work is; metrics become points of the run's series."""

    done: float
    of: float | None = None
    unit: str = "steps"
    stage: str = ""
    metrics: Mapping[str, Number] = {}


class Say(NamedTuple):
    """A sentence for the run's log."""

    text: str
    level: str = "info"
    """info, warning or error."""


class Rows(NamedTuple):
    """A table grows."""

    table: str
    """`tables/<table>.parquet`."""

    columns: Mapping[str, Sequence[Any] | NDArray[Any]]
    """Equally long; numpy arrays where there are many. Leave them alone: they are written meanwhile."""


class Checkpoint(NamedTuple):
    """All that the generator needs to go on from here."""

    tensors: Mapping[str, Tensor] = {}
    state: Mapping[str, JsonValue] = {}


class Made(NamedTuple):
    """Something that the run made outside of its directory, which its page links to."""

    what: str
    """`sae`, `recording`, `features`, `lens` or `patch`."""

    path: Path
    found: bool = False
    """It was there before, and the run says more of it."""


class NewPatch(NamedTuple):
    """A patch that the run found: the library keeps it, and the run's page links to it."""

    patch: Patch
    name: str
    model: ModelInfo
    """That it is for."""


class Result(NamedTuple):
    """What came of it; the last event."""

    metrics: Mapping[str, JsonValue]
    headline: tuple[str, ...] = ()
    """The metrics that tell it at a glance, at most four."""

    charts: tuple[ChartSpec, ...] = ()
    made: tuple[Made, ...] = ()
    patches: tuple[NewPatch, ...] = ()


Event = Reads | Progress | Say | Rows | Checkpoint | Result


@dataclass(frozen=True)
class ModelWish:
    """A model that must be in memory before the run begins."""

    name: str
    """Bundled name, hub id or folder; empty is the server's own."""

    revision: str = ""
    dtype: str = "auto"
    adapter: str = ""
    """A LoRA merged into it: a name beside the model (`adapters/<name>`), or a folder; empty is none."""

    def full_name(self, server: str) -> str:
        """As the loader takes it: `specimen+trojan` is the model `specimen` with its adapter `trojan`.

        Args:
            server: the server's own model.
        """
        name = self.name or server
        return f"{name}+{self.adapter}" if self.adapter else name


@dataclass(frozen=True)
class Bench:
    """What a run works with."""

    lab: Lab
    directory: Path
    """Of the run."""

    models: Mapping[ModelWish, Model] = field(default_factory=dict[ModelWish, Model])
    """Those of `Family.models`, in memory as long as the run lasts."""

    resume: Checkpoint | None = None
    before: Mapping[str, Facts] = field(default_factory=dict[str, Facts])
    """What `resume` was made of, as `Reads` had told it."""

    stopping: Flag = field(default_factory=Flag)
    """Set when the run is to stop, and waits a moment for a checkpoint."""

    def reads(self, data: Mapping[str, Facts]) -> Reads:
        """To be yielded before `resume` is gone on with; the run's models are added.

        Raises:
            Incompatible: the checkpoint was made of something else.
        """
        models = {model.name: {"weights_sha256": model.info.weights_sha256} for model in self.models.values()}
        given: dict[str, Facts] = {**models, **data}
        for name, facts in given.items() if self.before else ():
            _check_same(name, self.before.get(name, {}), facts)
        return Reads(given)

    def model(self) -> Model:
        """The only model of this run."""
        assert len(self.models) == 1, f"{len(self.models)} models were asked for"
        return next(iter(self.models.values()))


class Family(BaseModel, frozen=True):
    """Base of all families. Subclasses repeat `frozen=True` and give `kind` a literal."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    evidence: ClassVar[Evidence]
    title: ClassVar[str]
    resumable: ClassVar[bool] = False
    """Yields a checkpoint when it is asked for one, most of the time."""

    def models(self) -> tuple[ModelWish, ...]:
        """What must be in memory; none by default."""
        return ()

    def check(self, lab: Lab) -> tuple[str, ...]:  # noqa: ARG002 - for those that look something up
        """Before anything is queued: what it will do and need, in sentences; reads headers and first documents at most.

        One that begins with `Warning: ` says what may disappoint.

        Raises:
            Trouble: in words, where it cannot work.
        """
        return ()

    def ways(self, lab: Lab) -> tuple[Way, ...]:  # noqa: ARG002 - for those that look something up
        """Where `check` refuses it for what stands in its place: changes that lead round that; none by default.

        Raises:
            Trouble: as `check`, where something else is wrong.
        """
        return ()

    def run(self, bench: Bench) -> Iterator[Event]:
        """The experiment. See the head of this file."""
        raise NotImplementedError(f"{type(self).__name__} has no run")


def _check_same(name: str, before: Facts, now: Facts) -> None:
    differ = [fact for fact in {**before, **now} if before.get(fact) != now.get(fact)]
    if differ:
        fact = differ[0]
        raise Incompatible(
            f"{name} is not what this run began with: expected {fact} {before.get(fact, 'unknown')}, got "
            f"{now.get(fact, 'none')}.",
            next="Put back what it began with, or make a new run of the same spec: it begins anew.",
        )


@runtime_checkable
class Seeded(Protocol):
    """A family whose randomness takes a seed: every one that draws."""

    seed: int
