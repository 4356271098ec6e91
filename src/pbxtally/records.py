"""How CDRs come in: what a source is told, and what it gives back for every record.

A source turns records into legs. A record is never lost: it is a `Leg`, or it is `Rejected` with its place and reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg

MANY_BYTES = 65_536
"""A longer record is no CDR; it is rejected, and what is kept of it is its beginning."""

MANY_CHARACTERS = {"name": 256, "number": 128, "words": 1024}


class Rejected(NamedTuple):
    """A record we could not use: its line (from 1), why, and its bytes (bounded)."""

    line: int
    reason: str
    raw: bytes


class NumberWithCalls(NamedTuple):
    """An extension number, how many calls it has, and when the first and the last of them started."""

    number: str
    calls: int
    first_ms: int
    last_ms: int


class Kept(NamedTuple):
    """What became of legs that were delivered: new, known already, or put in the place of an older version."""

    kept: int
    known: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source needs to know to read.

    `zone`: of clock times without an offset. `number_of`: from an extension's id in the directory and an instant to the
    number it had then; None if the directory does not know the id.
    """

    zone: ZoneInfo
    customer: str
    number_of: Callable[[str, int], str | None]


Read = Callable[[Iterable[bytes], Reading], Iterator[Leg | Rejected]]
"""A source: lines in, a leg or a rejection for each line that is not blank, in the same order."""


def text(value: str, kind: str) -> str:
    """Text as we keep it: bounded, and writable as UTF-8 whatever a PBX put into it."""
    if value.isascii() and len(value) <= MANY_CHARACTERS[kind]:
        return value
    return value[: MANY_CHARACTERS[kind]].encode("utf-8", "replace").decode("utf-8")
