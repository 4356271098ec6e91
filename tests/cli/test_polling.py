"""A table of calls that is polled: by the server through its journal, or by a command beside it."""

import re
import signal
import sqlite3
from contextlib import closing, contextmanager
from datetime import datetime

import pytest

from cli.growing import METRICS_TOKEN, comes_to, events, log_of, settings
from cli.office import ACME, COPENHAGEN

SAYS = ("--source", "asterisk", "--customer", ACME)
COLUMNS = "calldate src dst channel dstchannel lastapp lastdata duration billsec disposition uniqueid".split()


class Pbx:
    """An Asterisk that writes its calls into SQLite."""

    def __init__(self, office):
        self.file = office.folder / "master.db"
        self.does(f"CREATE TABLE cdr ({', '.join(COLUMNS)})")

    def does(self, statement, *values):
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement, values)
            connection.commit()

    def call(self, at, seconds=60):
        """Extension 101 calls out on 3 December 2020; the clock is Copenhagen's."""
        epoch = 1606950000 + 3600 * int(at[:2]) + 60 * int(at[3:5])
        says = ("101", "4599000001", "PJSIP/101-1", "PJSIP/4599000001-2", "Dial", "", seconds + 5, seconds, "ANSWERED")
        marks = ",".join("?" * len(COLUMNS))
        self.does(f"INSERT INTO cdr VALUES ({marks})", f"2020-12-03 {at}:00", *says, f"{epoch}.{at[3:]}")


@pytest.fixture
def pbx(office):
    pbx = Pbx(office)
    settings(
        office,
        f"""
[collect.table]
kind = "poll"
source = "asterisk"
customer = "{ACME}"
dsn = "sqlite:///{pbx.file}"
every = 0.05
""",
    )
    return pbx


@contextmanager
def polling(office, pbx):
    process = office.start("poll", f"sqlite:///{pbx.file}", *SAYS, "--every", "0.05")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.thorough
def test_a_server_polls_a_table_through_restarts_and_every_call_counts_once(office, pbx):
    pbx.call("09:01")
    pbx.call("09:02")
    with office.server() as server:
        comes_to(office, 2)
        pbx.call("08:59")
        comes_to(office, 3)
        server.process.kill()
        server.process.wait()
    pbx.call("09:03")
    with office.server() as server:
        comes_to(office, 4)
        log_of(server)
    pbx.call("09:04")
    with office.server() as server:
        comes_to(office, 5)
        assert [one["legs"] for one in events(log_of(server), "taken")] == [1]


def test_metrics_tell_the_time_in_the_newest_row_by_the_clock_of_its_pbx(office, pbx):
    said = (office.data / "settings.toml").read_text("utf-8")
    settings(office, f'metrics_token = "{METRICS_TOKEN}"\n{said}')
    pbx.call("09:01")
    with office.server() as server:
        comes_to(office, 1)
        text = server.get("/metrics", METRICS_TOKEN).decode()
    found = re.search(r"^pbxtally_collector_newest_row_timestamp_seconds\{.*\} (\S+)$", text, re.MULTILINE)
    assert datetime.fromtimestamp(float(found[1]), COPENHAGEN).isoformat() == "2020-12-03T09:01:00+01:00"


def test_a_call_that_was_corrected_counts_as_it_is_now(office, pbx):
    pbx.call("09:01")
    with office.server():
        comes_to(office, 1)
        pbx.does("UPDATE cdr SET channel = 'PJSIP/102-1', src = '102'")
        comes_to(office, 0)


def test_a_database_that_is_down_is_told_and_waited_for(office, pbx):
    pbx.call("09:01")
    away = pbx.file.with_suffix(".away")
    pbx.file.rename(away)
    with office.server() as server:
        office.ask(**{"from": "2020-12-01", "to": "2020-12-31"})
        away.rename(pbx.file)
        comes_to(office, 1)
        log = log_of(server)
    assert "unable to open database file" in events(log, "the collector waits")[0]["error"]
    assert [one["collector"] for one in events(log, "the collector goes on")] == ["table"]


def test_a_command_polls_beside_a_server_and_without_one(office, pbx):
    settings(office, "")
    pbx.call("09:01")
    with office.server(), polling(office, pbx) as process:
        comes_to(office, 1)
        pbx.call("09:02")
        comes_to(office, 2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert out.decode() == f"cdr of sqlite:///{pbx.file}: read 2 = kept 2 + known 0 + replaced 0 + rejected 0\n"
    with polling(office, pbx):
        pbx.call("09:03")
        comes_to(office, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("oracle://h/d", *SAYS), "dsn: no database that can be read begins with oracle:// - use postgresql"),
        (("sqlite:///no.db", *SAYS), "dsn: sqlite:///no.db: unable to open database file; a path from / has four"),
        (
            ("sqlite:///x.db", *SAYS, "--table", "users"),
            "table: asterisk has no table 'users' - use cdr, cel, queue_log",
        ),
        (("sqlite:///x.db", "--source", "3cx", "--customer", ACME), "source: 3cx is not in a known database"),
    ],
)
def test_what_cannot_be_polled_is_said_in_one_line(office, words, said):
    done = office.run("poll", *words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {said}")


def test_a_table_of_the_settings_that_cannot_be_is_named(office):
    settings(office, f'[collect.x]\nkind = "poll"\nsource = "asterisk"\ncustomer = "{ACME}"\ndsn = "nothing"')
    assert office.run("serve", "--port", "0").err.startswith("error: collect.x.dsn: not an address such as mysql://")
