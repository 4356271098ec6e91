"""`people`: customers, employees and extensions, and the tokens of employees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import command_of, data_option, now_ms
from pbxtally.plurals import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbxtally.cli.folder import Folder
    from pbxtally.directory import Counted
    from pbxtally.directory.sheet import Sheet
    from pbxtally.people import Assignment


@click.group("people")
def command() -> None:
    """Manage people: who has which extension, and who can sign in."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--customer", metavar="CUSTOMER", help="For a spreadsheet: the customer the people belong to, by id or name."
)
@click.option(
    "--map", "mapped", multiple=True, metavar="MEMBER=HEADING", help="Which column holds what; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Show what would be done without doing it.")
@data_option
def import_file(file: Path, customer: str | None, mapped: tuple[str, ...], dry_run: bool, data: str | None) -> None:
    """Import customers, employees and extensions from a JSON file or a spreadsheet, all or nothing.

    The file is an object with the arrays `customers`, `employees` and `extensions`, `sources` for what is remembered of
    customers' sources, and `switches` for hosted ones; docs/reference.md has their members. Importing again updates. An
    extension that gets another employee keeps its past with the one before. A file that ends on .csv or .xlsx has a
    heading and a row for each person or extension; docs/people.md has more.

    Example: ./run people import people.json

    Example: ./run people import staff.xlsx --customer Nordlys --map number=Local --map employee=Who --dry-run
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.pbx import tenants_of
    from pbxtally.directory import ImportedBy, import_people
    from pbxtally.errors import InvalidFieldError
    from pbxtally.intake import derive_changed_numbers
    from pbxtally.settings import data_folder
    from pbxtally.source_settings import SECTION as SOURCES
    from pbxtally.source_settings import keep_sources, parse_sources
    from pbxtally.switches import SECTION as SWITCHES
    from pbxtally.switches import keep_switches, parse_switches

    with open_folder(data_folder(data), create=True) as folder, any_store(folder) as store:
        document, sheet = _document(folder, file, customer, mapped)
        tenants = tenants_of(folder, store)
        beside = document if isinstance(document, dict) else {}
        switches, sources = parse_switches(tenants, beside), parse_sources(tenants, beside)
        if isinstance(document, dict):
            document = {name: value for name, value in document.items() if name not in (SWITCHES, SOURCES)}
        try:
            receipt = import_people(
                folder.people, document, now_ms(), folder.zone, keep=not dry_run, by=ImportedBy(command_of())
            )
        except InvalidFieldError as why:
            raise (sheet.in_lines(why) if sheet else why) from None
        calls = 0 if dry_run else derive_changed_numbers(store, folder.people)
        kept = {
            SWITCHES: keep_switches(tenants, switches, keep=not dry_run),
            SOURCES: keep_sources(tenants, sources, keep=not dry_run),
        }
    counts = {name: getattr(receipt, name) for name in ("customers", "employees", "extensions")}
    _print_counts(counts | {name: counted for name, counted in kept.items() if name in beside})
    if dry_run:
        click.echo("nothing was kept")
    if calls:
        click.echo(f"calls counted again: {calls}")


def _document(folder: Folder, file: Path, customer: str | None, mapped: tuple[str, ...]) -> tuple[object, Sheet | None]:
    """The document that a file says, and the spreadsheet if it is one."""
    from pbxtally.cli.folder import find_customer
    from pbxtally.cli.input_files import read_json
    from pbxtally.cli.spreadsheets import is_table, rows_of
    from pbxtally.directory.sheet import read_sheet
    from pbxtally.errors import InvalidFieldError

    if is_table(file):
        pairs = dict(one.partition("=")[::2] for one in mapped)
        whose = find_customer(folder, customer).id
        sheet = read_sheet(rows_of(file), whose, folder.people.employees(whose), pairs)
        if sheet.unread:
            click.echo(f"columns ignored: {', '.join(sheet.unread)}")
        return sheet.document, sheet
    if customer or mapped:
        raise InvalidFieldError("customer", "--customer and --map are only for spreadsheets, not for a JSON file")
    return read_json(file), None


def _print_counts(counts: Mapping[str, Counted]) -> None:
    for name, counted in counts.items():
        click.echo(f"{name}: {counted.created} created, {counted.updated} changed, {counted.unchanged} unchanged")


@command.command("list")
@click.option("--customer", metavar="CUSTOMER", help="Customer, by id or name; else list only the customers.")
@data_option
def list_people(customer: str | None, data: str | None) -> None:
    """List the customers, or with --customer its employees and its extensions with their holders.

    Example: ./run people list --customer Nordlys
    """
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.people import natural_key
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        if customer is None:
            for one in sorted(folder.people.customers(), key=lambda one: one.name.casefold()):
                click.echo(f"{one.id}  {one.state}  {one.name}")
            return
        whose = find_customer(folder, customer).id
        for person in sorted(folder.people.employees(whose), key=lambda one: one.name.casefold()):
            click.echo(f"{person.id}  {person.state}  {person.access_level.name}  {person.name}")
        names, at_ms = folder.people.employee_names(whose), now_ms()
        held = {one.extension: one for one in folder.people.assignments(whose) if one.is_at(at_ms)}
        for extension in sorted(folder.people.extensions(whose), key=lambda one: natural_key(one.number)):
            if extension.id in held:
                holder = names.get(held[extension.id].employee or "", "nobody")
                click.echo(f"{extension.id}  {extension.number}  {holder}")


@command.command("add")
@click.argument("name")
@click.option("--customer", metavar="CUSTOMER", help="The employee's customer; without it, NAME is a new customer.")
@click.option("--number", metavar="NUMBER", help="The extension the employee holds.")
@click.option("--level", metavar="LEVEL", help="Access level; default: NO_LOGIN.")
@click.option("--email", metavar="ADDRESS", help="E-mail address.")
@click.option("--reseller", metavar="CUSTOMER", help="The reseller of a new customer.")
@click.option("--timezone", metavar="ZONE", help="The zone of a new customer.")
@data_option
def add(
    name: str,
    customer: str | None,
    number: str | None,
    level: str | None,
    email: str | None,
    reseller: str | None,
    timezone: str | None,
    data: str | None,
) -> None:
    """Create a customer, or an employee with an extension, and print the id.

    Example: ./run people add Nordlys --timezone Europe/Copenhagen

    Example: ./run people add "Bo Madsen" --customer Nordlys --number 101 --level VIEWER
    """
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.errors import InvalidFieldError
    from pbxtally.people import new_id
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data), create=True) as folder:
        found = new_id()
        if customer is None:
            if number or level or email:
                raise InvalidFieldError("customer", "name the employee's customer with --customer")
            _bring(folder, _new_customer(folder, found, name, reseller, timezone))
        else:
            if reseller or timezone:
                raise InvalidFieldError("customer", "--reseller and --timezone are for a new customer")
            whose = find_customer(folder, customer).id
            person = {"_id": found, "customer": whose, "name": name, "emailAddress": email}
            _bring(folder, _new_employee(folder, person | ({"accessLevel": level} if level else {}), number))
        click.echo(found)


def _new_customer(
    folder: Folder, found: str, name: str, reseller: str | None, timezone: str | None
) -> dict[str, object]:
    """The document that makes a customer; InvalidFieldError if there is one of that name."""
    from pbxtally.cli.folder import find_customer
    from pbxtally.errors import InvalidFieldError
    from pbxtally.people import CustomerState

    there = [one for one in folder.people.customers() if one.state is not CustomerState.DELETED]
    if same := [one.id for one in there if one.name == name]:
        raise InvalidFieldError("name", f"a customer {name} already exists: {same[0]}")
    parent = find_customer(folder, reseller).id if reseller else None
    return {"customers": [{"_id": found, "name": name, "parentReseller": parent, "timezone": timezone}]}


def _new_employee(folder: Folder, person: dict[str, str | None], number: str | None) -> dict[str, object]:
    """The document that makes an employee who holds the number; InvalidFieldError if somebody has it already."""
    from pbxtally.errors import InvalidFieldError

    whose = str(person["customer"])
    if number and (held := _held_now(folder, whose, number)) and held.employee:
        holder = folder.people.employee_names(whose)[held.employee]
        raise InvalidFieldError("number", f"{holder} holds {number} - give it to someone else with: people move")
    extension = {"customer": whose, "number": number, "employee": person["_id"]}
    return {"employees": [person], "extensions": [extension] if number else []}


def _bring(folder: Folder, document: dict[str, object]) -> None:
    """Import what a command says; mistakes are named by the member's name alone."""
    from pbxtally.cli.folder import any_store
    from pbxtally.directory import ImportedBy, import_people
    from pbxtally.errors import InvalidFieldError
    from pbxtally.intake import derive_changed_numbers

    with any_store(folder) as store:
        try:
            import_people(folder.people, document, now_ms(), folder.zone, by=ImportedBy(command_of()))
        except InvalidFieldError as why:
            raise InvalidFieldError(why.word.rpartition(".")[2], why.description) from None
        derive_changed_numbers(store, folder.people)


def _held_now(folder: Folder, customer: str, number: str) -> Assignment | None:
    """Who holds a customer's extension now, or that nobody does; None: there is no such extension."""
    at_ms = now_ms()
    held = folder.people.assignments(customer)
    return next((one for one in held if one.number == number and one.is_at(at_ms)), None)


@command.command("move")
@click.argument("number")
@click.option("--customer", metavar="CUSTOMER", help="Whose extension it is; may be left out if there is only one.")
@click.option(
    "--to", "employee_id", required=True, metavar="EMPLOYEE_ID", help="Who holds it from now on, or `nobody`."
)
@data_option
def move(number: str, customer: str | None, employee_id: str, data: str | None) -> None:
    """Give an extension to another employee from now on; past calls stay with the previous holder.

    Example: ./run people move 101 --customer Nordlys --to 5450f1834b75ff21032563a2
    """
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.errors import InvalidFieldError
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        whose = find_customer(folder, customer).id
        held = _held_now(folder, whose, number)
        if held is None:
            raise InvalidFieldError("number", f"there is no extension {number}")
        holder = None if employee_id == "nobody" else employee_id
        _bring(folder, {"extensions": [{"_id": held.extension, "employee": holder}]})
        name = folder.people.employee_names(whose).get((holder or "").lower(), "nobody")
        click.echo(f"{name} holds {number} from now on")


@command.command("rename-department")
@click.argument("department")
@click.argument("name")
@click.option("--customer", metavar="CUSTOMER", help="Whose department it is; may be left out if there is only one.")
@click.option("--together", is_flag=True, help="Merge it with the department that has that name, for good.")
@data_option
def rename_department(department: str, name: str, customer: str | None, together: bool, data: str | None) -> None:
    """Rename a department for everyone in it, including former employees, and in saved views.

    Example: ./run people rename-department Sales "Sales and Service" --customer Nordlys
    """
    from pbxtally import departments
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.directory import ImportedBy
    from pbxtally.errors import InvalidFieldError, UnknownError
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        whose = find_customer(folder, customer).id
        renaming = departments.Renaming.read({"department": department, "name": name, departments.TOGETHER: together})
        try:
            many = departments.rename_department(folder.people, whose, renaming, now_ms(), ImportedBy(command_of()))
        except UnknownError:
            there = sorted({one.department for one in folder.people.employees(whose) if one.department})
            known = f"there are {', '.join(there)}" if there else "nobody is in one"
            raise InvalidFieldError("department", f"there is no department {department} - {known}") from None
        except InvalidFieldError as why:
            hint = " - use --together to merge them" if why.word == departments.TOGETHER else ""
            raise InvalidFieldError("name", f"{why.description}{hint}") from None
        click.echo(f"{renaming.before} is now {renaming.now}: {quantity(many, 'employee')}")


@command.command("export")
@click.option("--customer", metavar="CUSTOMER", help="Only this one, by id or name.")
@data_option
def export(customer: str | None, data: str | None) -> None:
    """Print all people, their sources and hosted switches, as JSON for `people import`.

    Importing it again changes nothing. With --customer no switch: their words are of several customers. No password,
    token or intake key comes along.

    Example: ./run people export > people.json
    """
    from pbxtally import audit
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.directory.export import exported
    from pbxtally.settings import data_folder
    from pbxtally.source_settings import SECTION as SOURCES
    from pbxtally.source_settings import exported_sources
    from pbxtally.switches import SECTION as SWITCHES
    from pbxtally.switches import exported_switches

    with open_folder(data_folder(data)) as folder:
        people, whose = folder.people, {find_customer(folder, customer).id} if customer else None
        document = exported(people, whose)
        if sources := exported_sources(people, [one["_id"] for one in document["customers"]]):
            document[SOURCES] = sources
        if whose is None and (switches := exported_switches(people)):
            document[SWITCHES] = switches
        for one in document["customers"]:
            audit.record(
                people, None, one["_id"], audit.Action.EXPORTED, None, None, now_ms(), f"people, {command_of()}"
            )
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@command.command("unknown")
@click.option("--customer", metavar="CUSTOMER", help="By id or name; may be left out if there is only one.")
@data_option
def unknown(customer: str | None, data: str | None) -> None:
    """Print extensions found in calls but not in the directory, as CSV to fill in and import.

    Example: ./run people unknown --customer Nordlys > staff.csv
    """
    import csv
    import sys

    from pbxtally.cli.folder import any_store, find_customer, open_folder
    from pbxtally.directory.extension_requests import unknown_extensions
    from pbxtally.intervals import iso_utc
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder, any_store(folder) as store:
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(("number", "employee", "emailAddress", "accessLevel", "calls", "first", "last"))
        for one in unknown_extensions(store, folder.people, find_customer(folder, customer).id):
            lines.writerow((one.number, "", "", "", one.calls, iso_utc(one.first_ms), iso_utc(one.last_ms)))


@command.command("token")
@click.argument("employee_id", metavar="EMPLOYEE_ID")
@data_option
def token(employee_id: str, data: str | None) -> None:
    """Create a machine token for an employee and print it; it cannot be shown again.

    Example: ./run people token 5450f1834b75ff21032563a1
    """
    from pbxtally import audit
    from pbxtally.cli.folder import open_folder
    from pbxtally.login import make_token
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        people, now = folder.people, now_ms()
        made = make_token(people, employee_id, now)
        employee = people.employee(employee_id.lower())
        assert employee is not None
        detail = f"{made[:11]}, {command_of()}"
        audit.record(people, None, employee.customer, audit.Action.TOKEN_MADE, employee.id, None, now, detail)
        click.echo(made)


@command.command("reset")
@click.argument("employee_id", metavar="EMPLOYEE_ID")
@click.option("--authenticator", is_flag=True, help="Also remove the authenticator app.")
@data_option
def reset(employee_id: str, authenticator: bool, data: str | None) -> None:
    """Print a link where an employee sets a first or new password; it is valid for one day and one use.

    The link begins with the setting `address`. The current password stays valid until the link is used.

    Example: ./run people reset 5450f1834b75ff21032563a1
    """
    from pbxtally import audit
    from pbxtally.cli.folder import open_folder
    from pbxtally.login import link_address, make_link
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        people, now = folder.people, now_ms()
        key = make_link(people, employee_id, now, command_of())
        employee = people.employee(employee_id.lower())
        if authenticator and employee is not None:
            people.forget_authenticator(employee.id)
            action = audit.Action.AUTHENTICATOR_RESET
            audit.record(people, None, employee.customer, action, employee.id, None, now, command_of())
        click.echo(link_address(folder.settings.address, key))
        if employee is not None and employee.email_address is None:
            click.echo(f"{employee.name} has no e-mail address or user name to sign in with yet", err=True)
