"""Importing people, and giving them tokens."""

import pytest

from cli.office import ACME, ANNA, BO, DECEMBER, LOAD, PEOPLE, calls, row
from pbxtally.people import SavedView
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore


def test_an_import_says_what_it_did(terminal):
    terminal.write("people.json", PEOPLE)
    assert terminal.does("people", "import", "people.json") == (
        "customers: 1 created, 0 changed, 0 unchanged\n"
        "employees: 2 created, 0 changed, 0 unchanged\n"
        "extensions: 2 created, 0 changed, 0 unchanged\n"
    )
    assert terminal.data.stat().st_mode & 0o777 == 0o700


def test_importing_again_updates(office):
    married = {"_id": ANNA, "customer": ACME, "name": "Anna Holm"}
    office.write("news.json", {"employees": [married, PEOPLE["employees"][1]]})
    assert (
        office.does("people", "import", "news.json").splitlines()[1] == "employees: 0 created, 1 changed, 1 unchanged"
    )


def test_a_mistake_is_told_with_its_place_and_nothing_is_imported(office):
    new = {"customer": ACME, "number": "103", "employee": BO}
    twice = {"customer": ACME, "number": "101", "employee": BO, "_id": "e9" * 12}
    office.write("news.json", {"extensions": [new, twice]})
    refused = office.run("people", "import", "news.json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("error: extensions[1]")
    assert refused.err.count("\n") == 1
    everybody = office.ask(**DECEMBER, includeEmpty=True)
    assert [one["extensionNumber"] for one in everybody] == ["101", "102"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "news.json is not JSON: Expecting property name"),
        (b"\xff{}", "news.json is not JSON: 'utf-8' codec can't decode byte 0xff"),
        (b'{"people": []}', "people: "),
    ],
)
def test_a_file_that_holds_no_people_is_refused(office, content, said):
    office.write("news.json", content)
    refused = office.run("people", "import", "news.json")
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert refused.err.startswith(f"error: {said}")


def test_calls_count_for_a_number_as_soon_as_the_directory_knows_it(office):
    office.write("Master.csv", [row("01 09:00:00", "101", "reception"), row("02 09:00:00", "101", "reception")])
    office.does("load", "Master.csv", *LOAD)
    assert calls(office.ask(**DECEMBER)) == {"101": (2, 0)}

    office.write("news.json", {"extensions": [{"customer": ACME, "number": "reception", "employee": BO}]})
    assert office.does("people", "import", "news.json").splitlines()[-1] == "calls counted again: 2"
    assert calls(office.ask(**DECEMBER)) == {"101": (2, 0), "reception": (0, 2)}
    assert calls(office.ask(**DECEMBER, ignoreLocal=True)) == {}


def test_past_calls_stay_with_who_held_the_extension_then(office):
    office.write("Master.csv", [row("01 09:00:00", "101", "4599000001")])
    office.does("load", "Master.csv", *LOAD)
    office.write("news.json", {"extensions": [{"_id": "e1" * 12, "customer": ACME, "employee": BO}]})
    assert "extensions: 0 created, 1 changed, 0 unchanged" in office.does("people", "import", "news.json")
    assert [one["employeeName"] for one in office.ask(**DECEMBER)] == ["Anna"]


def test_a_token_is_printed_alone(office):
    token = office.does("people", "token", ANNA.upper())
    assert token.startswith("pbxt_")
    assert token.split() == [token.removesuffix("\n")]
    assert token != office.does("people", "token", ANNA)


def test_the_audit_says_who_made_a_token_by_a_command(office):
    token = office.does("people", "token", ANNA).strip()
    store = PeopleStore(sqlite_url(office.data / "people.db"))
    [line] = store.audit(ACME, 0, 1)[1]
    store.close()
    assert (line.action, line.subject, line.actor) == ("TOKEN_MADE", ANNA, None)
    assert line.detail.startswith(f"{token[:11]}…, by a command of ")


def in_departments(office, **departments):
    """Anna and Bo in these departments, and a view of Sales that Anna saved."""
    people = [{"_id": one, "customer": ACME, "department": name} for one, name in departments.items()]
    office.write("news.json", {"employees": people})
    office.does("people", "import", "news.json")
    store = PeopleStore(sqlite_url(office.data / "people.db"))
    store.keep_view(SavedView("5e" * 12, ANNA, "Ours", "employees?department=Sales", 0), most=1)
    return store


def test_a_department_is_renamed_for_everybody_in_it_and_in_saved_views(office):
    store = in_departments(office, **{ANNA: "Sales", BO: "Sales"})
    assert office.does("people", "rename-department", "Sales", "Salg & Støtte") == (
        "Sales is now Salg & Støtte: 2 employees\n"
    )
    assert {one.department for one in store.employees(ACME)} == {"Salg & Støtte"}
    assert [one.address for one in store.saved_views(ANNA)] == ["employees?department=Salg+%26+St%C3%B8tte"]
    [line] = store.audit(ACME, 0, 1)[1]
    store.close()
    assert (line.action, line.actor) == ("CHANGED", None)
    assert line.detail.startswith("department Sales is now Salg & Støtte: 2 employees, by a command of ")


def test_two_departments_become_one_by_a_command_that_says_so(office):
    store = in_departments(office, **{ANNA: "Sales", BO: "Support"})
    rename = ("people", "rename-department", "Support", "Sales", "--customer", "Acme")
    assert office.run(*rename) == (
        1,
        "",
        "error: name: A department with this name already exists - use --together to merge them\n",
    )
    assert office.does(*rename, "--together") == "Support is now Sales: 1 employee\n"
    assert [one.department for one in store.employees(ACME)] == ["Sales", "Sales"]
    store.close()


def test_a_department_that_is_none_is_told_with_those_there_are(office):
    said = "error: department: there is no department Slaes - nobody is in one\n"
    assert office.run("people", "rename-department", "Slaes", "Salg") == (1, "", said)
    in_departments(office, **{ANNA: "Sales", BO: "Support"}).close()
    said = "error: department: there is no department Slaes - there are Sales, Support\n"
    assert office.run("people", "rename-department", "Slaes", "Salg") == (1, "", said)
    assert office.run("people", "rename-department", "Sales", " Sales ").err == "error: name: Give it another name\n"


@pytest.mark.parametrize(
    ("employee", "said"),
    [("99" * 12, f"No employee has the id {'99' * 12}"), ("anna", "No employee has the id anna")],
)
def test_nobody_gets_no_token(office, employee, said):
    assert office.run("people", "token", employee) == (1, "", f"error: {said}\n")


def test_who_cannot_sign_in_gets_no_token(office):
    office.write("news.json", {"employees": [{"_id": BO, "customer": ACME, "state": "DISABLED"}]})
    office.does("people", "import", "news.json")
    said = "error: employee: Bo is DISABLED, or the customer is not active\n"
    assert office.run("people", "token", BO) == (1, "", said)
