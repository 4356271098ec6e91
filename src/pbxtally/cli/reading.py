"""Reading beside keeping: a large file is read in a process of its own, so that both cores work.

Small files are read where they are: a process takes as long to start as ten thousand records to read.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import NamedTuple

import msgspec

from pbxtally.calls import Leg
from pbxtally.checked import ReadChecked, read_checked
from pbxtally.records import HEADING, Reading, Rejected
from pbxtally.sources import SOURCES

LINES = 5_000
"""Lines in one piece of work."""

NEARBY = 4
"""Pieces read here: the first before a process is started, the others while it starts."""

AHEAD = 14
"""Pieces in work or waiting: while a batch is kept, the next is read. More would only fill the memory."""


class _Piece(NamedTuple):
    """Lines, and how many stand before them in the file."""

    lines: list[bytes]
    before: int


def read_aside(source: str) -> ReadChecked:
    """`checked.read_checked` of a source, the larger part of a large file in another process."""
    return partial(_read, source)


def _read(source: str, lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
    rest = iter(lines)
    first_lines = list(islice(rest, HEADING))
    heading = first_lines[: SOURCES[source].heading_of(first_lines, reading.layout)]
    first_piece = chain(first_lines, islice(rest, LINES - len(first_lines)))
    yield from read_checked(SOURCES[source].read, first_piece, reading, latest_ms)
    pieces = _pieces(heading, rest)
    nearby, beyond = list(islice(pieces, NEARBY - 1)), list(islice(pieces, 1))
    here = chain.from_iterable(_records(source, *one, reading, latest_ms) for one in nearby)
    yield from _read_aside(source, chain(beyond, pieces), here, reading, latest_ms) if beyond else here


def _read_aside(
    source: str, pieces: Iterator[_Piece], here: Iterable[Leg | Rejected], reading: Reading, latest_ms: int
) -> Iterator[Leg | Rejected]:
    """What is read `here` while the other process starts, then what that has read."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin) as pool:
        begun = (pool.submit(_read_piece, source, *one, reading, latest_ms) for one in pieces)
        waiting = deque(islice(begun, AHEAD))
        yield from here
        while waiting:
            yield from unpack(waiting.popleft().result())
            waiting.extend(islice(begun, 1))


def _begin() -> None:
    """Runs first in the other process, which makes no circles either."""
    gc.disable()
    settle_in()


def settle_in() -> None:
    """Any process of ours that reads for another leaves Ctrl-C to that one, and ends when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_other, daemon=True).start()


def _end_with_the_other() -> None:
    other = parent_process()
    assert other is not None
    other.join()
    os._exit(1)


def _pieces(heading: list[bytes], rest: Iterator[bytes]) -> Iterator[_Piece]:
    """What stands behind the first piece, each with the heading before it."""
    before = LINES
    while piece := list(islice(rest, LINES)):
        yield _Piece(heading + piece, before - len(heading))
        before += len(piece)


def _records(
    source: str, lines: list[bytes], before: int, reading: Reading, latest_ms: int
) -> Iterator[Leg | Rejected]:
    """What a piece says, its rejected records at their lines in the file."""
    for one in read_checked(SOURCES[source].read, lines, reading, latest_ms):
        yield one if isinstance(one, Leg) else one._replace(line=one.line + before)


def _read_piece(source: str, lines: list[bytes], before: int, reading: Reading, latest_ms: int) -> bytes:
    """Runs in the other process: records as MessagePack, which crosses faster than objects."""
    return pack(list(_records(source, lines, before, reading, latest_ms)))


def pack(found: Sequence[Leg | Rejected]) -> bytes:
    """What was read, for the other process."""
    legs = [one for one in found if isinstance(one, Leg)]
    bad = [(place, one) for place, one in enumerate(found) if isinstance(one, Rejected)]
    return msgspec.msgpack.encode((legs, bad))


def unpack(message: bytes) -> Iterator[Leg | Rejected]:
    """The records of a piece in the order of their lines."""
    legs, bad = _DECODER.decode(message)
    taken = 0
    for count, (place, rejected) in enumerate(bad):
        yield from map(Leg._make, legs[taken : place - count])
        yield rejected
        taken = place - count
    yield from map(Leg._make, legs[taken:])


@contextmanager
def no_circles() -> Iterator[None]:
    """Loading makes millions of small tuples, none in a circle: looking for circles takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_DECODER = msgspec.msgpack.Decoder(tuple[list[tuple], list[tuple[int, Rejected]]])  # type: ignore[type-arg]
