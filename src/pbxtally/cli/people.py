"""`people`: customers, employees and extensions, and the tokens of employees."""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

from pbxtally.cli.options import data_option, now_ms


@click.group("people")
def command() -> None:
    """Keep the people: who has which extension, who may sign in."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def import_file(file: Path, data: str | None) -> None:
    """Import customers, employees and extensions from a JSON file, all or nothing.

    The file is an object with the arrays `customers`, `employees` and `extensions`; docs/reference.md has their
    members. Importing again updates. An extension that gets another employee keeps its past with the one before.

    Example: ./run people import people.json
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.directory import import_people
    from pbxtally.errors import BadRequestError
    from pbxtally.intake import people_changed
    from pbxtally.query import find_zone
    from pbxtally.settings import data_folder

    try:
        document = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as why:
        raise BadRequestError(f"{file} is not JSON: {why}") from None
    with open_folder(data_folder(data), create=True) as folder, any_store(folder) as store:
        zone = find_zone(folder.settings.timezone)
        assert zone is not None
        receipt = import_people(folder.people, document, now_ms(), zone)
        calls = people_changed(store, folder.people, receipt.changed_numbers)
    for name in ("customers", "employees", "extensions"):
        counted = getattr(receipt, name)
        click.echo(f"{name}: {counted.created} made, {counted.updated} changed, {counted.unchanged} as before")
    if calls:
        click.echo(f"calls counted again: {calls}")


@command.command("token")
@click.argument("employee_id", metavar="EMPLOYEE_ID")
@data_option
def token(employee_id: str, data: str | None) -> None:
    """Make a machine token of an employee and print it, alone; it cannot be shown again.

    Example: ./run people token 5450f1834b75ff21032563a1
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.login import make_token
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        click.echo(make_token(folder.people, employee_id, now_ms()))


@command.command("reset")
@click.argument("employee_id", metavar="EMPLOYEE_ID")
@click.option("--authenticator", is_flag=True, help="Take the authenticator app away, too.")
@data_option
def reset(employee_id: str, authenticator: bool, data: str | None) -> None:
    """Print a link where an employee sets a password, the first one or a new one; it is good for a day, and once.

    The link begins with the setting `address`. What the employee has now holds until the link is used.

    Example: ./run people reset 5450f1834b75ff21032563a1
    """
    from pbxtally import audit
    from pbxtally.cli.folder import open_folder
    from pbxtally.login import link_address, make_link
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        people, now = folder.people, now_ms()
        key = make_link(people, employee_id, now)
        employee = people.employee(employee_id.lower())
        if authenticator and employee is not None:
            people.forget_authenticator(employee.id)
            action = audit.Action.AUTHENTICATOR_RESET
            audit.record(people, None, employee.customer, action, employee.id, None, now, "by a command")
        click.echo(link_address(folder.settings.address, key))
