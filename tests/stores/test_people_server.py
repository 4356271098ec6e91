"""People on a PostgreSQL server: out of reach, standing still, or not letting us in."""

import sys
from contextlib import closing

import pytest
from sqlalchemy import create_engine

from pbxtally.errors import BusyError, FolderError
from pbxtally.people import Employee
from pbxtally.stores import postgres_patience
from pbxtally.stores.people_store import PeopleStore
from pbxtally.stores.postgres_patience import BusyPool
from stores.kept_people import ACME, ANNA, BO, anna_and_bo, on_postgres


@pytest.fixture
def store(people_url):
    store = anna_and_bo(people_url)
    yield store
    store.close()


@on_postgres
def test_a_server_that_does_not_let_us_in_is_named_without_the_password(people_url):
    secret = people_url.split(":")[2].partition("@")[0]
    with pytest.raises(FolderError, match=r"Cannot use postgresql.*password authentication failed") as refused:
        PeopleStore(people_url.replace(secret, "wrong-" + secret))
    assert secret not in refused.value.description


@on_postgres
def test_a_store_goes_on_after_its_server_dropped_the_connections(store, people_url, postgres):
    assert store.employee(ANNA).name == "Anna"
    with closing(postgres.connect()) as other:
        wanted = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        assert len(other.execute(wanted, [people_url.rpartition("/")[2]]).fetchall()) >= 1
    assert store.employee(BO).name == "Bo"


@on_postgres
def test_a_server_out_of_reach_is_told_to_readers_and_writers_and_they_go_on_when_it_is_back(
    store, people_url, postgres
):
    with postgres.out_of_reach(people_url):
        with pytest.raises(BusyError, match="cannot be reached now"):
            store.employee(ANNA)
        with pytest.raises(BusyError, match="cannot be reached now"), store.change() as change:
            change.keep_employees([Employee("0c" * 12, ACME, "Carl")])
    with store.change() as change:
        change.keep_employees([Employee("0c" * 12, ACME, "Carl")])
    assert store.employee("0c" * 12).name == "Carl"


@on_postgres
def test_a_server_that_stands_still_is_told_to_readers_and_writers_and_they_go_on_when_it_goes_on(
    store, postgres, monkeypatch
):
    carl = Employee("0c" * 12, ACME, "Carl")
    cannot = pytest.raises(BusyError, match="cannot be reached now")
    with cannot, store.change() as change, postgres.frozen(), monkeypatch.context() as soon:
        soon.setattr(postgres_patience, "SILENT_SECONDS", 1.0)
        with pytest.raises(BusyError, match="cannot be reached now"):
            change.keep_employees([carl])
        store.employee(ANNA)
    assert store.employee(carl.id) is None
    with store.change() as change:
        change.keep_employees([carl])
    assert store.employee(carl.id) == carl


def test_who_is_given_no_connection_for_all_wait_is_told_to_come_again():
    engine = create_engine("sqlite://", poolclass=BusyPool, pool_size=1, max_overflow=0, pool_timeout=0)
    with engine.connect(), pytest.raises(BusyError, match="cannot be reached now"):
        engine.connect()


def test_without_its_driver_postgresql_is_refused_with_what_helps(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(FolderError, match="install pbxtally with its extra postgres"):
        PeopleStore("postgresql+psycopg://host/people")
