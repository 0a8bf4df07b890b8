"""Who a worker is: a process of this machine, told apart from all others that ever had its number."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psutil


class Process(NamedTuple):
    """A worker, as the database names it."""

    worker: str
    """`host:pid`, for people."""

    mark: str
    """`place/pid/start`: a place is a boot of a machine, or a container on it."""


@cache
def this_process() -> Process:
    pid = os.getpid()
    return Process(f"{socket.gethostname()}:{pid}", f"{_place()}/{pid}/{psutil.Process(pid).create_time():.2f}")


def has_died(mark: str) -> bool:
    """True only of a process of this very place that is no more; of others nothing is known."""
    place, pid, start = mark.rsplit("/", 2)
    if place != _place():
        return False
    try:
        process = psutil.Process(int(pid))
        gone = process.status() == psutil.STATUS_ZOMBIE
        return gone or f"{process.create_time():.2f}" != start
    except psutil.NoSuchProcess:
        return True


def lives_here(mark: str) -> bool:
    """True only of a process of this very place that is still there."""
    return mark.startswith(f"{_place()}/") and not has_died(mark)


@cache
def _place() -> str:
    """The boot and the process namespace where Linux tells them, else the host's name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}-{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()
