"""Events of an Asterisk's manager: the server hears them, and a gap is completed, or told."""

import signal

import pytest

from asterisk_manager import SECRET, USER, asterisk, cdr
from cli.growing import append, call, comes_to, events, log_of, settings
from cli.office import ACME, LOAD, receipt


def table(manager, *more):
    return "\n".join(
        [
            "[collect.pbx]",
            'kind = "ami"',
            'source = "asterisk"',
            f'customer = "{ACME}"',
            'host = "127.0.0.1"',
            f"port = {manager.port}",
            f'user = "{USER}"',
            f'secret = "{SECRET}"',
            *more,
        ]
    )


def test_calls_count_as_they_are_told_and_once_with_the_file_loaded_later(office):
    with asterisk() as manager:
        settings(office, table(manager))
        with office.server() as server:
            manager.comes_to(1)
            manager.tell("Cdr", **cdr(1))
            comes_to(office, 1)
            manager.hang_up()
            manager.comes_to(1)
            manager.tell("Cdr", **cdr(3))
            comes_to(office, 2)
            log = log_of(server)
    gaps = [one["event"] for one in log if "nothing was heard" in one["event"]]
    assert [gap.rpartition("; ")[2] for gap in gaps] == [
        "calls that ended in between are missing - load them from the PBX's file or table"
    ]
    append(office, call(1), call(2), call(3))
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=1, replaced=2)
    comes_to(office, 3)


def test_a_gap_is_completed_from_the_file_whatever_was_told_meanwhile(office):
    append(office, call(1))
    with asterisk() as manager:
        settings(office, table(manager, f'complete = "{office.folder / "Master.csv"}"'))
        with office.server() as server:
            comes_to(office, 1)
            append(office, call(2))
            manager.tell("Cdr", **cdr(2))
            comes_to(office, 2)
            server.process.kill()
            server.process.wait()
        manager.hang_up()
        append(office, call(3))
        with office.server() as server:
            comes_to(office, 3)
            manager.comes_to(1)
            manager.hang_up()
            append(office, call(4))
            comes_to(office, 4)
            manager.comes_to(1)  # the file may be read before it is signed in again
            log = log_of(server)
    said = [one["event"] for one in log if "nothing was heard" in one["event"]]
    assert len(said) == 2
    assert said[0].endswith(f"until now; what is missing comes from {office.folder / 'Master.csv'}")
    assert "hung up" in events(log, "the collector waits")[0]["error"]


def test_a_command_listens_and_says_at_the_end_what_it_took_in(office):
    with asterisk() as manager:
        words = ("--port", str(manager.port), "--user", USER, "--secret", SECRET)
        process = office.start("ami", "127.0.0.1", *LOAD, *words)
        try:
            manager.comes_to(1)
            manager.tell("Cdr", **cdr(1))
            comes_to(office, 1)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            process.communicate()
    assert out.decode() == receipt(f"events of {USER}@127.0.0.1:{manager.port}", kept=1)
    assert b"it listens now; calls that ended before are missing" in err
    assert SECRET.encode() not in out + err


def test_a_command_reads_what_completes_from_where_it_was_left(office):
    append(office, call(1))
    with asterisk() as manager:
        words = ("--port", str(manager.port), "--user", USER, "--secret", SECRET, "--complete", "Master.csv")
        process = office.start("ami", "127.0.0.1", *LOAD, *words)
        try:
            comes_to(office, 1)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
            process.communicate()
    assert out.decode() == receipt(office.folder / "Master.csv", kept=1)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ('complete = "oracle://h/d"', "complete: no database that can be read begins with oracle://"),
        ('complete = "Master.csv"\ncel = true', "cel: not with complete: events only ring then"),
        ('ca = "ca.pem"', "tls: needed beside ca"),
        ('tls = "yes"', "tls: 'yes' is not true or false"),
    ],
)
def test_a_member_that_cannot_be_is_named(office, more, wrong):
    with asterisk() as manager:
        settings(office, table(manager, more))
    assert office.run("serve", "--port", "0").err.startswith(f"error: collect.pbx.{wrong}")


def test_a_secret_over_two_lines_is_refused(office):
    with asterisk() as manager:
        settings(office, table(manager).replace(SECRET, "a\\r\\nAction: Originate"))
    assert office.run("serve", "--port", "0").err.startswith(
        "error: collect.pbx.secret: contains characters that cannot be sent"
    )


def test_events_of_another_source_are_refused(office):
    with asterisk() as manager:
        settings(office, table(manager).replace('"asterisk"', '"3cx"'))
    assert office.run("serve", "--port", "0").err.startswith(
        "error: collect.pbx.source: manager events are read as asterisk"
    )
