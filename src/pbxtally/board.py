"""What a wallboard shows: today in a few large numbers, and a line for each department, or for the busiest people.

Every number is one that the statistics give for the same day: calls are counted as in a request for statistics, missed
calls, and whether anybody got back to the caller, as in the list of missed calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pbxtally.holders import KnowsPeople
from pbxtally.missed import RETURNED, Sequel
from pbxtally.missed_calls import KnowsMissed, missed_calls
from pbxtally.people import Employee
from pbxtally.query import StatsQuery
from pbxtally.report import Report
from pbxtally.stats import CanTally, ask

MANY_LINES = 8
"""How many lines can be read from across a room."""

MEASURES = (
    "outboundCalls",
    "outboundSeconds",
    "inboundCalls",
    "inboundSeconds",
    "inboundAnswered",
    "inboundUnanswered",
)
"""What a line is made of, in the order that reports have."""


class CanShowToday(CanTally, KnowsMissed, Protocol):
    """A store with what a board needs."""


class KnowsDepartments(KnowsPeople, Protocol):
    """A directory that knows who works in which department."""

    def employees(self, customer_id: str) -> list[Employee]:
        """All employees of a customer."""
        ...


@dataclass(frozen=True, slots=True)
class BoardLine:
    """Calls of a department or an employee; name "": everybody. `unanswered` are received calls, for each phone."""

    name: str
    outbound: int = 0
    inbound: int = 0
    answered: int = 0
    unanswered: int = 0
    talk_seconds: int = 0

    @property
    def calls(self) -> int:
        """In and out."""
        return self.outbound + self.inbound

    def plus(self, cell: Sequence[int]) -> BoardLine:
        """The same with the measures of a row added."""
        outbound, out_seconds, inbound, in_seconds, answered, unanswered = cell
        return BoardLine(
            self.name,
            self.outbound + outbound,
            self.inbound + inbound,
            self.answered + answered,
            self.unanswered + unanswered,
            self.talk_seconds + out_seconds + in_seconds,
        )


@dataclass(frozen=True, slots=True)
class Board:
    """The whole board; `missed`: calls that nobody took; `waiting`: those that could be returned but are not yet."""

    customer_name: str
    total: BoardLine
    missed: int
    waiting: int
    by_department: bool
    lines: list[BoardLine]


def board_of(
    store: CanShowToday, people: KnowsDepartments, asker: Employee, query: StatsQuery, language: str, now_ms: int
) -> Board:
    """Count for a board; raises AccessDeniedError as the statistics do. The query asks for MEASURES."""
    report = ask(store, people, asker, query, language)
    counts = missed_calls(store, people, asker, query, now_ms).counts()
    waiting = sum(many for sequel, many in counts.items() if sequel not in (*RETURNED, Sequel.WITHHELD))
    departments = {one.id: one.department for one in people.employees(query.customer) if one.department}
    by_department = len(set(departments.values())) > 1
    total, lines = BoardLine(""), dict[str, BoardLine]()
    for row_id, name, cell in _cells(report):
        total = total.plus(cell)
        key = departments.get(row_id, "") if by_department else row_id
        lines[key] = lines.get(key, BoardLine(key if by_department else name)).plus(cell)
    best = sorted(lines.values(), key=lambda one: (-one.calls, one.name))
    named = [one for one in best if one.name][:MANY_LINES]
    return Board(report.customer_name, total, sum(counts.values()), waiting, by_department, named)


def _cells(report: Report) -> list[tuple[str, str, Sequence[int]]]:
    """The employee's id and name for each cell, and its measures."""
    return [
        (row.employee_id or "", row.employee_name or "", cell) for row in report.rows for cell in row.cells.values()
    ]
