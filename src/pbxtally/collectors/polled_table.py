"""A table of a database, collected: new rows, rows that come late, and rows that changed.

A call's row is written when the call ends but dated by its start, so new rows may stand among old ones. Each look
therefore begins a little before the newest known row, and every ten minutes far before it; of what it finds, only
rows that are new or changed are handed over.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from threading import Event
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import URL

from pbxtally.collectors import MANY_RECORDS, CollectorContext, CollectorError, CollectorStatus
from pbxtally.collectors.database import Database, Row, shown
from pbxtally.collectors.saved_positions import POSITION, CollectedSource, KnownRows, SavedPosition
from pbxtally.collectors.sql_tables import Kind, SqlTable
from pbxtally.records import Batch

OVERLAP_HOURS = 24.0
"""How far back it looks every ten minutes: a call that lasts longer may be missed."""

NEAR_HOURS = 2.0
"""How far back every look goes: longer than a clock change, and than nearly every call."""

NEAR_ROWS, FAR_ROWS = 1_000, 20_000
"""The same in a table that numbers its rows: rows written at the same time may become visible out of order."""

FAR_SECONDS = 600.0

MARGIN_HOURS = 1.5
"""How much farther it looks then: rows became newer since the last time, and a clock may be set back by an hour."""

AHEAD_HOURS = 14.0
"""No zone is further ahead of UTC: a later time comes from a wrong clock, and does not tell how far we are."""

_EPOCH = re.compile(r"\d{9,10}(\.\d+)?")


class Mark(msgspec.Struct):
    """How far a table was read: up to the row with this value in its ordering column."""

    column: str
    value: str | float


class Polling(NamedTuple):
    """What to poll."""

    url: URL
    table: SqlTable
    overlap_hours: float = OVERLAP_HOURS

    @property
    def name(self) -> str:
        """The table and its database, without a password."""
        return f"{self.table.name} of {shown(self.url)}"

    def collector(self, context: CollectorContext) -> PolledTable:
        """The collector for the table; raises CollectorError if the database cannot be reached."""
        collected = self._collected(context)
        saved_position, rows = (
            SavedPosition(context.folder, collected, Mark, context.say),
            KnownRows(context.folder, collected, context.say),
        )
        return PolledTable(self, context, (saved_position, rows), Database(self.url, self.table))

    def goes_on(self, context: CollectorContext) -> bool:
        """Whether the table was polled before."""
        return self._collected(context).file(context.folder, POSITION).exists()

    def _collected(self, context: CollectorContext) -> CollectedSource:
        return CollectedSource(self.name, context.customer, context.source)


class PolledTable:
    """Hands over a table's rows; what it knows of them outlives it."""

    def __init__(
        self,
        polling: Polling,
        context: CollectorContext,
        memory: tuple[SavedPosition[Mark], KnownRows],
        database: Database,
    ) -> None:
        self._polling = polling
        self._context = context
        self._saved_position, self._rows = memory
        self._database = database
        self._far_at: float | None = None
        self._looked_at: float | None = None
        mark = self._saved_position.last()
        self._newest = mark.value if mark and mark.column == database.order.column else None
        self._known: dict[bytes, str | float] = {}
        if self._newest is None:
            self._rows.forget()
        else:
            self._known = self._rows.all()

    def status(self) -> CollectorStatus:
        """It has its database until a fault; then it is made anew."""
        if self._database.order.kind is Kind.COUNT:
            return CollectorStatus(True, self._looked_at, row=self._newest if isinstance(self._newest, float) else None)
        return CollectorStatus(True, self._looked_at, moment=self._newest)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def collect(self, stopped: Event) -> bool:
        """Hand over the rows that are not known; CollectorError, after the last of them, if the file was replaced."""
        now, is_replaced = time.monotonic(), self._database.is_replaced()
        is_far = self._far_at is None or now - self._far_at >= FAR_SECONDS
        if is_far:
            self._notice_a_new_count()
        since = self._back_from(self._newest, is_far=is_far)
        many = MANY_RECORDS
        while not stopped.is_set():
            rows = self._database.rows(since, many)
            if self._is_another_count(rows):
                self._begin_anew()
                since, many = None, MANY_RECORDS
                continue
            self._hand_over(rows, since, is_last=len(rows) < many)
            if len(rows) < many:
                self._looked_at = time.time()
                self._far_at = now if is_far else self._far_at
                break
            if rows[-1].at == since:  # a whole page of one moment: only a longer page gets past it
                many *= 4
            else:
                since, many = rows[-1].at, MANY_RECORDS
        if is_replaced:
            raise CollectorError(f"{self._polling.name} is in another file now")
        return False

    def _hand_over(self, rows: list[Row], since: str | float | None, *, is_last: bool) -> None:
        digests = [_digest(row.record) for row in rows]
        fresh = [(row, digest) for row, digest in zip(rows, digests, strict=True) if digest not in self._known]
        for start in range(0, len(fresh), MANY_RECORDS):
            some = [row.record for row, _ in fresh[start : start + MANY_RECORDS]]
            self._context.take(Batch(self._polling.name, some))
        gone = self._no_longer_there(rows, digests, since, is_last=is_last)
        for digest in gone:
            del self._known[digest]
        self._known.update((digest, row.at) for row, digest in fresh)
        newest = next((row.at for row in reversed(rows) if self._is_sane(row.at)), None)
        if newest is not None and (self._newest is None or newest > self._newest):  # type: ignore[operator]
            self._newest = newest
            oldest = self._back_from(newest, is_far=True)
            self._known = {digest: at for digest, at in self._known.items() if at >= oldest}  # type: ignore[operator]
            self._saved_position.save(Mark(self._database.order.column, newest))
        if fresh or gone:
            left = {digest: row.at for row, digest in fresh if digest in self._known}
            self._rows.note(left, self._back_from(self._newest, is_far=True), gone)

    def _no_longer_there(
        self, rows: list[Row], digests: list[bytes], since: str | float | None, *, is_last: bool
    ) -> list[bytes]:
        """Known rows that would be among these and are not: a row may change back to what it was, or to its old time.

        Of the last moment on a page, others may be on the next one.
        """
        if not rows:
            return []
        there, until = set(digests), rows[-1].at
        return [
            digest
            for digest, at in self._known.items()
            if digest not in there
            and (since is None or at >= since)  # type: ignore[operator]
            and (is_last or at < until)  # type: ignore[operator]
        ]

    def _notice_a_new_count(self) -> None:
        """Begin anew if the table was emptied and counts from one again: all of it is new then."""
        if self._database.order.kind is Kind.COUNT and self._newest is not None:
            newest = self._database.newest()
            if newest is not None and newest < self._newest:  # type: ignore[operator]
                self._begin_anew()

    def _is_another_count(self, rows: list[Row]) -> bool:
        """Whether it restarted and has already counted past our mark: no row up to the mark is as it was when read."""
        if self._database.order.kind is not Kind.COUNT or self._newest is None or not self._known:
            return False
        read = [row for row in rows if row.at <= self._newest]  # type: ignore[operator]
        return bool(read) and not any(_digest(row.record) in self._known for row in read)

    def _begin_anew(self) -> None:
        self._context.say(f"{self._polling.name} counts anew, and is read from its beginning; nothing counts twice")
        self._saved_position.forget()
        self._rows.forget()
        self._newest = None
        self._known.clear()

    def _back_from(self, value: str | float | None, *, is_far: bool) -> str | float | None:
        """Where a look has to begin to find what came late."""
        hours = max(self._polling.overlap_hours, NEAR_HOURS) + MARGIN_HOURS if is_far else NEAR_HOURS
        match self._database.order.kind, value:
            case _, None:
                return None
            case Kind.COUNT, float():
                return max(value - (FAR_ROWS if is_far else NEAR_ROWS), 0.0)
            case _, float():
                return value - hours * 3600
            case _, str():
                return _earlier(value, hours)

    def _is_sane(self, value: str | float) -> bool:
        """Whether it is not the time of a clock that is far ahead."""
        latest = datetime.now(UTC) + timedelta(hours=AHEAD_HOURS)
        if self._database.order.kind is Kind.COUNT:
            return True
        if isinstance(value, float) or _EPOCH.fullmatch(value):
            return float(value) <= latest.timestamp()
        return value <= f"{latest:%Y-%m-%d %H:%M:%S}" and value > "1970"


def _earlier(value: str, hours: float) -> str:
    """A time so many hours earlier, as text that sorts as the table's times do."""
    if _EPOCH.fullmatch(value):
        return f"{float(value) - hours * 3600:.0f}"
    try:
        return str(datetime.fromisoformat(value) - timedelta(hours=hours))
    except (ValueError, OverflowError):
        return value


def unix_time(moment: str | float, zone: ZoneInfo) -> float | None:
    """The Unix time of a moment as it stands in a table; None: it is no time. `zone` is for times without an offset."""
    if isinstance(moment, float) or _EPOCH.fullmatch(moment):
        return float(moment)
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()
