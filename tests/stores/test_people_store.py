"""The people's database: several at once, all or nothing, and nothing lost on the way to newer tables."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from pbxtally.errors import BusyError, FolderError
from pbxtally.people import (
    AccessLevel,
    Assignment,
    Customer,
    Employee,
    EmployeeState,
    Extension,
    KnownToken,
    SourceSetting,
)
from pbxtally.stores import people_database
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from stores.kept_people import ACME, ANNA, BO, DESK, HALL, OTHER, anna_and_bo, keep, on_postgres, on_sqlite


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.db"


@pytest.fixture
def store(people_url):
    store = anna_and_bo(people_url)
    yield store
    store.close()


def test_what_was_kept_comes_back_as_it_was(store):
    bo = Employee(BO, ACME, "Bo Ø", AccessLevel.RESELLER_ADMIN, EmployeeState.DISABLED, "bo@acme.example", "Sales")
    with store.change() as change:
        change.keep_employees([bo])
    assert store.employee(BO) == bo
    assert store.customer(ACME) == Customer(ACME, "Acme", timezone="Europe/Oslo", language="da")
    assert store.employee_names(ACME) == {ANNA: "Anna", BO: "Bo Ø"}
    assert store.employee_names(OTHER) == {}
    assert store.customer(DESK) is None
    assert store.employee(DESK) is None


def test_a_reseller_may_be_kept_after_its_customer(store):
    with store.change() as change:
        change.keep_customers([Customer("c0" * 12, "Below", parent_reseller="d0" * 12)])
        change.keep_customers([Customer("d0" * 12, "Above", is_reseller=True)])
    assert store.parents() == {ACME: None, OTHER: None, "c0" * 12: "d0" * 12, "d0" * 12: None}


def test_an_employee_of_nobody_is_refused_and_nothing_of_that_change_stays(store):
    with pytest.raises(IntegrityError), store.change() as change:
        change.keep_employees([Employee("0c" * 12, ACME, "Carl"), Employee("0d" * 12, "99" * 12, "Dora")])
    assert store.employee_names(ACME) == {ANNA: "Anna", BO: "Bo"}


def test_assignments_come_in_time_order_whatever_the_extension(store):
    keep(store, Extension(DESK, ACME, "101"), Assignment(DESK, "101", BO, 500), Assignment(DESK, "101", ANNA, 0, 500))
    keep(store, Extension(HALL, ACME, "102"), Assignment(HALL, "102", None, 200))
    assert store.assignments(ACME) == [
        Assignment(DESK, "101", ANNA, 0, 500),
        Assignment(HALL, "102", None, 200),
        Assignment(DESK, "101", BO, 500),
    ]
    assert store.assignments(OTHER) == []


def test_the_directory_knows_the_numbers_of_today_and_of_the_past(store):
    keep(store, Extension(DESK, ACME, "103"), Assignment(DESK, "101", ANNA, 0, 500))
    assert store.numbers(ACME) == {"101", "103"}
    assert store.numbers(OTHER) == frozenset()


@pytest.mark.parametrize(
    ("at_ms", "number"), [(0, "103"), (99, "103"), (100, "101"), (499, "101"), (500, "102"), (900, "103")]
)
def test_an_extension_had_the_number_of_its_assignment_or_else_its_present_one(store, at_ms, number):
    held = [Assignment(DESK, "101", ANNA, 100, 500), Assignment(DESK, "102", ANNA, 500, 900)]
    keep(store, Extension(DESK, ACME, "103"), *held)
    number_of = store.number_of_extension(ACME)
    assert number_of(DESK.upper(), at_ms) == number
    assert number_of(HALL, at_ms) is None


def test_a_source_is_remembered_for_its_customer_until_it_is_told_anew(store):
    store.keep_source_setting(ACME, "asterisk", SourceSetting("Europe/Oslo", ("sip-in", "sip-out"), r"\d{3}"))
    store.keep_source_setting(ACME, "asterisk", SourceSetting("Europe/Paris", ("sip-in",)))
    assert store.source_setting(ACME, "asterisk") == SourceSetting("Europe/Paris", ("sip-in",), None)
    assert store.source_setting(OTHER, "asterisk") is None
    assert store.source_setting(ACME, "telecomx") is None


def test_where_calls_are_to_follow_a_source_that_is_noted_with_it(store):
    store.keep_source_setting(ACME, "asterisk", SourceSetting(trunks=("carrier",)))
    assert store.noted_numbers() == []
    store.keep_source_setting(ACME, "asterisk", SourceSetting(trunks=("trunk",)), calls_follow=True)
    [(note, customer, number)] = store.noted_numbers()
    assert (customer, number) == (ACME, "")
    store.drop_notes([note])
    assert store.noted_numbers() == []


def test_a_token_stays_revoked_since_the_first_time(store):
    store.keep_token(KnownToken("f" * 64, ANNA, "pbxt_123", created_ms=5))
    store.revoke_token("f" * 64, now_ms=7)
    store.revoke_token("f" * 64, now_ms=9)
    assert store.token("f" * 64).revoked_ms == 7
    assert store.token("e" * 64) is None


OPEN = """
import sys
from pbxtally.people import Customer
from pbxtally.stores.people_store import PeopleStore
number, url = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
with PeopleStore(url).change() as change:
    change.keep_customers([Customer(number.rjust(24, "0"), f"Customer {number}")])
"""


def test_several_processes_open_a_fresh_database_at_once(database, make_url, tmp_path):
    fresh = sqlite_url(tmp_path / "100% new" / "people.db")
    url = fresh if database == "sqlite" else make_url("template0")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", OPEN, str(number), url], **pipes) for number in range(3)]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * 3
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    complaints = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], complaints
    store = PeopleStore(url)
    assert len(store.parents()) == 3
    store.close()


def test_opening_waits_for_another_process_that_is_opening(path):
    with ThreadPoolExecutor(1) as threads:
        with people_database._only_one(path.with_name("people.db.lock")):
            opening = threads.submit(PeopleStore, sqlite_url(path))
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.3)
            assert not path.exists()
        opening.result(timeout=60).close()


def test_threads_read_while_another_writes(store):
    def read(_):
        return len(store.employee_names(ACME)), store.customer(ACME).name

    with ThreadPoolExecutor(16) as threads, store.change() as change:
        change.keep_employees([Employee("0c" * 12, ACME, "Carl")])
        assert set(threads.map(read, range(200))) == {(2, "Acme")}
    assert len(store.employee_names(ACME)) == 3


def test_who_waits_too_long_for_another_writer_is_told_to_come_again(store, people_url, monkeypatch):
    monkeypatch.setattr(people_database, "PATIENCE_SECONDS", 0.05)
    second = PeopleStore(people_url)
    with store.change(), pytest.raises(BusyError, match="Another program is changing"), second.change():
        pass
    second.close()


@on_sqlite
def test_every_commit_reaches_the_disk(store, path):
    with store.change() as change:
        settings = {
            name: change._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@on_sqlite
def test_a_file_of_a_newer_version_is_left_alone(store, path):
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
        connection.commit()
    with pytest.raises(FolderError, match="newer pbxtally \\(9999_future\\)"):
        PeopleStore(sqlite_url(path))


def test_a_file_that_is_no_database_is_refused_by_name(path):
    path.write_bytes(b"calldate,clid,src\n" * 500)
    with pytest.raises(FolderError, match=r"Cannot use .*people\.db: file is not a database"):
        PeopleStore(sqlite_url(path))


@pytest.mark.parametrize(
    "url",
    "people.db sqlite:// sqlite:///:memory: mysql://host/p postgresql://host/p postgresql+psycopg://host".split(),
)
def test_an_address_that_names_no_database_is_refused(url):
    with pytest.raises(FolderError, match=r"use sqlite:///FOLDER/people\.db or postgresql\+psycopg://"):
        PeopleStore(url)


@on_postgres
def test_a_database_of_a_newer_version_is_left_alone_and_named_without_its_password(store, people_url):
    store.close()
    engine = create_engine(people_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    engine.dispose()
    with pytest.raises(FolderError, match=r"pbxtally:\*\*\*@127.* newer pbxtally \(9999_future\)"):
        PeopleStore(people_url)


def test_nobody_is_called_by_a_name_that_no_database_can_keep(store):
    assert store.employees_called("anna\0") == []
    assert store.employee("\0" * 24) is None
    assert store.token("\0") is None
