"""A table of people, imported like a file by somebody signed in, within what they may change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pbxtally.access import Action, require_level, require_rank
from pbxtally.directory import ImportedBy, PeopleReceipt, import_people
from pbxtally.directory.draft import People
from pbxtally.directory.employee_requests import require_resellers
from pbxtally.directory.request_context import RequestContext
from pbxtally.directory.sheet import read_sheet
from pbxtally.errors import InvalidFieldError
from pbxtally.people import Employee

MANY_ROWS = 20_000


class TableImport(NamedTuple):
    """What became of a table, and which of its columns were not read."""

    receipt: PeopleReceipt
    unread: Sequence[str]


def import_table(
    context: RequestContext, customer: str | None, rows: Iterable[Sequence[str]], *, keep: bool
) -> TableImport:
    """Bring a table's people into a customer, one's own unless named; without `keep` only say what would be.

    Raises InvalidFieldError with the line of the first mistake, and AccessDeniedError if somebody has, or is to have,
    a level above that of whoever asks; then nothing was changed.
    """
    require_level(Action.CREATE_EMPLOYEE, context.employee)
    found, _ = context.customer(Action.CREATE_EMPLOYEE, customer)
    sheet = read_sheet(_bounded(rows), found.id, context.people.employees(found.id), {})
    by = ImportedBy("a table", context.actor or context.employee.id, context.address)
    try:
        receipt = import_people(
            context.people,
            sheet.document,
            context.now_ms,
            context.zone,
            keep=keep,
            by=by,
            allow=lambda before, people: _allow(context, before, people),
        )
    except InvalidFieldError as why:
        raise sheet.in_lines(why) from None
    return TableImport(receipt, sheet.unread)


def _bounded(rows: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    for line, row in enumerate(rows, start=1):
        if line > MANY_ROWS:
            raise InvalidFieldError(f"line {line}", f"A table can have up to {MANY_ROWS} rows - split it")
        yield row


def _allow(context: RequestContext, before: People, people: People) -> None:
    """Nobody grants a level above their own, touches anybody who has one, or gives away a reseller not theirs."""
    for one in people.employees.values():
        old: Employee | None = before.employees.get(one.id)
        if one != old:
            require_rank(context.employee, max(one.access_level, old.access_level if old else one.access_level))
        if old and (one.access_level > old.access_level or one.email_address != old.email_address):
            require_resellers(context, old)
