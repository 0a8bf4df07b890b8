"""Runs and their queue: what the pages `/runs`, `/runs/<id>` and `/queue` are told.

A run is a family's spec, its place in the queue, and a directory with what came of it. Its life:

    planned ─► running ─► succeeded
       ▲  ▲       │ ├───► failed        an error, told in `failure`; or interrupted twice
       │  └───────┘ ├───► cancelled
       │ interrupted└───► paused ─► planned (resume; goes on from the last checkpoint)
       └ requeue: a new attempt of a run that failed or was cancelled, from its last checkpoint where there is one

Live: `follow_run` → one `run_news` with everything since `from_event`, then more as it happens.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from microscope.wire.base import Ask, Wire
from microscope.wire.run_files import Artifact, ChartSpec, LogLine

RunStatus = Literal["planned", "running", "paused", "succeeded", "failed", "cancelled"]

Evidence = Literal["causal", "control", "correlational", "attribution approximation", "decomposition", "hypothesis"]
"""What a result may claim."""


class RunProgress(Wire):
    """How far a run is."""

    done: float
    """Of `of`, in `unit`."""

    of: float | None
    """All there is to do; null where that is not known."""

    unit: str
    """Such as `tokens` or `steps`."""

    stage: str
    """What it is doing, in a word or two."""

    per_s: float | None
    """`unit`s per second over the last seconds; null in the beginning."""

    left_s: float | None
    """Seconds left at this rate; null where that is not known."""

    worked_s: float | None = None
    """How long the run has worked until this was told, in seconds, all attempts together, as `time` of its curves: by
    a clock that nobody sets, unlike `ended` less `started`. Once it has ended, how long it took; null of older runs."""


class RunFailure(Wire):
    """Why a run failed, in the words of every error."""

    error: str
    """What was expected and what was got."""

    next: str
    """What to do about it."""


class RunRow(Wire):
    """A run as lists show it."""

    id: str
    """Such as `train-sae-20261122-0412-3fa9`: what its address and its directory are called."""

    family: str
    """Kind of the family, such as `train_sae`."""

    name: str
    """What people call it; may be empty."""

    status: RunStatus
    """Where it is in its life."""

    priority: int
    """Higher runs first; 0 by default."""

    place: int | None
    """In the queue, from 1; null unless planned."""

    tags: tuple[str, ...]
    """Words to find it by."""

    evidence: Evidence
    """What its result may claim."""

    asked: str = ""
    """What its spec sets, in a line: parameters that differ from the family's defaults; empty where all are as by
    default, and of runs made before that was kept."""

    created: float
    """Unix time in seconds, as are `began`, `started`, `ended` and `deleted`."""

    began: float | None = None
    """The first attempt; null before it, and of older runs that had several."""

    started: float | None
    """The last attempt; null before the first."""

    ended: float | None
    """Null until it has ended."""

    attempts: int
    """How often it was begun."""

    interruptions: int
    """How often its worker died under it since somebody queued it."""

    worker: str | None
    """Which process runs it, or ran it last, as `host:pid`."""

    progress: RunProgress | None
    """The last that was heard; null before the first."""

    headline: dict[str, float | None]
    """The few metrics that tell a result at a glance, as the family names them."""

    failure: RunFailure | None
    """Null unless failed."""

    stopping: Literal["pause", "cancel"] | None
    """What it was asked for and has not reached yet."""

    deleted: float | None = None
    """When it was put away; null unless it was."""


class RunPage(Wire):
    """Runs, the latest first unless sorted otherwise."""

    rows: tuple[RunRow, ...]
    """Of this page."""

    total: int
    """Runs that the filters let through."""

    families: dict[str, int]
    """How many runs each family has, whatever the filters; as `statuses` and `tags` of those that were put away where
    the page is of them, else of the others."""

    statuses: dict[str, int]
    """How many runs each status has, whatever the filters."""

    tags: tuple[str, ...]
    """Every tag that some run has."""

    deleted: int
    """How many runs were put away and can be restored."""


class Run(Wire):
    """Everything about a run but its files' contents."""

    row: RunRow
    """As lists show it."""

    spec: dict[str, JsonValue]
    """What was asked for: the family's parameters, `kind` among them."""

    spec_sha256: str
    """Of the canonical JSON of `spec`."""

    metrics: dict[str, JsonValue]
    """What came of it; empty until there is a result."""

    charts: tuple[ChartSpec, ...]
    """What the family draws of its tables."""

    live: tuple[str, ...]
    """Names of the metrics that were reported on the way: columns of the series."""

    environment: dict[str, JsonValue]
    """Versions, hardware, git commit, seeds, hashes of model and data; empty until it has begun."""

    artifacts: tuple[Artifact, ...]
    """Files of its directory."""

    directory_missing: bool
    """Somebody deleted it."""

    directory: str
    """Where its files lie on the server."""

    made: tuple[Made, ...]
    """What it made outside of its directory."""

    links: tuple[RunLink, ...]
    """What it made or used, and where that is seen."""


class Made(Wire):
    """Something that a run made outside of its directory."""

    what: str
    """`sae`, `recording`, `features`, `lens` or `patch`."""

    path: str
    """Where it lies on the server."""

    missing: bool = False
    """Nothing lies there any more: somebody moved or deleted it."""


class RunLink(Wire):
    """Something that a run made or used."""

    title: str
    """Such as `SAE sae_layer_10`."""

    href: str
    """Address inside this program."""


# ── Socket ───────────────────────────────────────────────────────────────────────────────────────────────


class FollowRun(Ask):
    """Hear of a run until `unfollow_run`: its row, its metrics and its log as they come."""

    type: Literal["follow_run"] = "follow_run"
    run: str
    """Id of the run."""

    from_event: int = Field(default=0, ge=0)
    """Events before it are not sent again: `next` of the last news."""


class UnfollowRun(Ask):
    """Hear of a run no longer; answered with `done`."""

    type: Literal["unfollow_run"] = "unfollow_run"
    run: str
    """Id of the run."""


class RunNews(Wire):
    """A run as it stands, and what happened since the last news."""

    type: Literal["run_news"] = "run_news"
    row: RunRow
    """As lists show it."""

    points: tuple[dict[str, float | None], ...]
    """Metrics reported since, each with `step` (in `unit`) and `time` (seconds of work, all attempts together)."""

    unit: str | None = None
    """What the points' `step` counts, such as `rows`; null where there are none, or where it was not kept."""

    first_point: int
    """Place of the first of `points` among all of the run, from 0. Points that were told from there on have not
    happened: the run has gone back to a checkpoint, or has begun anew."""

    log: tuple[LogLine, ...]
    """Sentences since."""

    first_line: int
    """Place of the first of `log` among all sentences, from 0."""

    next: int
    """Where to go on: give it as `from_event`."""
