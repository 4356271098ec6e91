"""People, tokens and source settings in a database that several processes and threads use at once.

Reads are short, each on a connection of its own. Changes go through `change`: one transaction, all or nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Row, Select, Table, bindparam, delete, func, insert, select, union, update

from pbxtally.audit import AuditLine
from pbxtally.hours import WorkingHours
from pbxtally.people import (
    AccessLevel,
    Assignment,
    Customer,
    CustomerState,
    Employee,
    EmployeeState,
    Extension,
    SavedView,
    Security,
    SourceSetting,
)
from pbxtally.stores.people_database import flaws, open_database, writing
from pbxtally.stores.people_intake import IntakeKeyRows
from pbxtally.stores.people_login import (
    SESSIONS,
    LoginRows,
    add_audit,
    end_tokens,
    forget_links,
    forget_ways_in,
    put_password,
)
from pbxtally.stores.people_pbx import PbxRows
from pbxtally.stores.people_sms import SmsCodeRows
from pbxtally.stores.people_tables import ASSIGNMENT, CHANGED_NUMBER, CUSTOMER, EMPLOYEE, EXTENSION, SOURCE_SETTING
from pbxtally.stores.people_views import SavedViewRows, move_views, views_about
from pbxtally.stores.read_cache import ReadCache, cached_read

_Query: TypeAlias = "Select[*tuple[Any, ...]]"
_Row: TypeAlias = "Row[*tuple[Any, ...]]"
_Id = TypeVar("_Id", str, int)

_WHO_COMES_IN = (
    EMPLOYEE.c.id,
    EMPLOYEE.c.email_address,
    EMPLOYEE.c.access_level,
    EMPLOYEE.c.organization_resellers,
)

_MANY = 500
"""How many ids go into one statement; databases limit the number of bound values."""


class PeopleStore(LoginRows, IntakeKeyRows, PbxRows, SmsCodeRows, SavedViewRows):
    """The people's database at a URL such as `sqlite:///data/people.db`, created or migrated if need be."""

    def __init__(self, url: str) -> None:
        self._engine = open_database(url)
        self.cache = ReadCache(self._engine)

    def close(self) -> None:
        """Give back all connections."""
        self.cache.close()
        self._engine.dispose()

    def flaws(self) -> list[str]:
        """What in the database is damaged, one sentence each."""
        return flaws(self._engine)

    def consistent_reads(self) -> AbstractContextManager[None]:
        """Within the block, looking anything up twice gives the same; nothing may be changed in it."""
        return self.cache.consistent_reads()

    @contextmanager
    def change(self) -> Iterator[PeopleChange]:
        """Read and write in one transaction; an exception inside undoes all of it."""
        with writing(self._engine) as connection:
            yield PeopleChange(connection)

    @cached_read
    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        rows = self._rows(_CUSTOMERS.where(CUSTOMER.c.id == customer_id))
        return _customer(rows[0]) if rows else None

    def customers(self) -> list[Customer]:
        """All customers, including blocked and deleted ones."""
        return [_customer(row) for row in self._rows(_CUSTOMERS)]

    @cached_read
    def parents(self) -> dict[str, str | None]:
        """The reseller of every customer."""
        return {row[0]: row[1] for row in self._rows(select(CUSTOMER.c.id, CUSTOMER.c.parent_reseller))}

    @cached_read
    def employee(self, employee_id: str) -> Employee | None:
        """The employee with that id, even if disabled or deleted."""
        rows = self._rows(_EMPLOYEES.where(EMPLOYEE.c.id == employee_id))
        return _employee(rows[0]) if rows else None

    @cached_read
    def employees(self, customer_id: str) -> list[Employee]:
        """All employees of a customer, including disabled and deleted ones."""
        return [_employee(row) for row in self._rows(_EMPLOYEES.where(EMPLOYEE.c.customer == customer_id))]

    def extension(self, extension_id: str) -> Extension | None:
        """The extension with that id, even if it was deleted."""
        rows = self._rows(_EXTENSIONS.where(EXTENSION.c.id == extension_id))
        return Extension(*rows[0]) if rows else None

    def extensions(self, customer_id: str) -> list[Extension]:
        """All extensions of a customer, including deleted ones."""
        return [Extension(*row) for row in self._rows(_EXTENSIONS.where(EXTENSION.c.customer == customer_id))]

    @cached_read
    def employee_names(self, customer_id: str) -> dict[str, str]:
        """The names of all employees of a customer, those who left included."""
        rows = self._rows(select(EMPLOYEE.c.id, EMPLOYEE.c.name).where(EMPLOYEE.c.customer == customer_id))
        return {row[0]: row[1] for row in rows}

    @cached_read
    def departments(self, customer_id: str) -> dict[str, str | None]:
        """The department of each employee of a customer, those who left included."""
        rows = self._rows(select(EMPLOYEE.c.id, EMPLOYEE.c.department).where(EMPLOYEE.c.customer == customer_id))
        return {row[0]: row[1] for row in rows}

    @cached_read
    def assignments(self, customer_id: str) -> list[Assignment]:
        """Who held which number when, in time order."""
        return [Assignment(*row) for row in self._rows(_assignments_of(customer_id))]

    @cached_read
    def numbers(self, customer_id: str) -> frozenset[str]:
        """Every number that the customer's directory knows or knew (D2a)."""
        now = select(EXTENSION.c.number).where(EXTENSION.c.customer == customer_id)
        ever = select(ASSIGNMENT.c.number).where(ASSIGNMENT.c.customer == customer_id)
        with self._engine.connect() as connection:
            return frozenset(connection.scalars(union(now, ever)))

    @cached_read
    def number_of_extension(self, customer_id: str) -> Callable[[str, int], str | None]:
        """A function, as of now, from an extension's id and an instant to the number it had then.

        Outside its assignments it is the number the extension has now; None if it is not this customer's extension.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(_EXTENSIONS.where(EXTENSION.c.customer == customer_id))
            current = {row.id: row.number for row in rows}
            stretches = [Assignment(*row) for row in connection.execute(_assignments_of(customer_id))]
        return _NumbersInTime(current, stretches).at

    def noted_numbers(self) -> list[tuple[int, str, str]]:
        """Every note: its own number, the customer, and the number that entered or left; "": all of the customer's."""
        return [(row.id, row.customer, row.number) for row in self._rows(select(CHANGED_NUMBER))]

    def drop_notes(self, notes: Collection[int]) -> None:
        """Forget these notes."""
        with writing(self._engine) as connection:
            for some in _chunks(list(notes)):
                connection.execute(delete(CHANGED_NUMBER).where(CHANGED_NUMBER.c.id.in_(some)))

    @cached_read
    def source_setting(self, customer_id: str, source: str) -> SourceSetting | None:
        """The settings of a customer's source; None if there are none yet."""
        settings = SOURCE_SETTING.c
        wanted = select(settings.timezone, settings.trunks, settings.extensions, settings.layout).where(
            settings.customer == customer_id, settings.source == source
        )
        for zone, trunks, extensions, layout in self._rows(wanted):
            return SourceSetting(zone, tuple(trunks), extensions, layout)
        return None

    def source_settings(self, customer_id: str) -> dict[str, SourceSetting]:
        """The settings of a customer's sources, by name."""
        settings = SOURCE_SETTING.c
        theirs = select(settings.source).where(settings.customer == customer_id).order_by(settings.source)
        found = {name: self.source_setting(customer_id, name) for (name,) in self._rows(theirs)}
        return {name: setting for name, setting in found.items() if setting is not None}

    def keep_source_setting(
        self, customer_id: str, source: str, setting: SourceSetting, *, calls_follow: bool = False
    ) -> None:
        """Replace the settings of a customer's source.

        `calls_follow`: with a note that all of the customer's calls are to be derived again.
        """
        settings = SOURCE_SETTING.c
        values = {**asdict(setting), "trunks": list(setting.trunks), "customer": customer_id, "source": source}
        with writing(self._engine) as connection:
            connection.execute(
                delete(SOURCE_SETTING).where(settings.customer == customer_id, settings.source == source)
            )
            connection.execute(insert(SOURCE_SETTING), values)
            if calls_follow:
                connection.execute(insert(CHANGED_NUMBER), {"customer": customer_id, "number": ""})


class PeopleChange:
    """A transaction on the people, as the directory needs it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep_audit(self, line: AuditLine) -> None:
        """Add a line to the audit, if this transaction is kept."""
        add_audit(self._connection, line)

    def customers(self) -> list[Customer]:
        """All customers."""
        return [_customer(row) for row in self._connection.execute(_CUSTOMERS)]

    def customers_of(self, ids: Collection[str]) -> set[str]:
        """The customers that the employees and extensions with these ids belong to."""
        found: set[str] = set()
        for table in (EMPLOYEE, EXTENSION):
            for some in _chunks(list(ids)):
                found.update(self._connection.scalars(select(table.c.customer).where(table.c.id.in_(some)).distinct()))
        return found

    def employees(self, customer_id: str) -> list[Employee]:
        """All employees of a customer."""
        return [
            _employee(row) for row in self._connection.execute(_EMPLOYEES.where(EMPLOYEE.c.customer == customer_id))
        ]

    def addresses(self, wanted: Collection[str]) -> dict[str, str]:
        """From the id of each employee not deleted who has one of these lower-case addresses, to the address."""
        address, found = func.lower(EMPLOYEE.c.email_address), dict[str, str]()
        there = select(EMPLOYEE.c.id, address).where(EMPLOYEE.c.state != EmployeeState.DELETED.value)
        for some in _chunks(list(wanted)):
            found.update((row[0], row[1]) for row in self._connection.execute(there.where(address.in_(some))))
        return found

    def extensions(self, customer_id: str) -> list[Extension]:
        """All extensions of a customer."""
        rows = self._connection.execute(_EXTENSIONS.where(EXTENSION.c.customer == customer_id))
        return [Extension(*row) for row in rows]

    def assignments(self, customer_id: str) -> list[Assignment]:
        """Who held which number when, in time order."""
        return [Assignment(*row) for row in self._connection.execute(_assignments_of(customer_id))]

    def keep_customers(self, customers: Iterable[Customer]) -> None:
        """Keep customers as they are given, new or known."""
        self._put(
            CUSTOMER,
            [
                {
                    **asdict(one),
                    "authentication_security": one.authentication_security.value,
                    "state": one.state.value,
                    "working_hours": one.working_hours and one.working_hours.written(),
                }
                for one in customers
            ],
        )

    def keep_employees(self, employees: Iterable[Employee]) -> None:
        """Keep employees as they are given, new or known.

        A deleted employee's credentials are deleted as well; a link to set a password becomes invalid if the employee's
        address, access level or resellers change: it might open more, or have gone to somebody else.
        """
        rows = [
            {
                **asdict(one),
                "access_level": one.access_level.name,
                "state": one.state.value,
                "organization_resellers": ",".join(one.organization_resellers),
            }
            for one in employees
        ]
        for some in _chunks([row["id"] for row in rows if row["state"] == EmployeeState.DELETED.value]):
            forget_ways_in(self._connection, some)
        now = {row["id"]: tuple(row[column.name] for column in _WHO_COMES_IN[1:]) for row in rows}
        for some in _chunks(list(now)):
            was = self._connection.execute(select(*_WHO_COMES_IN).where(EMPLOYEE.c.id.in_(some)))
            forget_links(self._connection, [one for one, *before in was if now[one] != tuple(before)])
        self._put(EMPLOYEE, rows)

    def keep_password(self, employee_id: str, password_hash: str, now_ms: int) -> None:
        """Keep a new password, and end the employee's sessions and links to set one."""
        put_password(self._connection, employee_id, password_hash, now_ms)
        end_tokens(self._connection, employee_id, SESSIONS, now_ms)

    def keep_extensions(self, extensions: Iterable[Extension], held: Mapping[str, Sequence[Assignment]]) -> None:
        """Keep extensions, new or known, replacing all assignments of each."""
        extensions = list(extensions)
        self._put(EXTENSION, [asdict(one) for one in extensions])
        for some in _chunks([one.id for one in extensions]):
            self._connection.execute(delete(ASSIGNMENT).where(ASSIGNMENT.c.extension.in_(some)))
        rows = [{**asdict(part), "customer": one.customer} for one in extensions for part in held[one.id]]
        if rows:
            self._connection.execute(insert(ASSIGNMENT), rows)

    def views_about(self, customer_id: str) -> list[SavedView]:
        """The saved views of a customer's employees, and those of others that name the customer."""
        return views_about(self._connection, customer_id)

    def move_views(self, views: Iterable[SavedView]) -> None:
        """Change the addresses of existing views to these."""
        move_views(self._connection, views)

    def note_numbers(self, changed: Mapping[str, Iterable[str]]) -> None:
        """Note numbers that entered or left customers' directories: calls with them are to be derived again."""
        rows = [{"customer": customer, "number": number} for customer, numbers in changed.items() for number in numbers]
        if rows:
            self._connection.execute(insert(CHANGED_NUMBER), rows)

    def _put(self, table: Table, rows: list[dict[str, Any]]) -> None:
        known: set[str] = set()
        for some in _chunks([row["id"] for row in rows]):
            known.update(self._connection.scalars(select(table.c.id).where(table.c.id.in_(some))))
        new = [row for row in rows if row["id"] not in known]
        if new:
            self._connection.execute(insert(table), new)
        changed = [{**row, "which": row["id"]} for row in rows if row["id"] in known]
        if changed:
            self._connection.execute(update(table).where(table.c.id == bindparam("which")), changed)


class _NumbersInTime:
    """Which number an extension had when."""

    def __init__(self, current: Mapping[str, str], stretches: Iterable[Assignment]) -> None:
        self._current = current
        self._stretches: dict[str, list[Assignment]] = {}
        for one in stretches:
            self._stretches.setdefault(one.extension, []).append(one)

    def at(self, extension: str, at_ms: int) -> str | None:
        extension = extension.lower()
        stretches = self._stretches.get(extension, [])
        index = bisect_right(stretches, at_ms, key=lambda one: one.since_ms) - 1
        if index >= 0 and at_ms < stretches[index].until_ms:
            return stretches[index].number
        return self._current.get(extension)


_CUSTOMERS = select(CUSTOMER)
_EMPLOYEES = select(EMPLOYEE)
_EXTENSIONS = select(EXTENSION)


def _assignments_of(customer_id: str) -> _Query:
    held = ASSIGNMENT.c
    columns = (held.extension, held.number, held.employee, held.since_ms, held.until_ms)
    return select(*columns).where(held.customer == customer_id).order_by(held.since_ms, held.number)


def _customer(row: _Row) -> Customer:
    values = row._asdict()
    values["authentication_security"] = Security(row.authentication_security)
    values["working_hours"] = None if row.working_hours is None else WorkingHours.read(row.working_hours)
    return Customer(**{**values, "state": CustomerState(row.state)})


def _employee(row: _Row) -> Employee:
    values = row._asdict()
    values["organization_resellers"] = (
        tuple(row.organization_resellers.split(",")) if row.organization_resellers else ()
    )
    return Employee(**{**values, "access_level": AccessLevel[row.access_level], "state": EmployeeState(row.state)})


def _chunks(ids: list[_Id]) -> Iterator[list[_Id]]:
    for start in range(0, len(ids), _MANY):
        yield ids[start : start + _MANY]
