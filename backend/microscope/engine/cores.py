"""How many cores the process may use: by its affinity, and by a container's quota of time.

torch counts the affinity alone. With a quota of one core on a machine of eight, its eight threads would use up the
quota of each period in an eighth of it, and all stand still for the rest.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch

from microscope.engine.cgroups import CGROUP, Group, groups


def n_cores(cgroup: Path = CGROUP) -> int:
    """That this process may use; a quota counts as the nearest whole number of them, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = quota(cgroup)
    return allowed if share is None else max(1, min(allowed, round(share)))


def quota(cgroup: Path) -> float | None:
    """Cores' worth of time that the group may take; None where it has no limit, or there are no control groups."""
    return min((share for group in groups("cpu", cgroup) if (share := _share(group)) is not None), default=None)


def _share(group: Group) -> float | None:
    """From `50000 100000` in microseconds, in one file or in two; a limit of "max" or -1 is none."""
    names = ["cpu.max"] if group.version == 2 else ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
    try:
        limit, period = group.numbers(*names)
    except (OSError, ValueError):
        return None
    return limit / period if limit > 0 and period > 0 else None


def limit_threads(cgroup: Path = CGROUP) -> None:
    """No more threads of torch than cores, in the threads that are started from now on."""
    if (cores := n_cores(cgroup)) < torch.get_num_threads():
        torch.set_num_threads(cores)
