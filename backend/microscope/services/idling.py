"""A worker with nothing to do. It is one like any other, but that torch, which takes seconds and memory, waits too."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from microscope.services.leases import BEAT_S, IDLE_S, Leases, take_back
from microscope.services.processes import this_process
from microscope.settings import Settings
from microscope.store import queue
from microscope.store.database import database_url, open_database
from microscope.store.files import Folder

log = logging.getLogger("microscope")


PAUSED = "The queue is paused: nothing that is planned is begun. Let it go on: microscope queue resume"


def wait_for_work(settings: Settings, *, patient: bool, tell: Callable[[str], None]) -> bool:
    """Until a run is planned; false where none is, and it is not to wait.

    Args:
        patient: otherwise it is seen once whether there is one.
        tell: says why nothing is begun, each time that the queue is paused.

    Raises:
        Unavailable: the home folder cannot be written, or the database does not answer.
    """
    home, me, looked, paused = Folder(settings.home), this_process(), -math.inf, False
    database = open_database(database_url(settings, home))
    leases = Leases(database)
    try:
        while True:
            try:
                if time.monotonic() - looked >= BEAT_S:
                    looked = time.monotonic()
                    queue.enlist(database, me.worker, me.mark)
                    take_back(leases, home)
                if queue.next_planned(database) is not None:
                    return True
                was_paused, paused = paused, queue.is_paused(database)
                if paused and not was_paused:
                    tell(PAUSED)
                if not patient:
                    queue.dismiss(database, me.worker)
            except SQLAlchemyError as wrong:
                log.warning("the database does not answer: %s", wrong)
            if not patient:
                return False
            time.sleep(IDLE_S)
    finally:
        database.dispose()
