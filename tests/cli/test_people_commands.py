"""Keep the people from the shell: a directory from nothing, from a spreadsheet, from the calls themselves."""

import json
from contextlib import closing
from unicodedata import normalize

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from copies import filled
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.cli import cli
from pbxtally.errors import BadRequestError, InvalidFieldError
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore


@pytest.fixture
def run(tmp_path):
    """Run a command on a folder of its own and give what it prints."""

    def run(*words):
        answer = CliRunner().invoke(cli, ["--data", str(tmp_path / "data"), "people", *map(str, words)])
        if answer.exception:
            raise answer.exception
        return answer.output

    return run


@pytest.fixture
def nordlys(tmp_path):
    """The id of a customer that is there already."""
    return filled(tmp_path / "data", _with_nordlys)


def _with_nordlys(folder):
    return CliRunner().invoke(cli, ["--data", str(folder), "people", "add", "Nordlys"]).output.strip()


def write(path, text, encoding="utf-8"):
    path.write_text(text, encoding)
    return path


def people(run):
    """From each number to the name of who holds it."""
    document = json.loads(run("export"))
    names = {one["_id"]: one["name"] for one in document["employees"]}
    return {one["number"]: names.get(one["assignments"][-1].get("employee")) for one in document["extensions"]}


def test_a_directory_from_nothing(run):
    customer = run("add", "Nordlys", "--timezone", "Europe/Copenhagen").strip()
    bo = run("add", "Bo Madsen", "--customer", "Nordlys", "--number", "101", "--level", "viewer").strip()
    assert run("list") == f"{customer}  ACTIVE  Nordlys\n"
    shown = run("list", "--customer", "Nordlys").splitlines()
    assert shown[0] == f"{bo}  ENABLED  VIEWER  Bo Madsen"
    assert shown[1].endswith("  101  Bo Madsen")


def test_a_number_that_somebody_holds_is_taken_from_them_by_move_only(run, nordlys):
    bo = run("add", "Bo", "--customer", nordlys, "--number", "101").strip()
    with pytest.raises(InvalidFieldError, match="Bo holds 101 - give it to someone else with: people move"):
        run("add", "Ida", "--customer", nordlys, "--number", "101")
    assert people(run) == {"101": "Bo"}
    run("move", "101", "--to", "nobody")
    run("add", "Ida", "--customer", nordlys, "--number", "101")
    assert people(run) == {"101": "Ida"}
    assert bo in run("list", "--customer", nordlys)


def test_a_second_customer_of_a_name_is_not_made_for_no_command_could_name_either(run, nordlys):
    with pytest.raises(InvalidFieldError, match=f"a customer Nordlys already exists: {nordlys}"):
        run("add", "Nordlys")
    assert run("list") == f"{nordlys}  ACTIVE  Nordlys\n"


def test_an_address_that_signs_somebody_in_is_refused_by_add_too(run, nordlys):
    run("add", "Bo", "--customer", nordlys, "--email", "bo@nordlys.example")
    run("add", "Fjord")
    with pytest.raises(InvalidFieldError, match="Another employee already signs in with this address") as why:
        run("add", "Bo Two", "--customer", "Fjord", "--email", "BO@nordlys.example")
    assert why.value.word == "emailAddress"


def test_a_document_that_says_a_member_twice_is_refused_whole(run, nordlys, tmp_path):
    twice = f'{{"employees": [{{"customer": "{nordlys}", "name": "Bo"}}], "employees": []}}'
    with pytest.raises(BadRequestError, match='member "employees" is given twice'):
        run("import", write(tmp_path / "people.json", twice))
    assert json.loads(run("export"))["employees"] == []


def test_a_moved_extension_has_two_stretches(run, nordlys):
    run("add", "Bo", "--customer", nordlys, "--number", "101")
    ida = run("add", "Ida", "--customer", nordlys).strip()
    assert run("move", "101", "--to", ida) == "Ida holds 101 from now on\n"
    [extension] = json.loads(run("export"))["extensions"]
    bos, idas = extension["assignments"]
    assert (idas["employee"], idas["since"]) == (ida, bos["until"])
    assert run("move", "101", "--to", "nobody") == "nobody holds 101 from now on\n"
    with pytest.raises(InvalidFieldError, match="there is no extension 999"):
        run("move", "999", "--to", ida)


def test_what_is_exported_comes_in_again_unchanged(run, nordlys, tmp_path):
    run("add", "Bo", "--customer", nordlys, "--number", "101", "--email", "bo@nordlys.example")
    run("move", "101", "--to", "nobody")
    file = write(tmp_path / "all.json", run("export"))
    assert run("import", file).splitlines() == [
        "customers: 0 created, 0 changed, 1 unchanged",
        "employees: 0 created, 0 changed, 1 unchanged",
        "extensions: 0 created, 0 changed, 1 unchanged",
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Lokalnummer;Navn;Afdeling\n101;Søren;Salg\n102;Ida;\n", "utf-8-sig"),
        ("Lokalnummer;Navn;Afdeling\n101;Søren;Salg\n102;Ida;\n", "cp1252"),
        ("number,employee,department\n101,Søren,Salg\n102,Ida,\n", "utf-8"),
        ("number\temployee\n101\tSøren\n\n102\tIda\n", "utf-8"),
    ],
)
def test_a_csv_of_any_kind_comes_in(run, nordlys, tmp_path, text, encoding):
    run("import", write(tmp_path / "staff.csv", text, encoding), "--customer", nordlys)
    assert people(run) == {"101": "Søren", "102": "Ida"}


def test_an_excel_sheet_comes_in_by_a_map_and_a_dry_run_changes_nothing(run, nordlys, tmp_path):
    book = Workbook()
    for row in (
        ["Local", "Who", "Mail", "Shoe size"],
        [101, "Bo", "bo@n.example", 43],
        [102, "Bo", "bo@n.example", 43],
    ):
        book.active.append(row)
    book.save(tmp_path / "staff.xlsx")
    words = ("import", tmp_path / "staff.xlsx", "--map", "number=Local", "--map", "employee=Who")
    told = run(*words, "--dry-run").splitlines()
    assert told[0] == "columns ignored: Shoe size"
    assert told[2:] == [
        "employees: 1 created, 0 changed, 0 unchanged",
        "extensions: 2 created, 0 changed, 0 unchanged",
        "nothing was kept",
    ]
    assert people(run) == {}
    run(*words)
    assert people(run) == {"101": "Bo", "102": "Bo"}
    assert run(*words).splitlines()[2] == "employees: 0 created, 0 changed, 1 unchanged"


@pytest.mark.parametrize(
    ("text", "words", "complaint"),
    [
        ("number,employee,level\n101,Bo,\n102,Ida,KING\n", (), "line 3: accessLevel"),
        ("number\n101\n10 2\n", (), "line 3: number"),
        ("number,employee\n101,Bo\n101,Ida\n", (), "line 3: _id"),
        ("colour\nred\n", (), "map"),
        ("number\n101\n", ("--map", "number=Local"), "map"),
        ("number\n101\n", ("--map", "hair=number"), "map"),
    ],
)
def test_a_mistake_in_a_spreadsheet_is_told_by_its_line_and_nothing_comes_in(
    run, nordlys, tmp_path, text, words, complaint
):
    with pytest.raises(InvalidFieldError) as why:
        run("import", write(tmp_path / "staff.csv", text), *words)
    assert why.value.word == complaint
    assert people(run) == {}


def test_a_number_that_stands_in_a_spreadsheet_twice_is_told_with_both_lines(run, nordlys, tmp_path):
    with pytest.raises(InvalidFieldError, match="Same as line 2 - list each once"):
        run("import", write(tmp_path / "staff.csv", "number,employee\n101,Bo\n101,Ida\n"))


def test_a_spreadsheet_with_letters_and_their_accents_apart_names_the_same_people_each_time(run, nordlys, tmp_path):
    rows = "number,employee,email\n101,Åse Ærø,\n102,René,rené@n.example\n"
    staff = write(tmp_path / "staff.csv", normalize("NFD", rows))
    assert "employees: 2 created" in run("import", staff)
    assert "employees: 0 created, 0 changed, 2 unchanged\nextensions: 0 created, 0 changed, 2" in run("import", staff)
    assert people(run) == {"101": "Åse Ærø", "102": "René"}


def test_two_people_of_one_name_need_an_address(run, nordlys, tmp_path):
    run("add", "Bo", "--customer", nordlys, "--email", "bo1@n.example")
    run("add", "Bo", "--customer", nordlys, "--email", "bo2@n.example")
    with pytest.raises(InvalidFieldError) as why:
        run("import", write(tmp_path / "staff.csv", "number,name\n101,Bo\n"))
    assert why.value.word == "line 2: employee"
    run("import", write(tmp_path / "staff.csv", "number,name,email\n101,Bo,bo2@n.example\n"))
    assert people(run) == {"101": "Bo"}


def test_an_extension_with_quotes_and_a_comma_in_its_name_is_imported_under_that_name(run, nordlys, tmp_path):
    store = DuckStore(tmp_path / "data", memory="256MB", threads=1, query_seconds=60)
    call = Leg("1", "1", 9000, 9000, 4000, 4000, 5000, Via.DEVICE, Result.ANSWERED, dialled="+4599000001")
    numbers = ['"12",a', '"front"-desk']
    legs = [call._replace(key=one, call=one, caller_device=one, callee_device="trunk") for one in numbers]
    store.keep(nordlys, "made", legs, Numbering(pattern=".+", trunks=frozenset({"trunk"})))
    store.close()
    run("import", write(tmp_path / "staff.csv", run("unknown")))
    assert sorted(people(run)) == sorted(numbers)


def test_the_calls_tell_which_extensions_there_are_and_the_answer_is_filled_in_and_imported(run, nordlys, tmp_path):
    store = DuckStore(tmp_path / "data", memory="256MB", threads=1, query_seconds=60)
    start = 1_606_809_600_000
    call = Leg("1", "1", start, start + 9000, start + 4000, 4000, 5000, Via.DEVICE, Result.ANSWERED)
    legs = [
        call._replace(key=number, call=number, caller_device=number, callee_device="trunk", dialled="+4599000001")
        for number in ("100", "99")
    ]
    store.keep(nordlys, "made", legs, Numbering(trunks=frozenset({"trunk"})))
    store.close()
    told = run("unknown")
    assert told.splitlines() == [
        "number,employee,emailAddress,accessLevel,calls,first,last",
        "99,,,,1,2020-12-01T08:00:00.000Z,2020-12-01T08:00:00.000Z",
        "100,,,,1,2020-12-01T08:00:00.000Z,2020-12-01T08:00:00.000Z",
    ]
    filled = told.replace("99,,,", "99,Bo,,").replace("100,,,", "100,Ida,,")
    run("import", write(tmp_path / "staff.csv", filled))
    assert people(run) == {"99": "Bo", "100": "Ida"}
    assert run("unknown") == "number,employee,emailAddress,accessLevel,calls,first,last\n"


def test_what_commands_change_and_export_is_written_down(run, nordlys, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "kirsten")
    bo = run("add", "Bo", "--customer", nordlys, "--number", "101").strip()
    run("move", "101", "--to", "nobody")
    run("export")
    with closing(PeopleStore(sqlite_url(tmp_path / "data" / "people.db"))) as people:
        [extension] = people.extensions(nordlys)
        lines = people.audit(nordlys, 0, 10)[1][-2::-1]
    by = "by a command of kirsten"
    assert [(one.action, one.subject, one.detail, one.actor) for one in lines] == [
        ("CREATED", bo, f"employee, {by}", None),
        ("CREATED", extension.id, f"extension, {by}", None),
        ("CHANGED", extension.id, f"extension, {by}", None),
        ("EXPORTED", None, f"people, {by}", None),
    ]
