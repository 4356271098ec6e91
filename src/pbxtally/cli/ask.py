"""`ask`: the endpoint's answer in a shell."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import rich_click as click

from pbxtally.cli.options import data_option, now_ms, terminal_safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxtally.cli.folder import Folder
    from pbxtally.cli.remote_store import RemoteStore
    from pbxtally.drill import CanDrillDown
    from pbxtally.fields import Format
    from pbxtally.people import Employee
    from pbxtally.query import Asker
    from pbxtally.stores.duckdb_store import DuckStore


@click.command("ask")
@click.argument("request", metavar="JSON")
@click.option(
    "--as",
    "employee_id",
    metavar="EMPLOYEE_ID",
    help="Ask as this employee; default: as the operator, who sees everything.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("json", "csv", "excel", "parquet"), case_sensitive=False),
    metavar="FORMAT",
    help="json, csv, excel or parquet; default: what the request says.",
)
@click.option("--calls", "opens", is_flag=True, help="Print the calls behind a figure, which the request can name.")
@data_option
def command(request: str, employee_id: str | None, form: str | None, opens: bool, data: str | None) -> None:
    """Send a request as POST /pbx/cdrstats does and print the answer; on a terminal a table.

    JSON is the request's body, also in the notation of the vendor's page.

    Example: ./run ask '{"groupingInterval": "WEEK", "from": "2020-11-30", "to": "2020-12-20"}' --format csv

    Example: ./run ask --calls '{"from": "2020-12-01", "to": "2020-12-01", "measure": "inboundBusy"}'
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.fields import Format
    from pbxtally.query import parse_query
    from pbxtally.renderers import chunks
    from pbxtally.settings import data_folder
    from pbxtally.stats import ask
    from pbxtally.web.body import read_object

    members = read_object(request.encode("utf-8", "surrogateescape"))
    if form is not None:
        members["format"] = form
    with open_folder(data_folder(data)) as folder, any_store(folder) as store:
        asker = _asker(folder, employee_id, members)
        _say_what_is_missing(folder, store)
        if opens:
            _print_calls(folder, store, asker, members)
            return
        with _said_in_full():
            query = parse_query(members, _asker_of(folder, asker))
        on_a_terminal = sys.stdout.isatty()
        _refuse_on_a_terminal(query.format)
        report = ask(store, folder.people, asker, query, folder.settings.language)
        if on_a_terminal and form is None and query.format is Format.JSON:
            from pbxtally.cli.table import print_report

            print_report(report)
            return
        _write(chunks(report, now_ms()), query.format)


def _say_what_is_missing(folder: Folder, store: DuckStore | RemoteStore) -> None:
    """Say on standard error what these calls lack; a running server counts what waits, and has said the rest."""
    from pbxtally.cli.checking import gaps, missing_loads, say_load
    from pbxtally.cli.remote_store import RemoteStore
    from pbxtally.plurals import quantity
    from pbxtally.stores.journal import Journal

    if isinstance(store, RemoteStore):
        return
    with closing(Journal(folder.path)) as journal:
        waiting = journal.last() - store.applied()
        lacking = [f"{say_load(one)} - load it again" for one in missing_loads(store, journal)] + gaps(store, journal)
    if waiting > 0:
        lacking.append(f"{quantity(waiting, 'delivery', 'deliveries')} of the journal - counted when a server starts")
    for one in lacking:
        click.echo(f"not in this answer: {terminal_safe(one)}", err=True)


@contextmanager
def _said_in_full() -> Iterator[None]:
    """Complain about a request with what was expected, also where the description does not say it.

    Two descriptions leave it out because the vendor's page has them so (S15); in a shell nobody is bound to them.
    """
    from pbxtally.errors import InvalidFieldError
    from pbxtally.fields import Format

    expected = {
        "Invalid date range": "use dates such as 2020-12-01 or 2020-12-01T08:00, with from not after to",
        "Invalid format": f"use {', '.join(Format)}",
    }
    try:
        yield
    except InvalidFieldError as why:
        if why.description in expected:
            raise InvalidFieldError(why.word, f"{why.description} - {expected[why.description]}") from None
        raise


def _print_calls(folder: Folder, store: CanDrillDown, asker: Employee, members: dict[str, Any]) -> None:
    from pbxtally.drill import open_figure
    from pbxtally.figure import parse_figure
    from pbxtally.renderers.figure_calls import figure_calls_chunks

    with _said_in_full():
        query = parse_figure(members, _asker_of(folder, asker))
    _refuse_on_a_terminal(query.stats.format)
    _write(figure_calls_chunks(open_figure(store, folder.people, asker, query), now_ms()), query.stats.format)


def _refuse_on_a_terminal(form: Format) -> None:
    from pbxtally.errors import InvalidFieldError
    from pbxtally.renderers.downloads import SUFFIXES

    if sys.stdout.isatty() and form.value in ("EXCEL", "PARQUET"):
        raise InvalidFieldError("format", f"a terminal cannot show {form} - add: > answer.{SUFFIXES[form]}")


def _write(chunks: Iterator[bytes], form: Format) -> None:
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    if form.value == "JSON":
        sys.stdout.buffer.write(b"\n")


def _asker_of(folder: Folder, employee: Employee) -> Asker:
    from pbxtally.days_off import days_off
    from pbxtally.hours import Calendar
    from pbxtally.people import calendar
    from pbxtally.query import Asker
    from pbxtally.reader import zone_of

    def calendar_of(customer_id: str) -> Calendar:
        customer = folder.people.customer(customer_id)
        return calendar(customer, days_off) if customer else Calendar()

    return Asker(
        employee.customer, now_ms(), lambda one: zone_of(folder.people.customer(one), folder.zone), calendar_of
    )


def _asker(folder: Folder, employee_id: str | None, members: dict[str, Any]) -> Employee:
    """The employee who asks. The operator is nobody's employee: they name the customer, unless there is only one."""
    from pbxtally.errors import InvalidFieldError
    from pbxtally.people import AccessLevel, Employee

    if employee_id is not None:
        employee = folder.people.employee(employee_id.lower())
        if employee is None:
            raise InvalidFieldError("as", f"there is no employee {employee_id}")
        return employee
    customers = list(folder.people.parents())
    if len(customers) != 1 and members.get("customer") is None:
        raise InvalidFieldError("customer", "name the customer in the request, or ask --as an employee")
    return Employee("0" * 24, customers[0] if customers else "", "operator", AccessLevel.ADMIN)
