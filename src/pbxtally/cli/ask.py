"""`ask`: the endpoint's answer in a shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.cli.options import data_option, now_ms

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.people import Employee
    from pbxtally.query import Asker


@click.command("ask")
@click.argument("request", metavar="JSON")
@click.option(
    "--as", "employee_id", metavar="EMPLOYEE_ID", help="Ask as this employee; else as the operator, who may all."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("json", "csv", "excel"), case_sensitive=False),
    metavar="FORMAT",
    help="json, csv or excel; else what the request says.",
)
@data_option
def command(request: str, employee_id: str | None, form: str | None, data: str | None) -> None:
    """Ask POST /pbx/cdrstats's question and print its answer; on a terminal a table.

    JSON is the request's body, also in the notation of the vendor's page.

    Example: ./run ask '{"groupingInterval": "WEEK", "from": "2020-11-30", "to": "2020-12-20"}' --format csv
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.errors import InvalidFieldError
    from pbxtally.query import Format, parse_query
    from pbxtally.renderers import chunks
    from pbxtally.settings import data_folder
    from pbxtally.stats import ask
    from pbxtally.web.body import read_object

    members = read_object(request.encode("utf-8", "surrogateescape"))
    if form is not None:
        members["format"] = form
    with open_folder(data_folder(data)) as folder, any_store(folder) as store:
        asker = _asker(folder, employee_id, members)
        query = parse_query(members, _asker_of(folder, asker))
        on_a_terminal = sys.stdout.isatty()
        if on_a_terminal and query.format is Format.EXCEL:
            raise InvalidFieldError("format", "a terminal cannot show an Excel file - add: > answer.xlsx")
        report = ask(store, folder.people, asker, query, folder.settings.language)
        if on_a_terminal and form is None and query.format is Format.JSON:
            from pbxtally.cli.table import print_report

            print_report(report)
            return
        for chunk in chunks(report, now_ms()):
            sys.stdout.buffer.write(chunk)
        if query.format is Format.JSON:
            sys.stdout.buffer.write(b"\n")


def _asker_of(folder: Folder, employee: Employee) -> Asker:
    from pbxtally.query import Asker

    def zone_of(customer_id: str) -> ZoneInfo:
        customer = folder.people.customer(customer_id)
        return ZoneInfo((customer and customer.timezone) or folder.settings.timezone)

    return Asker(employee.customer, now_ms(), zone_of)


def _asker(folder: Folder, employee_id: str | None, members: dict[str, Any]) -> Employee:
    """The employee who asks. The operator is nobody's employee: the customer is the only one, or has to be named."""
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
