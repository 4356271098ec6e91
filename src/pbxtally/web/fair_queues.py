"""Everybody's turn: a customer may have only so many requests under way; more wait, while those of others go on.

Handlers run in a pool of forty threads. Without turns, sixty long questions at once would take all of them, and nobody
else could even sign in. A request whose token was seen before waits in its customer's queue, any other in that of the
addresses around its own. Bodies that come in pieces have queues of their own, so that those that never end hold up
only each other; an answer that is read slowly gives up its turn meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Hashable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pbxtally.errors import BusyError
from pbxtally.login import fingerprint, neighbourhood
from pbxtally.web.problems import answer_known
from pbxtally.web.protocol import WHOLE
from pbxtally.web.token import address_of, find_token, seen_customers

MOST = 8

PATIENCE_SECONDS = 10.0

SLOW_SECONDS = 1.0
"""A part of an answer that takes longer to send than this has a slow reader."""

STALLED_SECONDS = 60.0
"""After this long the reader does not read at all, and the rest of the answer is dropped."""

FREE = frozenset({"/healthz", "/readyz", "/wallboard-events"})
"""Paths without turns: health checks, and news for screens, which hold no thread and have a limit of their own."""


class FairQueues:
    """The queues of one event loop."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    @property
    def in_use(self) -> bool:
        """Whether anybody has a turn, or waits for one."""
        return bool(self._queues)

    @asynccontextmanager
    async def slot(self, whose: Hashable, most: int = MOST) -> AsyncIterator[_Slot]:
        """Wait for a turn, and have it while the block runs; raises BusyError if it does not come in time."""
        queue = self._queues.setdefault(whose, _Queue(most))
        queue.users += 1
        slot = _Slot(queue)
        try:
            await _in_time(slot.acquire())
            yield slot
        finally:
            slot.release()
            queue.users -= 1
            if not queue.users:
                del self._queues[whose]


async def _in_time(coming: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(coming, PATIENCE_SECONDS)
    except TimeoutError:
        raise BusyError("Too many of your requests are being answered - try again later") from None


class _Queue:
    def __init__(self, most: int) -> None:
        self.slots = asyncio.Semaphore(most)
        self.users = 0


class _Slot:
    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self.is_held = False

    async def acquire(self) -> None:
        await self._queue.slots.acquire()
        self.is_held = True

    def release(self) -> None:
        if self.is_held:
            self.is_held = False
            self._queue.slots.release()


def queues_of(request: Request) -> FairQueues:
    """The queues of the event loop that a request runs on."""
    kept: WeakKeyDictionary[asyncio.AbstractEventLoop, FairQueues] = request.app.state.fair_queues
    return kept.setdefault(asyncio.get_running_loop(), FairQueues())


def _whose(request: Request) -> str:
    found = find_token(request)
    known = seen_customers(request).get(fingerprint(found.token)) if found else None
    return known or neighbourhood(address_of(request))


class FairQueueMiddleware:
    """Lets requests in when it is their turn."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in turn, or 503."""
        if scope["type"] != "http" or scope["path"] in FREE:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        whose = (_whose(request), WHOLE in scope.get("extensions", ()))
        try:
            async with queues_of(request).slot(whose) as slot:
                await self.app(scope, receive, _giving_way(send, slot))
        except BusyError as why:
            response = await answer_known(request, why)
            await response(scope, receive, send)


def _giving_way(send: Send, slot: _Slot) -> Send:
    """Send on parts of an answer while they are read; while one takes long, another request has the turn."""

    async def sent(message: Message) -> None:
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, slot.release)
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await send(message)
        except TimeoutError:
            raise ClientDisconnect from None
        finally:
            slow.cancel()
        if not slot.is_held:
            await slot.acquire()

    return sent
