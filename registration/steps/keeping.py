"""What a process may keep between two requests: a bounded store, the longest unused goes first.

Whoever keeps something compares a stamp from the database before using it again (see offers.py).
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from flask import current_app

MOST_KEPT = 256


class Store:
    """A dictionary for several threads that never holds more than `most` entries."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """Return what was kept, or None."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def keep(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)


def store(name: str) -> Store:
    """Return the store of this name; every application has its own."""
    found: Store = current_app.extensions.setdefault(f"registration_{name}", Store())
    return found
