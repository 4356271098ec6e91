"""Reading beside keeping: a large file is read in a process of its own, so that both cores work.

When that process is slower than the work on the records here, this one helps it, from the other end of the queue.
Small files are read here alone: a process takes as long to start as ten thousand records take to read.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import NamedTuple

import msgspec

from pbxtally.calls import Leg
from pbxtally.checked_reading import ReadChecked, read_checked
from pbxtally.records import HEADING, Reading, Rejected
from pbxtally.sources import SOURCES

LINES = 5_000
"""Lines in one piece of work."""

NEARBY = 4
"""Pieces read here: the first before the process is started, the others while it starts."""

AHEAD = 30
"""Pieces in work or waiting: while a batch of ten is kept and the file written, others are read; more fill memory."""

TURN_SECONDS = 0.0002
"""How long the threads that feed the other process wait for the GIL; Python's own 5 ms add up."""


class _Piece(NamedTuple):
    """Lines, and how many stand before them in the file."""

    lines: list[bytes]
    before: int


@dataclass(slots=True)
class _Begun:
    """A piece for the other process to read; if it was read here instead, `read_here` has its records."""

    piece: _Piece
    message: Future[bytes]
    read_here: list[Leg | Rejected] = field(default_factory=list)

    def records(self) -> Iterable[Leg | Rejected]:
        """The piece's records; waits for them if necessary."""
        return self.read_here if self.message.cancelled() else unpack(self.message.result())


def read_aside(source: str) -> ReadChecked:
    """`checked_reading.read_checked` of a source, with most of a large file read in another process."""
    return partial(_read, source)


def _read(source: str, lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
    rest = iter(lines)
    first_lines = list(islice(rest, HEADING))
    heading = first_lines[: SOURCES[source].heading_length_in(first_lines, reading.layout)]
    first_piece = chain(first_lines, islice(rest, LINES - len(first_lines)))
    yield from read_checked(SOURCES[source].read, first_piece, reading, latest_ms)
    pieces = _pieces(heading, rest)
    nearby, beyond = list(islice(pieces, NEARBY - 1)), list(islice(pieces, 1))
    here = chain.from_iterable(_records(source, *one, reading, latest_ms) for one in nearby)
    yield from _read_aside(source, chain(beyond, pieces), here, reading, latest_ms) if beyond else here


def _read_aside(
    source: str, pieces: Iterator[_Piece], here: Iterable[Leg | Rejected], reading: Reading, latest_ms: int
) -> Iterator[Leg | Rejected]:
    """What is read `here` while the other process starts, then what that has read.

    If the process died while one of its pool's own futures was being cancelled, the pool would wait forever: pieces
    are cancelled before they reach it.
    """
    with (
        _quick_turns(),
        ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin) as other,
        ThreadPoolExecutor(2) as line,
    ):

        def ask(piece: _Piece) -> bytes:
            return other.submit(_read_piece, source, *piece, reading, latest_ms).result()

        begun = (_Begun(one, line.submit(ask, one)) for one in pieces)
        waiting = deque(islice(begun, AHEAD))
        yield from here
        while waiting:
            _lend_a_hand(waiting, lambda piece: list(_records(source, *piece, reading, latest_ms)))
            yield from waiting.popleft().records()
            waiting.extend(islice(begun, 1))


def _lend_a_hand(waiting: Sequence[_Begun], read: Callable[[_Piece], list[Leg | Rejected]]) -> None:
    """Until the first piece is there, read the last ones, which the other process has not reached."""
    for one in reversed(waiting):
        if waiting[0].message.done():
            return
        if one.message.cancel():
            one.read_here = read(one.piece)


def _begin() -> None:
    """Runs first in the other process, which makes no reference cycles either."""
    gc.disable()
    settle_in()


def settle_in() -> None:
    """Let a process that reads for another leave Ctrl-C to that one, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_other, daemon=True).start()


def _end_with_the_other() -> None:
    other = parent_process()
    assert other is not None
    other.join()
    os._exit(1)


def _pieces(heading: list[bytes], rest: Iterator[bytes]) -> Iterator[_Piece]:
    """The pieces after the first, each with the heading before it."""
    before = LINES
    while piece := list(islice(rest, LINES)):
        yield _Piece(heading + piece, before - len(heading))
        before += len(piece)


def _records(
    source: str, lines: list[bytes], before: int, reading: Reading, latest_ms: int
) -> Iterator[Leg | Rejected]:
    """The records of a piece; rejected ones have their line in the file."""
    for one in read_checked(SOURCES[source].read, lines, reading, latest_ms):
        yield one if isinstance(one, Leg) else one._replace(line=one.line + before)


def _read_piece(source: str, lines: list[bytes], before: int, reading: Reading, latest_ms: int) -> bytes:
    """Runs in the other process: records as MessagePack, which crosses faster than objects."""
    return pack(list(_records(source, lines, before, reading, latest_ms)))


def pack(found: Sequence[Leg | Rejected]) -> bytes:
    """What was read, for the other process; legs of one type are put together again in half the time of a mixture."""
    legs = [one for one in found if isinstance(one, Leg)]
    bad = [(place, one) for place, one in enumerate(found) if isinstance(one, Rejected)]
    return msgspec.msgpack.encode((legs, bad))


def unpack(message: bytes) -> Iterator[Leg | Rejected]:
    """The records of a piece in the order of their lines."""
    found, bad = _DECODER.decode(message)
    legs, taken = iter(found), 0
    for count, (place, rejected) in enumerate(bad):
        yield from islice(legs, place - count - taken)
        yield rejected
        taken = place - count
    yield from legs


@contextmanager
def _quick_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def no_circles() -> Iterator[None]:
    """Turn the garbage collector off: loading makes millions of tuples, no cycles; it takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_DECODER = msgspec.msgpack.Decoder(tuple[list[Leg], list[tuple[int, Rejected]]])
