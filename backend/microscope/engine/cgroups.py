"""Control groups: the folders in which the kernel says what a container or a service may take.

Version 2 keeps one tree of groups, version 1 one for every resource. A limit holds for all groups below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

CGROUP = Path("/sys/fs/cgroup")
"""Where control groups are mounted; inside a container its own group is the root of them."""

OWN = Path("/proc/self/cgroup")
"""Names this process's group in every tree, as `4:memory:/system.slice/name` or `0::/system.slice/name`."""


class Group(NamedTuple):
    folder: Path
    version: Literal[1, 2]

    def numbers(self, *names: str) -> list[int]:
        """All that stands in these files.

        Raises:
            OSError: one is not there.
            ValueError: one holds a word, such as "max" for no limit.
        """
        return [int(word) for name in names for word in (self.folder / name).read_text().split()]


def groups(resource: Literal["cpu", "memory"], cgroup: Path = CGROUP, own: Path = OWN) -> Iterator[Group]:
    """This process's group and those above it, as far as they can be seen from here, in both versions."""
    for folder in _upwards(cgroup, _path_of("", own)):
        yield Group(folder, 2)
    for folder in _upwards(cgroup / resource, _path_of(resource, own)):
        yield Group(folder, 1)


def _path_of(resource: str, own: Path) -> str:
    """Below the root of its tree; the root itself where nothing is said, or the group lies outside of it."""
    try:
        lines = own.read_text().splitlines()
    except OSError:  # Not Linux.
        return ""
    for _, resources, path in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        if resource in resources.split(",") and ".." not in path:
            return path.strip("/")
    return ""


def _upwards(root: Path, path: str) -> list[Path]:
    parents = [root / path, *(root / path).parents]
    return [folder for folder in parents[: parents.index(root) + 1] if folder.is_dir()]
