"""How records arrive by themselves: growing files, files dropped into a folder, rows of tables, lines over TCP, events.

A collector finds batches of records and hands them to whoever keeps them. It goes on behind a batch only when that is
kept; stopped anywhere, it hands the same batch over once more, and the same leg counts once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import NamedTuple, Protocol, cast

from pbxtally.errors import SourceError
from pbxtally.records import HEADING, Batch, Source
from pbxtally.streams import lines, records_in

MANY_RECORDS = 5_000
"""Records in one batch."""

Take = Callable[[Batch], object]
"""Keeps a batch; it is kept once this returns. Raises PbxTallyError if it is not."""

Say = Callable[[str], None]
"""Tells the operator something that no record can tell."""


class CollectorError(Exception):
    """Why a collector cannot go on now; the text is for the operator. It is tried again."""


class Standing(NamedTuple):
    """How a collector stands, for whoever watches it; None: not yet, or nothing that its kind has.

    `looked_at`: the Unix time when it last had handed over all that was there. `unread_bytes` of a file, `unread_files`
    of a folder: what is there and was not. `row`: the number of the newest row of a table that counts them. `moment`:
    the time of the newest row of any other table, as it stands there.
    """

    is_connected: bool
    looked_at: float | None = None
    unread_bytes: int | None = None
    unread_files: int | None = None
    row: float | None = None
    moment: str | float | None = None


class Collector(Protocol):
    """One way that records arrive."""

    def turn(self, stopped: Event) -> bool:
        """Hand over what is there; says whether there may be more at once. Raises CollectorError to be tried again."""
        ...

    def standing(self) -> Standing:
        """How it stands now; asked in another thread."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Shape(NamedTuple):
    """How the streams of a customer's source are taken apart: its format, and what was said of its layout."""

    source: Source
    layout: Callable[[], str]

    def batches(
        self, place: str, stream: bytes | io.BufferedReader, beginning: bytes = b"", before: int = 0
    ) -> Iterator[Batch]:
        """A stream's batches; SourceError where compressed data is damaged, behind all that came before.

        `beginning`: how the stream begins, if that was read before, with so many records `before` those given now.
        """
        damage: list[SourceError] = []
        records = _until_damage(self._taken_apart(stream), damage)
        first = list(islice(self._taken_apart(beginning) if before else records, HEADING))
        heading = first[: self.source.heading_of(first, self.layout())]
        if not before:
            records, before = chain(first[len(heading) :], records), len(heading)
        while some := list(islice(records, MANY_RECORDS)):
            yield Batch(place, heading + some, len(heading), before)
            before += len(some)
        if damage:
            raise damage[0]

    def _taken_apart(self, stream: bytes | io.BufferedReader) -> Iterator[bytes]:
        if isinstance(stream, bytes):
            return (self.source.records or lines)(io.BufferedReader(cast("io.RawIOBase", io.BytesIO(stream))))
        return records_in(stream, self.source)


def _until_damage(records: Iterator[bytes], damage: list[SourceError]) -> Iterator[bytes]:
    """The records before the damage, and it in the list: one raised among them would take those of its batch along."""
    try:
        yield from records
    except SourceError as why:
        damage.append(why)


class Errand(NamedTuple):
    """What a collector is sent for: where its place is kept, whose source it is, its shape, who keeps, who is told."""

    folder: Path
    customer: str
    source: str
    shape: Shape
    take: Take
    say: Say
