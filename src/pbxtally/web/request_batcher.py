"""Small things that many requests want at the same time are done for all of them at once.

A thread and a commit for each request would cost several times as much as a small delivery. Here the first request is
served at once; those that come meanwhile are served together in the next turn. Whoever asks something larger does not
wait behind all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

GATHERING_SECONDS = 0.005
"""After a turn that served several requests, so long they gather for the next: a turn costs as much as two requests."""

COURTESY_SECONDS = 0.04
STEP_SECONDS = 0.004
"""While others are to be let through, the next turn waits up to COURTESY_SECONDS longer, and looks at every step."""

FEW = 4
"""How many results are given at a time while others are to be let through: each makes the loop work for its answer."""

_Given = TypeVar("_Given")
_Begun = TypeVar("_Begun")
_Got = TypeVar("_Got")


class RequestBatcher(Generic[_Given, _Begun, _Got]):
    """For the requests of one event loop.

    `begin` is called in a thread, turn after turn, with everything wanted by then. `finish` gives each result, or what
    was wrong, in the same order; the next turn does not wait for it. `gives_way` says whether somebody else waits for
    an answer, who is then let through before the next turn of several requests, and between a few results and the next.
    """

    def __init__(
        self,
        begin: Callable[[list[_Given]], _Begun],
        finish: Callable[[_Begun], Awaitable[Sequence[_Got | Exception]]],
        gives_way: Callable[[], bool],
    ) -> None:
        self._begin = begin
        self._finish = finish
        self._gives_way = gives_way
        self._thread = ThreadPoolExecutor(1, "together")
        self._waiting: list[tuple[_Given, asyncio.Future[_Got]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_busy = False

    async def submit(self, given: _Given) -> _Got:
        """The result of one request."""
        answer: asyncio.Future[_Got] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, answer))
        if not self._is_busy:
            self._is_busy = True
            self._start(self._run_batches())
        return await answer

    async def _run_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            answers = [answer for _, answer in batch]
            try:
                begun = await loop.run_in_executor(self._thread, self._begin, [given for given, _ in batch])
            except Exception as why:
                _answer(answers, [why] * len(answers))
            else:
                self._start(self._finish_batch(begun, answers))
            if len(batch) > 1:
                await asyncio.sleep(GATHERING_SECONDS)
                await self._let_others_through()
        self._is_busy = False

    async def _let_others_through(self) -> None:
        until = time.monotonic() + COURTESY_SECONDS
        while self._gives_way() and time.monotonic() < until:
            await asyncio.sleep(STEP_SECONDS)

    async def _finish_batch(self, begun: _Begun, answers: list[asyncio.Future[_Got]]) -> None:
        try:
            found = await self._finish(begun)
        except Exception as why:
            found = [why] * len(answers)
        for start in range(0, len(found), FEW):
            _answer(answers[start : start + FEW], found[start : start + FEW])
            if self._gives_way():
                await asyncio.sleep(0)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # an event loop alone does not keep its tasks alive
        task.add_done_callback(self._tasks.discard)


def _answer(answers: Sequence[asyncio.Future[_Got]], found: Sequence[_Got | Exception]) -> None:
    for answer, one in zip(answers, found, strict=True):
        if answer.done():  # whoever asked has gone away
            continue
        if isinstance(one, Exception):
            answer.set_exception(one)
        else:
            answer.set_result(one)
