"""Both databases that people can be kept in, for every test that asks for one."""

import itertools

import pytest

from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))

_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory):
    """One store for tests that use a customer of their own."""
    store = DuckStore(tmp_path_factory.mktemp("facts"), memory="256MB", threads=1, query_seconds=60)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server, started once; it holds a database `empty` with all tables and no rows."""
    from postgres import programs, running_server

    if programs() is None:
        pytest.skip("PostgreSQL's server programs are not here: apt install postgresql")
    with running_server() as server:
        PeopleStore(server.make("empty")).close()
        yield server


@pytest.fixture(params=KINDS)
def database(request):
    """Which kind of database the test uses."""
    return request.param


@pytest.fixture
def make_url(database, request, tmp_path):
    """Make a database: of PostgreSQL as a copy of another one there, of SQLite as the file `people.db`."""
    if database == "sqlite":
        yield lambda template="empty": sqlite_url(tmp_path / "people.db")
        return
    server, made = request.getfixturevalue("postgres"), []

    def make(template="empty"):
        made.append(f"people{next(_numbers)}")
        return server.make(made[-1], template)

    yield make
    for one in made:
        server.drop(one)


@pytest.fixture
def people_url(make_url):
    """The address of a database with nobody in it."""
    return make_url()
