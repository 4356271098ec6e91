"""Events of Asterisk's manager: signed in by challenge, heard, asked for life, and what is said when the line broke."""

import json
import socket
import time
from threading import Event, Thread
from typing import NamedTuple

import pytest

from asterisk_manager import SECRET, USER, asterisk, cdr, message
from cli.office import COPENHAGEN, row
from cli.processes import wait_for
from pbxtally.collectors import (
    CollectorContext,
    CollectorError,
    CollectorStatus,
    StreamFormat,
    manager_connection,
    manager_events,
)
from pbxtally.collectors.followed import Following
from pbxtally.collectors.manager_connection import Address
from pbxtally.collectors.manager_events import Completing, Manager
from pbxtally.records import Reading
from pbxtally.sources import SOURCES
from pbxtally.sources import asterisk as source

SOON_SECONDS = 20


class Other(NamedTuple):
    """Something else that listens."""

    port: int


class Ear:
    """Listens to a manager, and what it heard."""

    def __init__(self, folder, manager, secret=SECRET, tls=False, ca=None, **how):
        self.taken, self.said, self.why = [], [], None
        stream_format = StreamFormat(SOURCES["asterisk"], str)
        self.context = CollectorContext(folder, "acme", "asterisk", stream_format, self.take, self.said.append)
        address = Address("localhost" if tls else "127.0.0.1", manager.port, USER, secret, tls, ca)
        self.collector = Manager(address, **how).collector(self.context)
        self.stopped = Event()
        self.thread = Thread(target=self.listen)

    def take(self, batch):
        self.taken += batch.records

    def listen(self):
        try:
            self.collector.collect(self.stopped)
        except CollectorError as why:
            self.why = str(why)
        self.collector.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        self.collector.close()

    def comes_to(self, many):
        until = time.monotonic() + SOON_SECONDS
        while len(self.taken) != many and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.taken) == many

    def broke(self):
        self.thread.join(SOON_SECONDS)
        return self.why


def test_calls_are_handed_over_as_they_are_told_and_other_events_are_not(tmp_path):
    with asterisk() as manager, Ear(tmp_path, manager) as ear:
        manager.comes_to(1)
        manager.tell("Newchannel", Channel="PJSIP/101-0000000a")
        manager.tell("Cdr", **cdr(1))
        ear.comes_to(1)
        manager.tell("Cdr", **cdr(2))
        ear.comes_to(2)
    assert [one["Action"] for one in manager.asked] == ["Challenge", "Login"]
    assert manager.asked[1]["Events"] == "cdr"
    assert SECRET not in str(manager.asked)


def test_it_tells_whether_it_is_signed_in_and_when_it_last_heard_something(tmp_path):
    with asterisk() as manager:
        ear = Ear(tmp_path, manager)
        assert ear.collector.status() == CollectorStatus(is_connected=False)
        with ear:
            manager.comes_to(1)
            began = time.time()
            manager.tell("Cdr", **cdr(1))
            ear.comes_to(1)
            found = ear.collector.status()
            assert (found.is_connected, began <= found.looked_at <= time.time()) == (True, True)
        assert not ear.collector.status().is_connected


def test_an_event_is_the_same_leg_as_the_line_of_the_file(tmp_path):
    with asterisk() as manager, Ear(tmp_path, manager) as ear:
        manager.comes_to(1)
        manager.tell("Cdr", **cdr(1))
        ear.comes_to(1)
    line = row("03 09:01:00", "101", "4599000001")
    told, written = source.read([*ear.taken, line], Reading(COPENHAGEN, "acme", lambda *_: None))
    assert told == written._replace(caller_name="Anna")


def test_channel_events_are_taken_if_they_are_wanted(tmp_path):
    with asterisk() as manager, Ear(tmp_path, manager, cel=True) as ear:
        manager.comes_to(1)
        said = {"Channel": "PJSIP/101-0000000a", "UniqueID": "1606982460.1", "LinkedID": "1606982460.1"}
        manager.tell("CEL", EventName="HANGUP", EventTime="2020-12-03 09:02:00", Extra='{"hangupcause":17}', **said)
        ear.comes_to(1)
    [leg] = source.read(ear.taken, Reading(COPENHAGEN, "acme", lambda *_: None))
    assert (leg.words, leg.result.name, leg.started_ms) == ("HANGUP cause 17", "BUSY", 1606982520000)
    assert manager.asked[1]["Events"] == "cdr,call"


def test_events_in_pieces_and_right_behind_the_answer_are_heard(tmp_path):
    with asterisk() as manager, Ear(tmp_path, manager) as ear:
        manager.comes_to(1)
        written = message(Event="Cdr", **cdr(1)) + message(Event="Cdr", **cdr(2))
        for start in range(0, len(written), 100):
            manager.send(written[start : start + 100])
        ear.comes_to(2)


def test_a_wrong_secret_is_said(tmp_path):
    with asterisk() as manager, Ear(tmp_path, manager, secret="wrong") as ear:
        assert ear.broke() == f"pbxtally@127.0.0.1:{manager.port} refuses Login: Authentication failed"


def test_who_hangs_up_is_said_and_the_gap_when_it_is_heard_again(tmp_path):
    with asterisk() as manager:
        with Ear(tmp_path, manager) as ear:
            manager.comes_to(1)
            manager.tell("Cdr", **cdr(1))
            ear.comes_to(1)
            assert ear.said == [
                f"events of pbxtally@127.0.0.1:{manager.port}: it listens now; calls that ended before are missing"
                " - load them from the PBX's file or table"
            ]
            manager.hang_up()
            assert ear.broke() == f"pbxtally@127.0.0.1:{manager.port} hung up"
        with Ear(tmp_path, manager) as ear:
            manager.comes_to(1)
    assert ": nothing was heard from 20" in ear.said[0]
    assert ear.said[0].endswith("calls that ended in between are missing - load them from the PBX's file or table")


def test_who_does_not_answer_any_more_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(manager_connection, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(manager_connection, "PATIENCE_SECONDS", 1.0)
    with asterisk() as manager, Ear(tmp_path, manager) as ear:
        manager.comes_to(1)
        time.sleep(2)
        assert ear.why is None
        manager.answers = False
        assert ear.broke() == f"pbxtally@127.0.0.1:{manager.port} does not answer any more"
    assert {one["Action"] for one in manager.asked[2:]} == {"Ping"}


def test_nobody_there_is_said(tmp_path):
    with asterisk() as manager:
        pass
    with Ear(tmp_path, manager) as ear:
        assert "cannot be reached: [Errno 111] Connection refused" in ear.broke()


def test_after_a_gap_the_file_completes_and_an_event_only_rings(tmp_path):
    file = tmp_path / "Master.csv"
    file.write_bytes(row("03 09:01:00", "101", "102"))
    completing = Completing(str(file), Following(file).collector)
    with asterisk() as manager, Ear(tmp_path, manager, completing=completing) as ear:
        ear.comes_to(1)
        with file.open("ab") as more:
            more.write(row("03 09:02:00", "101", "102"))
        manager.tell("Cdr", **cdr(2))
        ear.comes_to(2)
    assert ear.taken == [row("03 09:01:00", "101", "102"), row("03 09:02:00", "101", "102")]
    assert ear.said[0].endswith(f"it listens now; what is missing comes from {file}")


def test_what_cannot_complete_is_said_once_in_a_while_and_the_events_go_on(tmp_path):
    completing = Completing("no.csv", Following(tmp_path / "no.csv").collector)
    with asterisk() as manager, Ear(tmp_path, manager, completing=completing) as ear:
        manager.comes_to(1)
        until = time.monotonic() + SOON_SECONDS
        while len(ear.said) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        for minute in range(3):
            manager.tell("Cdr", **cdr(minute))
            time.sleep(0.4)
        [_, why] = ear.said
        assert why.startswith("no.csv cannot complete the events now: ")
        assert ear.thread.is_alive()


def test_who_cannot_read_what_completes_the_events_is_not_connected_until_it_can(tmp_path, monkeypatch):
    monkeypatch.setattr(manager_events, "AGAIN_SECONDS", 0.1)
    file = tmp_path / "Master.csv"
    completing = Completing(str(file), Following(file).collector)
    with asterisk() as manager, Ear(tmp_path, manager, completing=completing) as ear:
        manager.comes_to(1)
        wait_for(lambda: len(ear.said) > 1)
        assert not ear.collector.status().is_connected
        file.write_bytes(row("03 09:01:00", "101", "102"))
        manager.tell("Cdr", **cdr(1))
        ear.comes_to(1)
        wait_for(lambda: ear.collector.status().is_connected)


def test_by_tls_with_a_certificate_that_is_known(tmp_path, certificate):
    with asterisk(certificate=certificate) as manager:
        with Ear(tmp_path, manager, tls=True, ca=certificate) as ear:
            manager.comes_to(1)
            manager.tell("Cdr", **cdr(1))
            ear.comes_to(1)
        with Ear(tmp_path, manager, tls=True) as ear:
            assert "no TLS: [SSL: CERTIFICATE_VERIFY_FAILED]" in ear.broke()


class Slow(Ear):
    """Is still busy with the first when all others have come."""

    def __init__(self, *words, **how):
        super().__init__(*words, **how)
        self.times, self.all_came = 0, Event()

    def take(self, batch):
        self.times += 1
        super().take(batch)
        assert self.all_came.wait(SOON_SECONDS)


def test_by_tls_calls_that_waited_are_kept_together(tmp_path, certificate):
    with (
        asterisk(certificate=certificate) as manager,
        Slow(tmp_path, manager, tls=True, ca=certificate) as ear,
    ):
        manager.comes_to(1)
        for minute in range(30):
            manager.tell("Cdr", **cdr(minute))
        ear.all_came.set()
        ear.comes_to(30)
    assert ear.times < 4


@pytest.mark.parametrize("event", ["Hangup", "", None])
def test_an_event_that_records_no_call_is_rejected_with_its_reason(event):
    record = json.dumps({"Event": event, "Channel": "PJSIP/101-1"}).encode() + b"\n"
    [bad] = source.read([record], Reading(COPENHAGEN, "acme", lambda *_: None))
    assert bad.reason.endswith("is not an event that records a call; known are Cdr and CEL")


def test_a_port_of_something_else_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other_port = Other(other.getsockname()[1])
        with Ear(tmp_path, other_port) as ear:
            line = other.accept()[0]
            line.sendall(b"220 mail.example.com ESMTP\r\n")
            assert "is not an Asterisk manager: it says b'220 mail.example.com ESMTP" in ear.broke()
            line.close()
