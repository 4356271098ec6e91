"""Who is looking at wallboards: only so many at a time, and one count for all who look at the same."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from pbxtally.errors import BusyError

MOST = 200
MOST_OF_A_CUSTOMER = 20
AT_ONCE = 2
"""Counts for screens that may run at the same time, so that people's questions go on beside them."""

RENEW_SECONDS = 30.0
"""How often numbers are counted anew even if no call came in, since time goes on."""


class Counted(NamedTuple):
    """What was last counted, at which state of the store, and when."""

    state: int
    at: float
    text: bytes


class Screens:
    """The screens of one event loop, which does everything but the counting."""

    def __init__(self) -> None:
        self._watching: Counter[str] = Counter()
        self._counted: dict[Hashable, Counted] = {}
        self._counting: dict[Hashable, asyncio.Task[Counted]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    @contextmanager
    def watching(self, customer: str) -> Iterator[None]:
        """Count one more viewer while the block runs; raises BusyError if there is no room."""
        if self._watching.total() >= MOST or self._watching[customer] >= MOST_OF_A_CUSTOMER:
            raise BusyError("Too many screens are showing wallboards - close one, or try again later")
        self._watching[customer] += 1
        try:
            yield
        finally:
            self._watching[customer] -= 1
            if not self._watching[customer]:
                del self._watching[customer]
                self._counted = {}  # what others still look at is counted anew

    async def news(self, key: Hashable, state: int, count: Callable[[], bytes]) -> bytes:
        """What `count` gives at this state of the store; it runs in a thread, once for all who ask for `key`.

        Whoever asks while it runs gets what it gives, also if the store has changed since it began.
        """
        known = self._counted.get(key)
        if known and known.state == state and time.monotonic() - known.at < RENEW_SECONDS:
            return known.text
        task = self._counting.get(key)
        if task is None:
            task = asyncio.create_task(self._count(state, count))
            self._counting[key] = task
            task.add_done_callback(lambda done: self._counted_once(key, done))
        counted = await asyncio.shield(task)
        self._counted[key] = counted
        return counted.text

    def _counted_once(self, key: Hashable, task: asyncio.Task[Counted]) -> None:
        """Let the next who asks count anew; a fault is for those who wait, and taken as seen if all of them left."""
        self._counting.pop(key, None)
        if not task.cancelled():
            task.exception()

    async def _count(self, state: int, count: Callable[[], bytes]) -> Counted:
        async with self._turn:
            text = await run_in_threadpool(count)
        return Counted(state, time.monotonic(), text)
