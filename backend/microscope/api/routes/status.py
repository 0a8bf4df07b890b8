"""Is it there, and how does it feel?"""

from __future__ import annotations

import time

from fastapi import APIRouter

from microscope import __version__
from microscope.api.desk import Desk
from microscope.wire.status import DeviceStatus, Health

router = APIRouter(tags=["status"])
STARTED = time.monotonic()


@router.get("/health")
async def health(desk: Desk) -> Health:
    """Answers as soon as the server is up, also while a model is loading."""
    return Health(
        version=__version__,
        model=desk.models.current,
        loading=desk.models.loading,
        load_failure=desk.models.failure,
        uptime_s=time.monotonic() - STARTED,
    )


@router.get("/status")
async def status(desk: Desk) -> DeviceStatus:
    """Memory, streams, and the counters of forward passes and positions computed."""
    return desk.models.status()
