"""The embedded store: legs and involvements in one DuckDB file.

One process opens the file. Every request gets a cursor of its own, because threads that share a connection are given
each other's rows. There is one writer at a time, and no key or index on facts: a leg's key is looked for among the legs
that start around the same time. Customers and numbers become small integers on the way in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb

from pbxtally.calls import Involvement, Leg, Numbering
from pbxtally.intervals import Period
from pbxtally.missed import Missed, MissedQuery
from pbxtally.records import KeptCounts, NumberWithCalls, ReadAgain, Rejected, SourceDeliveries, SourceKept
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_again import note_again, sum_up
from pbxtally.stores.duckdb_blocks import blocks_to_sort, note_unsorted, sort_block
from pbxtally.stores.duckdb_calls import calls_ended, calls_saying, customers_of_calls, late_legs, numbers_with_calls
from pbxtally.stores.duckdb_counting import drill_down, missed_calls, profile, tally
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_keeping import Keeping, derive_again, take_away
from pbxtally.stores.duckdb_legs import has_legs, legs_where
from pbxtally.stores.duckdb_names import Place
from pbxtally.stores.duckdb_opening import Config
from pbxtally.stores.duckdb_rejected import (
    KeptRejection,
    TruncatedRecords,
    forget_rejected,
    keep_rejected,
    know_whole,
    rejections,
    rejections_of,
    sources_kept,
)
from pbxtally.stores.duckdb_settled import without_settled
from pbxtally.stores.duckdb_sorting import sort_keys
from pbxtally.stores.duckdb_tables import INVOLVEMENT_TYPES
from pbxtally.stores.duckdb_upkeep import Upkeep
from pbxtally.stores.sql import started_sql
from pbxtally.tally import DrillDown, DrillDownQuery, Profile, ProfileQuery, Tally, TallyQuery


class DuckStore:
    """The facts in `calls.duckdb` of a data folder; once it is closed, another process may open it."""

    def __init__(self, folder: Path, *, memory: str, threads: int, query_seconds: float) -> None:
        """Open the file, or create it. Raises InUseError if another process has it."""
        config: Config = {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(folder / "spill"),
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._file = DuckFile(folder / "calls.duckdb", config, query_seconds)
        self._changes: Counter[str] = Counter()
        self._truncated = TruncatedRecords()
        self._with_legs: set[Place] = set()
        self.upkeep = Upkeep(self._file)

    def close(self) -> None:
        """Write everything into the one file and release it."""
        self._file.close()

    # ── questions ──

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        return tally(self._file, query)

    def profile(self, query: ProfileQuery) -> Profile:
        """Count the calls of some numbers together."""
        return profile(self._file, query)

    def missed(self, query: MissedQuery) -> Missed:
        """The calls of outside callers that nobody took, and who talked to whom afterwards."""
        return missed_calls(self._file, query)

    def drill_down(self, query: DrillDownQuery) -> DrillDown:
        """The involvements behind a figure (D29)."""
        return drill_down(self._file, query)

    def legs_by_call(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Leg]]:
        """All legs of some calls that started from one moment to another, both inclusive, by call and time."""
        where = (
            f"customer = {self._file.names.customers.get(customer, 0)} AND started_ms >= {since_ms - APART_MS}"
            f" AND started_ms <= {until_ms + APART_MS} AND call_id IN (SELECT call_id FROM wanted)"
        )
        wanted = [list(set(call_ids))]
        with self._file.question() as cursor, arrow.table(cursor, "wanted", {"call_id": "BIGINT"}, wanted):
            return [
                (call_id, leg)
                for leg, call_id in legs_where(cursor, f"{where} ORDER BY call_id, started_ms, ended_ms, key")
            ]

    def calls_started(self, customer: str, period: Period) -> list[tuple[int, int, int]]:
        """A customer's calls that started in a period, by start: id, start, and whether it surely is a call."""
        sql = started_sql(self._file.names.customers.get(customer, 0), period)
        with self._file.question() as cursor:
            return list(zip(*arrow.views(cursor, sql), strict=True))

    def calls_ended(self, customer: str, period: Period) -> list[tuple[int, int, int, int]]:
        """Calls all of whose involvements have the same outcome and reason: id, start, and these."""
        with self._file.question() as cursor:
            return calls_ended(cursor, self._file.names.customers.get(customer, 0), period)

    def calls_saying(
        self, customer: str, period: Period, says: Callable[[str], bool], numbers: Collection[str]
    ) -> set[int]:
        """Calls with a text that `says` accepts, or with one of the numbers; and those that have to be folded first."""
        names = self._file.names
        with self._file.question() as cursor:
            return calls_saying(cursor, names, names.customers.get(customer, 0), period, says, numbers)

    def involved(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Involvement]]:
        """The involvements of some calls, which started from one moment to another, both inclusive."""
        wanted = [list(set(call_ids))]
        with self._file.question() as cursor, arrow.table(cursor, "wanted", {"call_id": "BIGINT"}, wanted):
            call_of, extensions, *rest = arrow.columns(
                cursor,
                f"SELECT call_id, {', '.join(INVOLVEMENT_TYPES)} FROM involvements"
                f" WHERE customer = {self._file.names.customers.get(customer, 0)} AND started_ms >= {since_ms}"
                f" AND started_ms <= {until_ms} AND call_id IN (SELECT call_id FROM wanted)"
                " ORDER BY call_id, direction, extension",
            )
        numbers = [self._file.names.number_of[one] for one in extensions]
        return list(zip(call_of, map(Involvement._make, zip(numbers, *rest, strict=True)), strict=True))

    def sort_keys(self, names: list[str], language: str) -> list[str]:
        """Texts that sort as the names do in a language, in ICU's order (D18)."""
        with self._file.question() as cursor:
            return sort_keys(cursor, names, language)

    def customers_of_calls(
        self, source: str, calls: Sequence[str], since_ms: int, until_ms: int
    ) -> list[tuple[str, str]]:
        """Each of these calls of a source, paired with each customer who has legs of it that start in that time."""
        with self._file.cursor() as cursor:
            return customers_of_calls(cursor, source, calls, since_ms, until_ms)

    def late_legs(self, customer: str, source: str, legs: Sequence[Leg]) -> set[str]:
        """The keys of legs of calls that had begun before, by what is kept of them."""
        place = self._file.names.place(customer, source)
        if place is None:
            return set()
        with self._file.cursor() as cursor:
            return late_legs(cursor, place, legs)

    def numbers_with_calls(self, customer: str) -> list[NumberWithCalls]:
        """The extension numbers a customer has calls for, each with how many, and the first and the last start."""
        with self._file.question() as cursor:
            return numbers_with_calls(cursor, self._file.names, customer)

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> list[KeptRejection]:
        """The records rejected since then, the oldest first; only of one customer or place if it is named."""
        known = None if customer is None else self._file.names.customers.get(customer, 0)
        with self._file.question() as cursor:
            return rejections(cursor, known, since_ms)

    def rejections_of(self, customer: str, offset: int, limit: int) -> tuple[int, list[KeptRejection]]:
        """How many rejected records a customer has, and the asked page of them, newest first."""
        with self._file.question() as cursor:
            return rejections_of(cursor, self._file.names.customers.get(customer, 0), offset, limit)

    def truncated_records(self, customer: str, source: str) -> list[KeptRejection]:
        """The records of a source that were rejected because they came cut off, and that may yet come whole."""
        known = self._truncated.known(customer, source)
        return self._truncated.look(self._file, customer, source) if known is None else known

    def sources_kept(self, customers: Iterable[str]) -> list[SourceKept]:
        """What became of the records of each source of some customers, by name."""
        known = self._file.names.customers
        with self._file.question() as cursor:
            return sources_kept(cursor, [known[one] for one in customers if one in known])

    def is_well(self) -> bool:
        """Whether a real query works."""
        with self._file.question() as cursor:
            return bool(cursor.execute("SELECT count(*) >= 0 FROM involvements").fetchall()[0][0])

    # ── changes ──

    @property
    def is_asked(self) -> bool:
        """Whether a question is being answered now."""
        return self._file.is_read

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep everybody else from changing the calls meanwhile."""
        return self._file.writing

    def keep(
        self, customer: str, source: str, legs: Sequence[Leg], numbering: Numbering, came_ms: int = 0
    ) -> KeptCounts:
        """Keep legs once, and derive every call they touch from all its legs, in one transaction.

        A leg whose key is there with the same content is known; with other content, the latest one replaces it. A leg
        that starts more than `APART_MS` from that one is another. `came_ms`: when they came; 0: that is not known.
        """
        with self._file.change() as cursor:
            keeping = Keeping(self._file, cursor)
            said = keeping.keep(customer, source, [legs], [came_ms], numbering)[0]
            keeping.write()
        self._changes[customer] += 1
        return said

    def keep_all(self, arrived: Sequence[SourceDeliveries], position: int) -> list[list[KeptCounts]]:
        """Keep deliveries, their rejected records and the position in one transaction; return what became of each."""
        with self._file.change() as cursor:
            said = self._keep(cursor, arrived)
            _note_applied(cursor, position)
        self._changed(arrived)
        return said

    def changes_of(self, customer: str) -> int:
        """A number that differs whenever a customer's calls may have changed, as long as the store is open."""
        return self._changes[customer]

    def keep_together(self, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        """The same for deliveries that were never in the journal."""
        with self._file.change() as cursor:
            said = self._keep(cursor, arrived)
        self._changed(arrived)
        return said

    def _keep(self, cursor: duckdb.DuckDBPyConnection, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        keeping = Keeping(self._file, cursor)
        said = [
            keeping.keep(
                one.customer,
                one.source,
                [each.legs for each in one.deliveries],
                [each.at_ms for each in one.deliveries],
                one.numbering,
            )
            for one in arrived
        ]
        keeping.write()
        for one in arrived:
            place = self._file.names.source(cursor, one.customer, one.source)
            for each in one.deliveries:
                keep_rejected(cursor, self._file.marks, place, each.place, each.rejected, each.at_ms)
                know_whole(cursor, place, each.whole)
                if each.gone.keys:
                    take_away(self._file, cursor, place, one.numbering, each.gone.keys)
                forget_rejected(cursor, place, each.gone.raws)
        return said

    def _changed(self, arrived: Sequence[SourceDeliveries]) -> None:
        self._changes.update({one.customer for one in arrived})
        self._truncated.changed_by_all(arrived)
        if any(each.gone.keys for one in arrived for each in one.deliveries):
            self._with_legs = set()

    def applied(self) -> int:
        """The last position of the journal whose delivery is in the store."""
        with self._file.cursor() as cursor:
            return int(cursor.execute("SELECT coalesce(max(position), 0) FROM applied").fetchall()[0][0])

    def mark_applied(self, position: int) -> None:
        """Remember this position instead: the journal was lost or restored, and continues from there."""
        with self._file.change() as cursor:
            _note_applied(cursor, position)

    def loads(self) -> dict[str, int]:
        """What was taken in without the journal, by id, and how much of it, as a number that only grows."""
        with self._file.cursor() as cursor:
            ids, numbers = arrow.columns(cursor, "SELECT id, max(number) FROM loads GROUP BY id")
        return dict(zip(ids, numbers, strict=True))

    def note_load(self, id: str, number: int) -> None:
        """Remember that of a load without the journal everything up to this number is in the store."""
        with self._file.change() as cursor:
            cursor.execute("DELETE FROM loads WHERE id = ?", [id])
            cursor.execute("INSERT INTO loads VALUES (?, ?)", [id, number])

    def derive_again(
        self, customer: str, source: str, numbering: Numbering, numbers: Collection[str] | None = None
    ) -> int:
        """Derive a source's calls again: those that carry one of the numbers, or all; return how many (D2a)."""
        with self._file.change() as cursor:
            place = self._file.names.source(cursor, customer, source)
            calls = derive_again(self._file, cursor, place, numbering, numbers)
        self._changes[customer] += bool(calls)
        return calls

    def sources_of(self, customer: str) -> list[str]:
        """The sources a customer has legs of; that a source has some is remembered until any legs are removed."""
        known, places = self._with_legs, self._file.names.places_of(customer)
        if unsure := [place for place in places.values() if place not in known]:
            with self._file.cursor() as cursor:
                known.update(place for place in unsure if has_legs(cursor, place))
        return [source for source, place in places.items() if place in known]

    def keep_rejected(self, customer: str, source: str, file: str, rejected: Sequence[Rejected], at_ms: int) -> None:
        """Keep rejected records with their reasons; the same bytes from the same source only once."""
        with self._file.change() as cursor:
            place = self._file.names.source(cursor, customer, source)
            keep_rejected(cursor, self._file.marks, place, file, rejected, at_ms)
        self._truncated.changed_by(customer, source, rejected)

    def forget_rejected(self, customer: str, source: str, raws: Collection[bytes]) -> None:
        """Take records off the list of the rejected: they became legs."""
        with self._file.change() as cursor:
            forget_rejected(cursor, self._file.names.source(cursor, customer, source), raws)
        self._truncated.changed(customer, source)

    def keep_read_again(
        self, place: str, source: str, found: Sequence[ReadAgain], numberings: Mapping[str, Numbering]
    ) -> KeptCounts:
        """Keep what rejected records hold for each customer, and take them off the list, in one transaction.

        A record that is not on it was read again by somebody else in the meantime, and is skipped. A leg that something
        settled which came since is known.
        """
        with self._file.change() as cursor:
            listed = self._file.names.source(cursor, place, source)
            there = forget_rejected(cursor, listed, [one.raw for one in found])
            left, known = without_settled(cursor, place, source, [one for one in found if one.raw in there])
            note_again(cursor, [(listed, known, 0)] if known else [])
            keeping, said = Keeping(self._file, cursor), [KeptCounts(0, known, 0)]
            for customer, numbering in numberings.items():
                legs = [one.legs.get(customer, []) for one in left]
                said += keeping.keep(customer, source, legs, [one.at_ms for one in left], numbering)
            keeping.write()
        self._changes.update(numberings.keys())
        self._truncated.changed(place, source)
        return KeptCounts(*map(sum, zip(*said, strict=True)))

    def tidy(self) -> None:
        """Sort blocks that have many involvements out of order, and checkpoint the log into the file."""
        with self._file.writing:
            with self._file.change() as cursor:
                sum_up(cursor)
                note_unsorted(cursor, self._file.unsorted)
            with self._file.cursor() as cursor:
                blocks = blocks_to_sort(cursor)
            for block in blocks:
                with self._file.change() as cursor:
                    sort_block(cursor, block)
            self._file.checkpoint()


def _note_applied(cursor: duckdb.DuckDBPyConnection, position: int) -> None:
    if cursor.execute("UPDATE applied SET position = ?", [position]).fetchall() == [(0,)]:
        cursor.execute("INSERT INTO applied VALUES (?)", [position])
