"""The databases that CDRs are read from, for every test that asks for one."""

import itertools
import sqlite3
from contextlib import closing

import pytest

_numbers = itertools.count()


class Cdrs:
    """A database that a PBX writes; `dsn` is how it is reached, `does` runs a statement with its values."""

    def __init__(self, dsn, connect, mark):
        self.dsn = dsn
        self._connect = connect
        self._mark = mark

    def does(self, statement, *values):
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
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
    """An empty database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "master.db"
        return Cdrs(f"sqlite:///{file}", lambda: sqlite3.connect(file), "?")
    server = request.getfixturevalue(request.param)
    name = f"cdr{next(_numbers)}"
    made = server.make(name).replace("+psycopg", "")
    return Cdrs(made, lambda: server.connect(name), "%s")
