"""Connections to PostgreSQL that do not wait for ever.

A server that hangs, or a line that is cut without a word, answers nothing and refuses nothing; its own limits are as
still as itself. So whoever waits looks at the clock. Imported only where a server is used: psycopg is an extra.
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
"""So long a server may say nothing: longer than anybody waits for the lock of writers."""

_Read = TypeVar("_Read")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when its server says nothing for too long."""

    def wait(self, gen: Generator[Any, Any, _Read], *others: Any, **named: Any) -> _Read:
        """Do what a generator of psycopg's does, as long as something comes or can be sent."""
        return super().wait(self._hearing(gen), *others, **named)

    def _hearing(self, doing: Generator[Any, Any, _Read]) -> Generator[Any, Any, _Read]:
        """The same; it is sent nothing ten times a second while nothing happens on the line."""
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
    """A pool whose connections may all be waiting for a server: who is not given one is told to come again."""

    def connect(self) -> PoolProxiedConnection:
        """A connection; raises BusyError."""
        try:
            return super().connect()
        except NoneFree:
            raise BusyError("The people cannot be reached now - try again later") from None
