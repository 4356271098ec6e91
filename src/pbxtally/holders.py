"""Who held a customer's numbers in a period, so that a number that changed hands never merges two people (D15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Protocol

from pbxtally.people import FOR_EVER, SINCE_EVER, Assignment, Customer
from pbxtally.query import StatsQuery
from pbxtally.report import Holder
from pbxtally.tally import Split, TallyQuery


class KnowsPeople(Protocol):
    """A directory that knows who held what."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def parents(self) -> dict[str, str | None]:
        """The reseller of every customer."""
        ...

    def employee_names(self, customer_id: str) -> dict[str, str]:
        """The names of all employees of a customer, those who left included."""
        ...

    def departments(self, customer_id: str) -> dict[str, str | None]:
        """The department of each employee of a customer, those who left included."""
        ...

    def assignments(self, customer_id: str) -> list[Assignment]:
        """Who held which number when, in time order."""
        ...


def holders_in_period(people: KnowsPeople, customer: str, query: StatsQuery) -> PeriodHolders:
    """Who of those asked for held the customer's numbers; with a department, only the employees in it."""
    asked = query.employees
    if query.department is not None:
        of_department = {one for one, name in people.departments(customer).items() if name == query.department}
        asked = frozenset(of_department if asked is None else of_department & asked)
    return PeriodHolders(customer, people.assignments(customer), people.employee_names(customer), query, asked)


def last_extensions(assignments: Iterable[Assignment]) -> dict[str, str]:
    """The extension that last had each number; calls from times when nobody had it count for that one (D15)."""
    return {one.number: one.extension for one in assignments}


def unassigned_times(assignments: Sequence[Assignment], extension: str | None) -> Iterator[Assignment]:
    """The times at which nobody had the numbers that an extension was the last to have."""
    for number in [number for number, last in last_extensions(assignments).items() if last == extension]:
        free_from = SINCE_EVER
        for one in assignments:
            if one.number == number:
                if free_from < one.since_ms:
                    yield Assignment(one.extension, number, None, free_from, one.since_ms)
                free_from = one.until_ms
        if free_from < FOR_EVER:
            yield Assignment(extension or "", number, None, free_from, FOR_EVER)


class AssignmentIndex:
    """Which extension and employee had a number at any moment."""

    def __init__(self, assignments: Iterable[Assignment]) -> None:
        self._by_number: dict[str, list[Assignment]] = {}
        for one in assignments:
            self._by_number.setdefault(one.number, []).append(one)

    def at(self, number: str, at_ms: int) -> Assignment | None:
        """The assignment of a number at a moment."""
        return next((one for one in self._by_number.get(number, ()) if one.is_at(at_ms)), None)


class PeriodHolders:
    """Who held the customer's numbers in the period of a query; `asked` are the employees to look at, None for all.

    `tally` is what a store counts to answer the query: the numbers they held, split where a number changed hands.
    """

    def __init__(
        self,
        customer: str,
        assignments: list[Assignment],
        names: dict[str, str],
        query: StatsQuery,
        asked: frozenset[str] | None,
    ) -> None:
        self._assignments = assignments
        self._names = names
        self._query = query
        self._asked = asked
        self._shown = {one.extension: one.number for one in assignments if one.since_ms < query.period.until_ms}
        self._extensions = last_extensions(assignments)
        self._by_number: dict[str, list[Assignment]] = {}
        for one in assignments:
            if one.overlaps(query.period.since_ms, query.period.until_ms):
                self._by_number.setdefault(one.number, []).append(one)
        splits = tuple(self._splits())
        self._cut = {split.number for split in splits}
        self.tally = TallyQuery(
            customers=(customer,),
            numbers=self._asked_numbers(),
            period=query.period,
            zone=query.zone,
            interval=query.interval,
            measures=query.measures,
            direction=query.direction,
            ignore_below=query.ignore_below,
            ignore_local=query.ignore_local,
            elsewhere=query.counts_elsewhere,
            splits=splits,
            hours=query.hours,
        )

    def _splits(self) -> Iterable[Split]:
        period = self._query.period
        for number, stretches in self._by_number.items():
            whole = stretches[0].since_ms <= period.since_ms and stretches[0].until_ms >= period.until_ms
            if not whole:
                for slot, one in enumerate(stretches, start=1):
                    yield Split(number, one.since_ms, one.until_ms, slot)

    def _asked_numbers(self) -> tuple[str, ...] | None:
        if self._query.include_unassigned and self._asked is None:
            return None
        return tuple(number for number, part in self._by_number.items() if any(self._is_asked(one) for one in part))

    def _is_asked(self, one: Assignment) -> bool:
        asked = self._asked
        if one.employee is None:
            return self._query.include_unassigned and asked is None
        return asked is None or one.employee in asked

    def holder_of(self, number: str, slot: int) -> Holder | None:
        """Whose the counts of a number and slot are; None if they were not asked for."""
        stretches = self._by_number.get(number, [])
        if number in self._cut:
            stretches = stretches[slot - 1 : slot] if slot else []
        for one in stretches:
            return self._holder(one, self._shown[one.extension]) if self._is_asked(one) else None
        if self._query.include_unassigned and self._asked is None:
            return Holder(None, None, self._extensions.get(number), number)
        return None

    def holder_at(self, number: str, at_ms: int) -> Holder:
        """Who held a number at a moment, in the period or not, asked for or not."""
        one = self._who.at(number, at_ms)
        if one is None:
            return Holder(None, None, None, number)
        return self._holder(one, number)

    @cached_property
    def _who(self) -> AssignmentIndex:
        return AssignmentIndex(self._assignments)

    def slots(self) -> tuple[tuple[str, int], ...]:
        """Every number that somebody asked for held, with the slots of that time; 0 where it never changed hands."""
        found = []
        for number, stretches in self._by_number.items():
            asked = [slot for slot, one in enumerate(stretches, start=1) if self._is_asked(one)]
            found += [(number, slot) for slot in asked] if number in self._cut else [(number, 0)] * bool(asked)
        return tuple(found)

    def holders(self) -> list[Holder]:
        """Everyone asked for who held something in the period."""
        asked = [one for part in self._by_number.values() for one in part if self._is_asked(one)]
        return [self._holder(one, self._shown[one.extension]) for one in asked]

    def _holder(self, one: Assignment, number: str) -> Holder:
        return Holder(one.employee, self._names.get(one.employee or ""), one.extension, number)
