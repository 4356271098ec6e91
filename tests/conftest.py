"""The databases that people are kept in, those that CDRs are read from, and a log of its own for every test."""

import itertools
import sqlite3
from contextlib import closing

import pytest
import structlog

from copies import nobody_yet
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_store import PeopleStore

KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _own_log():
    """Undo, after each test, where a command run in this process sent the log."""
    yield
    structlog.reset_defaults()


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
    """Make a database: on PostgreSQL as a copy of another one there, in SQLite as the file `people.db`."""
    if database == "sqlite":
        url = nobody_yet(tmp_path)
        yield lambda template="empty": url
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


class Cdrs:
    """A database that a PBX writes; `dsn` is its address, `does` runs a statement with its values."""

    def __init__(self, dsn, connect, mark):
        self.dsn = dsn
        self.connect = connect
        self._mark = mark

    def does(self, statement, *values):
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement.replace("?", self._mark), values)
            connection.commit()


@pytest.fixture(scope="session")
def mariadb():
    """A MariaDB server, started once."""
    from mariadb import programs, running_server

    if programs() is None:
        pytest.skip("MariaDB's server programs are not here: apt install mariadb-server")
    with running_server() as server:
        yield server


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def cdrs(request, tmp_path):
    """An empty database, of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "master.db"
        return Cdrs(f"sqlite:///{file}", lambda: sqlite3.connect(file), "?")
    server = request.getfixturevalue(request.param)
    name = f"cdr{next(_numbers)}"
    made = server.make(name).replace("+psycopg", "")
    return Cdrs(made, lambda: server.connect(name), "%s")
