"""The device and the server: what the status bar shows, and what goes wrong."""

from __future__ import annotations

from typing import Literal

from microscope.wire.base import Wire
from microscope.wire.models import LoadFailure, LoadProgress


class DeviceStatus(Wire):
    """What the status bar shows."""

    device: str
    """Where models compute, such as `cpu` or `cuda:0`; `auto` until one is loaded."""

    memory_used_bytes: int
    """Memory of the device that is in use, by other programs too."""

    memory_total_bytes: int
    """Memory that the device has."""

    models_bytes: int
    """Taken by resident models."""

    states_bytes: int
    """Taken by kept caches and residuals."""

    state_budget_bytes: int
    """Most that caches and residuals may take before the oldest are evicted."""

    streams: int
    """Turns being generated now."""

    waiting: int
    """Jobs waiting for the device."""

    forwards: int
    """Forward passes since the start."""

    positions_computed: int
    """Positions computed by them."""


class Health(Wire):
    """Sign of life."""

    status: Literal["ok"] = "ok"
    """Always `ok`: no answer is the other case."""

    version: str
    """Of this program."""

    model: str | None
    """Slug of the model that new conversations use; null until one is loaded."""

    loading: LoadProgress | None
    """The model that is being loaded now."""

    load_failure: LoadFailure | None
    """Why the last load failed; null where it did not."""

    uptime_s: float
    """Seconds since the server started."""


class Problem(Wire):
    """Every error, on every route."""

    error: str
    """What was expected and what was got, in a sentence."""

    next: str
    """What to do about it."""

    status: int
    """HTTP status: 4xx is the request's fault, 5xx the server's."""
