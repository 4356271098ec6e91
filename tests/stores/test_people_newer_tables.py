"""The people's database on the way to newer tables: nothing is lost, and nothing is half done."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from structlog.testing import capture_logs

from pbxtally.errors import FolderError
from pbxtally.people import Assignment, Extension
from pbxtally.stores import people_database, people_postgres
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.stores.people_tables import TABLES
from stores.kept_people import ACME, ANNA, BO, DESK, anna_and_bo, keep, on_postgres, on_sqlite


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.db"


@pytest.fixture
def store(people_url):
    store = anna_and_bo(people_url)
    yield store
    store.close()


def test_the_migrations_make_the_tables_that_the_store_uses(store, people_url):
    engine = create_engine(people_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    engine.dispose()


def test_a_revision_is_called_as_its_file_and_the_newest_is_the_last_by_name():
    scripts = ScriptDirectory(str(people_database.MIGRATIONS))
    assert {script.revision for script in scripts.walk_revisions()} == set(people_database._revisions())
    assert scripts.get_current_head() == max(people_database._revisions())


NEWEST = max(people_database._revisions())
LATER = f"""
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9998_rooms", "{NEWEST}"
def upgrade():
    with op.batch_alter_table("employee") as employee:
        employee.add_column(sa.Column("room", sa.String(8), nullable=False, server_default="?"))
"""


@pytest.fixture
def add_migration(tmp_path, monkeypatch):
    """Put the migrations and one more in place of those that are there."""
    copy = tmp_path / "migrations"
    shutil.copytree(people_database.MIGRATIONS, copy)

    def add(script):
        (copy / "versions" / "9998_rooms.py").write_text(script)
        monkeypatch.setattr(people_database, "MIGRATIONS", copy)

    return add


@on_sqlite
def test_newer_tables_keep_the_people_and_leave_a_copy_of_the_old_file(store, path, add_migration):
    keep(store, Extension(DESK, ACME, "101"), Assignment(DESK, "101", ANNA))
    store.close()
    add_migration(LATER)
    with capture_logs() as logged:
        newer = PeopleStore(sqlite_url(path))
    [told] = logged
    assert (told["file"], told["copy"]) == ("people.db", f"people.db.{NEWEST}.bak")
    assert newer.employee(ANNA).name == "Anna"
    assert newer.assignments(ACME) == [Assignment(DESK, "101", ANNA)]
    newer.close()
    assert columns(path, "employee")[-1] == "room"
    backup = path.with_name(f"people.db.{NEWEST}.bak")
    assert "room" not in columns(backup, "employee")
    with closing(sqlite3.connect(backup)) as old:
        assert old.execute("SELECT count(*) FROM employee").fetchone() == (2,)


@on_sqlite
def test_a_migration_that_breaks_off_changes_nothing(store, path, add_migration):
    store.close()
    add_migration(LATER + "    op.execute('DELETE FROM customer')\n")
    with pytest.raises(FolderError, match="would have broken references of table employee"):
        PeopleStore(sqlite_url(path))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM customer").fetchone() == (2,)
    assert "room" not in columns(path, "employee")


@on_sqlite
def test_a_fresh_folder_needs_no_copy(store, path):
    assert {file.name for file in path.parent.iterdir()} >= {"people.db"}
    assert list(path.parent.glob("*.bak")) == []
    with capture_logs() as logged:
        PeopleStore(sqlite_url(path)).close()
    assert logged == []


@on_postgres
def test_opening_waits_for_another_program_that_changes_tables(people_url, postgres, make_url):
    url = make_url("template0")
    lock = f"SELECT pg_advisory_lock({people_postgres.WRITERS_LOCK})"
    with ThreadPoolExecutor(1) as threads:
        with closing(postgres.connect(url.rpartition("/")[2])) as other:
            other.execute(lock)
            opening = threads.submit(PeopleStore, url)
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.5)
        opening.result(timeout=60).close()


@on_postgres
def test_newer_tables_keep_the_people_of_a_server(store, people_url, add_migration):
    store.close()
    add_migration(LATER)
    newer = PeopleStore(people_url)
    assert newer.employee_names(ACME) == {ANNA: "Anna", BO: "Bo"}
    newer.close()
    assert server_columns(people_url, "employee")[-1] == "room"


@on_postgres
def test_a_migration_that_breaks_off_changes_nothing_on_a_server(store, people_url, add_migration):
    store.close()
    add_migration(LATER + "    op.execute('DELETE FROM customer')\n")
    with pytest.raises(FolderError, match="would have broken references of table employee"):
        PeopleStore(people_url)
    assert "room" not in server_columns(people_url, "employee")


def server_columns(url, table):
    engine = create_engine(url)
    found = [column["name"] for column in inspect(engine).get_columns(table)]
    engine.dispose()
    return found


def columns(path, table):
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
