"""A store with a bound: what was used longest ago is forgotten first."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

LEAST_BYTES = 1_024  # what an item counts at least: its key and its place take room too


class Memory:
    """A store that forgets what was used longest ago once it holds more than `max_bytes`, or more than `max_items`."""

    def __init__(self, max_bytes: int, max_items: int | None = None) -> None:
        self.max_bytes = max_bytes
        self.max_items = max_items
        self.n_bytes = 0
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def find(self, key: Hashable) -> Any:
        """Return what was kept under the key, or None."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def keep(self, key: Hashable, value: Any, n_bytes: int) -> None:
        """Keep a value, and forget the oldest ones until all fits. A value above the limit is not kept."""
        n_bytes = max(n_bytes, LEAST_BYTES)
        with self._lock:
            if key in self._items:
                self.n_bytes -= self._items.pop(key)[1]
            if n_bytes > self.max_bytes:
                return
            self._items[key] = (value, n_bytes)
            self.n_bytes += n_bytes
            while self.n_bytes > self.max_bytes or len(self._items) > (self.max_items or len(self._items)):
                self.n_bytes -= self._items.popitem(last=False)[1][1]


def weight(value: Any) -> int:
    """Return about how many bytes plain data holds: arrays, texts, and what is made of them."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, (tuple, list, frozenset)):
        leaves = all(isinstance(each, (str, bytes, int)) for each in value)  # most are: tokens, pieces, offsets
        return sys.getsizeof(value) + sum(map(sys.getsizeof if leaves else weight, value))
    if is_dataclass(value):
        return sum(weight(getattr(value, field.name)) for field in fields(value))
    return sys.getsizeof(value)
