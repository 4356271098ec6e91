"""The file of calls is lost, or an older copy is put in its place, while its log stays: the next start needs nobody."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cli.office import ACME, DECEMBER, FOUR_CALLS, LOAD, calls, row
from cli.terminal import Terminal
from cli.warm import SOURCE

pytestmark = pytest.mark.thorough

FIRST, SECOND, THIRD = (row(f"{day} 09:00:00", "101", "102") for day in ("03", "04", "05"))


@pytest.fixture
def killed(office):
    """An office whose server was killed with calls in its log; an older copy of the calls is in `copy`."""
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        server.get("/intake/asterisk", key, FIRST)
        office.does("backup", "copy")
        server.get("/intake/asterisk", key, SECOND)
        office.does("backup", "another")  # what is in the log by now goes into the file
        server.get("/intake/asterisk", key, THIRD)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    assert (office.data / "calls.duckdb.wal").stat().st_size > 0
    return office


def test_calls_that_were_lost_come_back_from_the_journal_whatever_lies_beside_them(killed):
    (killed.data / "calls.duckdb").unlink()
    assert counted_by_a_server(killed) == {"101": (3, 0), "102": (0, 3)}
    assert (killed.data / "calls.duckdb.wal.of-another-file").exists()


def test_an_older_copy_goes_on_from_where_it_was(killed):
    shutil.copyfile(killed.folder / "copy" / "calls.duckdb", killed.data / "calls.duckdb")
    assert counted_by_a_server(killed) == {"101": (3, 0), "102": (0, 3)}


def test_what_a_command_prints_has_no_lines_of_the_log_in_it(killed):
    (killed.data / "calls.duckdb").unlink()
    done = killed.run("ask", "{}")
    assert done.out == "[]\n" and "it belongs to another file of calls and is set aside" in done.err


def test_several_commands_at_once_make_one_file_of_calls(office):
    (office.data / "calls.duckdb").unlink()
    loads = [office.start("load", office.write(f"{n}.csv", [one]), *LOAD) for n, one in enumerate(FOUR_CALLS)]
    ended = [(load.communicate()[1], load.returncode) for load in loads]
    assert ended == [(b"", 0)] * 4
    assert calls(office.ask(**DECEMBER)) == {"101": (2, 0), "102": (1, 2)}


DIES = """
import os, signal, sys
from pbxtally.cli import main
path, left = sys.argv[1], int(sys.argv[2])
def before(event, arguments):
    global left
    if event in ("os.link", "os.rename", "os.remove") and any(str(one).startswith(path) for one in arguments):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(before)
main(sys.argv[3:])
"""
"""Runs a command that is killed before it makes, renames or removes one more name that begins with a path."""


@pytest.mark.thorough
def test_wherever_making_the_calls_anew_is_killed_what_stands_in_the_log_is_there(killed, tmp_path):
    for many in itertools.count():
        there = Terminal(tmp_path / str(many))
        shutil.copytree(killed.data, there.data, ignore=shutil.ignore_patterns("*.sock"))
        words = (str(there.data / "calls.duckdb"), str(many), "rebuild", "--data", str(there.data))
        command = [sys.executable, "-P", "-c", DIES, *words]
        done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(SOURCE)}, capture_output=True)
        there.run("rejected")  # the first to open them says so if it sets a log aside
        assert calls(there.ask(**DECEMBER)) == {"101": (3, 0), "102": (0, 3)}, many
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert many >= 4
    assert not list(there.data.glob("*.of-another-file"))


def counted_by_a_server(office):
    with office.server():
        until = time.monotonic() + 20
        while len(found := calls(office.ask(**DECEMBER))) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert office.does("verify").endswith("no problems found\n")
    return found
