"""Connections to PostgreSQL that do not wait for ever.

A server that hangs, or a connection that is silently cut, neither answers nor refuses, and the server's own timeouts do
not work either. So the client watches the clock. Imported only where a server is used: psycopg is an extra.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from sqlalchemy import PoolProxiedConnection, QueuePool
from sqlalchemy.exc import TimeoutError as NoneFree

from pbxtally.errors import BusyError

SILENT_SECONDS = 15.0
"""How long a server may be silent: longer than anybody waits for the lock of writers."""

_Read = TypeVar("_Read")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed if its server is silent for too long."""

    def wait(self, gen: Generator[Any, Any, _Read], *others: Any, **named: Any) -> _Read:
        """Run a generator of psycopg's as long as something arrives or can be sent."""
        return super().wait(self._hearing(gen), *others, **named)

    def _hearing(self, doing: Generator[Any, Any, _Read]) -> Generator[Any, Any, _Read]:
        """The same generator; while the line is idle, it is resumed ten times a second with nothing."""
        until = time.monotonic() + SILENT_SECONDS
        try:
            wanted = next(doing)
            while True:
                happened = yield wanted
                if happened:
                    until = time.monotonic() + SILENT_SECONDS
                elif time.monotonic() > until:
                    self.close()
                    raise psycopg.OperationalError(f"the server has said nothing for {SILENT_SECONDS:.0f} seconds")
                wanted = doing.send(happened)
        except StopIteration as done:
            found: _Read = done.value
            return found


class BusyPool(QueuePool):
    """A pool that raises BusyError when it has no free connection, because all may be waiting for a hung server."""

    def connect(self) -> PoolProxiedConnection:
        """A connection; raises BusyError."""
        try:
            return super().connect()
        except NoneFree:
            raise BusyError("The people database cannot be reached now - try again later") from None
