"""The flat rows of a report: identity fields, then the interval, then the measures, as tables show them (D26).

One row for each employee, extension and interval. If no measure is asked for, there are no intervals either, but one
row for each employee's extension (D17).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter

from pbxtally.fields import IDENTITY_FIELDS
from pbxtally.report import Report, Row

INTERVAL = "interval"
"""The heading of the column that names the interval."""

INTERVAL_START = "intervalStart"
"""The heading of the column that says when it begins, in files that have a type for moments."""

Identity = tuple[str | None, ...]
"""Whom a row is about, as far as was asked; None: nobody, or unknown to the directory."""

Figures = tuple[str | int, ...]
"""The interval's name and its measures; empty if no measure is asked for."""

IDENTITY_OF = {
    "employeeId": attrgetter("employee_id"),
    "employeeName": attrgetter("employee_name"),
    "extensionId": attrgetter("extension_id"),
    "extensionNumber": attrgetter("extension_number"),
}


def identity_fields(report: Report) -> tuple[str, ...]:
    """The identity fields asked for, in the order of the answer (S12)."""
    return tuple(name for name in IDENTITY_FIELDS if name in report.query.fields)


def header(report: Report) -> tuple[str, ...]:
    """The names of the columns."""
    return (*identity_fields(report), *((INTERVAL, *report.measures) if report.measures else ()))


def column_types(report: Report) -> dict[str, type]:
    """The columns of `typed_rows` with the type of their values."""
    columns: dict[str, type] = dict.fromkeys(identity_fields(report), str)
    if report.measures:
        columns |= {INTERVAL: str, INTERVAL_START: datetime, **dict.fromkeys(report.measures, int)}
    return columns


def by_extension(report: Report) -> Iterator[tuple[Identity, Iterable[Figures]]]:
    """Each employee's extension once, with its figures in time order, so that each name is handled only once."""
    getters = [IDENTITY_OF[name] for name in identity_fields(report)]
    for row in report.rows:
        yield tuple(get(row) for get in getters), _figures(row) if report.measures else ((),)


def _figures(row: Row) -> Iterator[Figures]:
    return ((interval, *cell) for interval, cell in row.cells.items())


def flat_rows(report: Report) -> Iterator[tuple[str | int | None, ...]]:
    """The rows under `header`, one by one."""
    for identity, lines in by_extension(report):
        for figures in lines:
            yield (*identity, *figures)


def typed_rows(report: Report) -> Iterator[tuple[str | int | None, ...]]:
    """The same, with the moment at which the interval begins after its name, in UTC milliseconds."""
    for identity, lines in by_extension(report):
        for figures in lines:
            yield (*identity, *figures[:1], *(report.start_of(str(name)) for name in figures[:1]), *figures[1:])
