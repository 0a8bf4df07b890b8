"""Sweeps: many runs of one spec, with some of its fields varied."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, status

from microscope.api.desk import Desk
from microscope.wire.sweeps import NewSweep, QueuedSweep, SweepOnly, SweepPlan

router = APIRouter(tags=["runs"])


@router.post("/sweeps/preflight")
async def preflight(sweep: SweepOnly, desk: Desk) -> SweepPlan:
    """How many runs a sweep would be, and what they would do; nothing is queued."""
    return await asyncio.to_thread(desk.sweeping.preflight, sweep)


@router.post("/sweeps", status_code=status.HTTP_201_CREATED)
async def submit(sweep: NewSweep, desk: Desk) -> QueuedSweep:
    """All of its runs into the queue, but for those that there are already."""
    queued = await asyncio.to_thread(desk.sweeping.submit, sweep)
    desk.runner.nudge()
    return queued
