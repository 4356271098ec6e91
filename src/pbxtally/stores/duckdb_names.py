"""Customers, sources and extension numbers as the small integers that stand for them in the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from struct import unpack
from typing import Any, NamedTuple

import duckdb

from pbxtally.calls import Leg
from pbxtally.intervals import HOUR_MS
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow


class Place(NamedTuple):
    """Where a customer's legs of one source are kept."""

    customer: int
    source: int

    @property
    def anywhere(self) -> str:
        """The condition for everything that is kept there."""
        return f"customer = {self.customer} AND source = {self.source}"

    def call_ids(self, legs: Iterable[Leg]) -> dict[str, int]:
        """A 64-bit id for each call of this source that the legs belong to, the same in every run."""
        begun = blake2b(f"{self.source}/".encode(), digest_size=8)  # a copy takes half the time of a new one
        calls = [*{leg.call for leg in legs}]
        digests = []
        for call in calls:
            one = begun.copy()
            one.update(call.encode())
            digests.append(one.digest())
        return dict(zip(calls, unpack(f"<{len(calls)}q", b"".join(digests)), strict=True))

    def between(self, since_ms: int, until_ms: int) -> str:
        """The condition for what started from one moment to another, both inclusive."""
        return f"{self.anywhere} AND started_ms >= {since_ms} AND started_ms <= {until_ms}"


def span_around(legs: Iterable[Leg]) -> tuple[int, int]:
    """The time in which these legs, read in another zone, and those close to them in their calls may have started.

    One hour more, so that what is found close to these legs is seldom a reason to look still further.
    """
    starts = [leg.started_ms for leg in legs]
    return min(starts) - APART_MS - HOUR_MS, max(starts) + APART_MS + HOUR_MS


class Names:
    """The dictionaries of the store, in memory; only the writer adds to them."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.customers: dict[str, int] = {name: id for id, name in _rows(cursor, "SELECT id, customer FROM customers")}
        self.customer_of = {id: name for name, id in self.customers.items()}
        self._sources: dict[tuple[int, str], int] = {
            (customer, name): id for id, customer, name in _rows(cursor, "SELECT id, customer, name FROM sources")
        }
        self._numbers: dict[tuple[int, str], int] = {
            (customer, number): id for id, customer, number in _rows(cursor, "SELECT id, customer, number FROM numbers")
        }
        self.number_of = {id: number for (_, number), id in self._numbers.items()}
        self._many = Counter(customer for customer, _ in self._numbers)

    def source(self, cursor: duckdb.DuckDBPyConnection, customer: str, name: str) -> Place:
        """The place of a customer's source, created if it is new."""
        if customer not in self.customers:
            new = len(self.customers) + 1
            cursor.execute("INSERT INTO customers VALUES (?, ?)", [new, customer])
            self.customers[customer], self.customer_of[new] = new, customer
        key = (self.customers[customer], name)
        if key not in self._sources:
            cursor.execute("INSERT INTO sources VALUES (?, ?, ?)", [len(self._sources) + 1, *key])
            self._sources[key] = len(self._sources) + 1
        return Place(key[0], self._sources[key])

    def place(self, customer: str, name: str) -> Place | None:
        """The place of a customer's source; None if there is none."""
        found = self._sources.get((self.customers.get(customer, 0), name))
        return None if found is None else Place(self.customers[customer], found)

    def all_places(self) -> list[tuple[str, str]]:
        """Every customer with each of its sources, in the order in which they came."""
        return [(self.customer_of[of], name) for of, name in sorted(self._sources, key=self._sources.__getitem__)]

    def places_of(self, customer: str) -> dict[str, Place]:
        """A customer's sources by their names."""
        its = self.customers.get(customer)
        return {name: Place(of, source) for (of, name), source in self._sources.items() if of == its}

    def of(self, customer: int) -> list[tuple[int, str]]:
        """A customer's numbers, each with its integer before it."""
        return [(id, number) for (whose, number), id in list(self._numbers.items()) if whose == customer]

    def numbers_of(self, customers: Iterable[int], numbers: Iterable[str]) -> list[int]:
        """The integers of those numbers that any of the customers has calls for."""
        wanted = list(numbers)
        return [id for of in customers for one in wanted if (id := self._numbers.get((of, one))) is not None]

    def some_of(self, customers: Sequence[int], numbers: Iterable[str]) -> list[int] | None:
        """The same, but None if these are all the numbers they have calls for: then no condition is needed."""
        found = self.numbers_of(customers, numbers)
        return None if len(found) == sum(self._many.get(customer, 0) for customer in customers) else found

    def numbers_for(self, cursor: duckdb.DuckDBPyConnection, customer: int, numbers: Sequence[str]) -> list[int]:
        """The integers of a customer's numbers, created if they are new."""
        new = [number for number in dict.fromkeys(numbers) if (customer, number) not in self._numbers]
        if new:
            ids = list(range(len(self._numbers) + 1, len(self._numbers) + 1 + len(new)))
            types = {"id": "INTEGER", "customer": "INTEGER", "number": "VARCHAR"}
            with arrow.table(cursor, "new_numbers", types, [ids, [customer] * len(new), new]):
                cursor.execute("INSERT INTO numbers SELECT * FROM new_numbers")
            self._numbers.update(((customer, number), id) for number, id in zip(new, ids, strict=True))
            self.number_of.update(zip(ids, new, strict=True))
            self._many[customer] += len(new)
        return [self._numbers[customer, number] for number in numbers]


def _rows(cursor: duckdb.DuckDBPyConnection, sql: str) -> Iterable[tuple[Any, ...]]:
    return zip(*arrow.columns(cursor, sql), strict=True)
