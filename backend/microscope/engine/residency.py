"""What is in memory: admitted by a byte budget, the least recently used goes first, what is in use stays.

Knows sizes and order of use; knows no tensors. Belongs to one thread.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Residency(Generic[K, V]):
    """A map that forgets. Sizes are asked for anew at every trim, since conversations grow."""

    def __init__(self, budget_bytes: int, size: Callable[[V], int], evicted: Callable[[K, V], None]) -> None:
        """
        Args:
            size: bytes of a value, now.
            evicted: told of every value that leaves for lack of room, while it is still whole.
        """
        self.budget_bytes = budget_bytes
        self._size = size
        self._evicted = evicted
        self._values: OrderedDict[K, V] = OrderedDict()
        self._pins: Counter[K] = Counter()

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[K]:
        """Keys, the least recently used first."""
        return iter(tuple(self._values))

    @property
    def n_bytes(self) -> int:
        return sum(self._size(value) for value in self._values.values())

    def get(self, key: K) -> V | None:
        """The value, now the most recently used; None when it is not resident."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Admit or replace; others leave until the budget holds. The newest stays even if it is too large alone."""
        self._values[key] = value
        self._values.move_to_end(key)
        with self.pinned(key):
            self.trim()

    def is_pinned(self, key: K) -> bool:
        """Whether it is in use, and stays."""
        return key in self._pins

    def evict(self, key: K) -> None:
        """Let this one go for lack of room."""
        self._evicted(key, self._values.pop(key))

    def drop(self, key: K) -> None:
        """Forget without telling `evicted`."""
        self._values.pop(key, None)

    @contextmanager
    def pinned(self, key: K) -> Generator[None]:
        """Keep a value resident while it is in use."""
        self._pins[key] += 1
        try:
            yield
        finally:
            self._pins[key] -= 1
            if not self._pins[key]:
                del self._pins[key]

    def trim(self, needed_bytes: int = 0) -> int:
        """Evict until `needed_bytes` more would fit into the budget; returns what is then over it, 0 if nothing is."""
        over = self.n_bytes + needed_bytes - self.budget_bytes
        for key in tuple(self._values):
            if over <= 0:
                break
            if key not in self._pins:
                over -= self._size(self._values[key])
                self.evict(key)
        return max(0, over)
