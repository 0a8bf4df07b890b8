"""How many cores the process may use: by its affinity, and by a container's quota of time.

torch counts the affinity alone. With a quota of one core on a machine of eight, its eight threads would use up the
quota of each period in an eighth of it, and all stand still for the rest.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch

CGROUP = Path("/sys/fs/cgroup")
"""Where control groups are mounted; inside a container its own group is the root of them."""


def n_cores(cgroup: Path = CGROUP) -> int:
    """That this process may use; a quota counts as the nearest whole number of them, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = quota(cgroup)
    return allowed if share is None else max(1, min(allowed, round(share)))


def quota(cgroup: Path) -> float | None:
    """Cores' worth of time that the group may take; None where it has no limit, or there are no control groups."""
    try:
        limit, period = _version_2(cgroup) or _version_1(cgroup)
    except (OSError, ValueError):  # Not Linux, no limit ("max" is no number), or a kernel that says it otherwise.
        return None
    return limit / period if limit > 0 and period > 0 else None


def _version_2(cgroup: Path) -> tuple[int, int] | None:
    """From `50000 100000`: microseconds of every period."""
    path = cgroup / "cpu.max"
    if not path.exists():
        return None
    limit, period = path.read_text().split()
    return int(limit), int(period)


def _version_1(cgroup: Path) -> tuple[int, int]:
    """The same from two files; -1 is no limit."""
    limit, period = (int((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
    return limit, period


def limit_threads(cgroup: Path = CGROUP) -> None:
    """No more threads of torch than cores, in the threads that are started from now on."""
    if (cores := n_cores(cgroup)) < torch.get_num_threads():
        torch.set_num_threads(cores)
