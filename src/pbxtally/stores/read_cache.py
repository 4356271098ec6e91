"""A cache of what was read of the people, valid until anybody changes anything.

SQLite counts what others have committed (`data_version`), in whichever process: asked on a connection that never
changes anything itself, an unchanged count means that everything read since then is still valid. Asking costs a
hundredth of reading. PostgreSQL has no such count: there nothing is remembered, except by a thread within
`consistent_reads`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Engine

MANY = 10_000
"""How many results are remembered; then all are forgotten."""

_Given = ParamSpec("_Given")
_Read = TypeVar("_Read")
_Owner = TypeVar("_Owner", bound="_HasCache")


class ReadCache:
    """What was read since the last change; safe to use from any thread."""

    def __init__(self, engine: Engine) -> None:
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._watch = None if file is None else sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._known: dict[tuple[Any, ...], Any] = {}
        self._count = -1
        self._thread = _Thread()

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            if self._watch is not None:
                self._watch.close()
            self._watch = None

    @contextmanager
    def consistent_reads(self) -> Iterator[None]:
        """Within the block this thread gets the same under a key as the first time; it must not change anything."""
        self._thread.seen = {}
        try:
            yield
        finally:
            self._thread.seen = None

    def get(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        """What is known under a key, read if that may have changed."""
        seen = self._thread.seen
        if seen is None:
            return self._get(key, read)
        if key not in seen:
            seen[key] = self._get(key, read)
        return seen[key]

    def _get(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        """The same, as it is now.

        What was read is kept only if the count is still the same then: another thread may have noticed a change that
        this read did not see.
        """
        count = self._look()
        if count is None:
            return read()
        if key in (known := self._known):
            return known[key]
        value = read()
        with self._lock:
            if count == self._count:
                self._known[key] = value
        return value

    def _look(self) -> int | None:
        """The count of changes; what was remembered before the last one is forgotten."""
        with self._lock:
            if self._watch is None:
                return None
            count: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
            if count != self._count or len(self._known) >= MANY:
                self._known, self._count = {}, count
            return count


class _Thread(threading.local):
    """What a thread was given in its `consistent_reads` block; None outside of one."""

    seen: dict[tuple[Any, ...], Any] | None = None


class _HasCache(Protocol):
    @property
    def cache(self) -> ReadCache: ...


def cached_read(
    read: Callable[Concatenate[_Owner, _Given], _Read],
) -> Callable[Concatenate[_Owner, _Given], _Read]:
    """A reading method whose results are remembered by its arguments; a list or dictionary is returned as a copy."""

    def known(self: _Owner, /, *given: _Given.args, **named: _Given.kwargs) -> _Read:
        value: Any = self.cache.get(
            (read.__name__, *given, *sorted(named.items())), lambda: read(self, *given, **named)
        )
        own: _Read = _copied(value)
        return own

    return wraps(read)(known)


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, list | dict) else value
