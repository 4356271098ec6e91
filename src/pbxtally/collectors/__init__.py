"""How records arrive by themselves: growing files, files dropped into a folder, rows of tables, lines over TCP, events.

A collector finds batches of records and hands them to whoever keeps them. It moves past a batch only once that is
kept; stopped at any point, it hands the same batch over again, and each leg still counts once.
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
"""Keeps a batch, for good once this returns. Raises PbxTallyError if it cannot."""

Say = Callable[[str], None]
"""Tells the operator what is not in any record."""


class CollectorError(Exception):
    """Why a collector cannot go on now; the text is for the operator. The collector is tried again."""


class CollectorStatus(NamedTuple):
    """How a collector stands, for whoever watches it; None: not known yet, or its kind has no such thing.

    `looked_at`: the Unix time when it had last handed over all there was. `unread_bytes` of a file, `unread_files`
    of a folder: what it has not read yet. `row`: the number of the newest row of a table that counts them. `moment`:
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

    def collect(self, stopped: Event) -> bool:
        """Hand over what is there; says whether there may be more at once. Raises CollectorError to be tried again."""
        ...

    def status(self) -> CollectorStatus:
        """How it stands now; called from another thread."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class StreamFormat(NamedTuple):
    """How the streams of a customer's source are taken apart: its format, and its layout as far as it was given."""

    source: Source
    layout: Callable[[], str]

    def batches(
        self, place: str, stream: bytes | io.BufferedReader, beginning: bytes = b"", before: int = 0
    ) -> Iterator[Batch]:
        """A stream's batches; SourceError where compressed data is damaged, after everything before that was yielded.

        `beginning`: the stream's first bytes, if they were read earlier; `before`: how many records precede these.
        """
        damage: list[SourceError] = []
        records = _until_damage(self._taken_apart(stream), damage)
        first = list(islice(self._taken_apart(beginning) if before else records, HEADING))
        heading = first[: self.source.heading_length_in(first, self.layout())]
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
    """The records before the damage, which goes into the list: raised here, it would lose the records of its batch."""
    try:
        yield from records
    except SourceError as why:
        damage.append(why)


class CollectorContext(NamedTuple):
    """What a collector works with: where its place is kept, whose source it is, its shape, who keeps, who is told."""

    folder: Path
    customer: str
    source: str
    stream_format: StreamFormat
    take: Take
    say: Say
