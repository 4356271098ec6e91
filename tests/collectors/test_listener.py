"""A port that a PBX connects to: what it sends is kept line by line, whoever else connects."""

import socket
import ssl
import time
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from pbxtally.collectors import CollectorContext, CollectorError, StreamFormat, listener
from pbxtally.collectors.listener import Listening
from pbxtally.records import MANY_BYTES
from pbxtally.sources import SOURCES
from postgres import free_port

SOON_SECONDS = 10


class Port:
    """A port that is listened on, and the lines that were kept."""

    def __init__(self, folder, **said):
        self.kept, self.before, self.places, self.said, self.full = [], [], set(), [], Event()
        self.number = free_port()
        context = CollectorContext(
            folder, "acme", "3cx", StreamFormat(SOURCES["3cx"], str), self.take, self.said.append
        )
        self.listener = Listening("127.0.0.1", self.number, **said).collector(context)
        self.stopped = Event()
        self.thread = Thread(target=self.listener.collect, args=(self.stopped,))
        self.thread.start()

    def take(self, batch):
        if self.full.is_set():
            raise CollectorError("the disk is nearly full")
        self.before.append(batch.before)
        self.places.add(batch.place)
        self.kept += batch.records

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.number), timeout=SOON_SECONDS)

    def close(self):
        self.stopped.set()
        self.thread.join()
        self.listener.close()

    def comes_to(self, wanted):
        until = time.monotonic() + SOON_SECONDS
        while self.kept != wanted and time.monotonic() < until:
            time.sleep(0.02)
        assert self.kept == wanted


@contextmanager
def listening(folder, **said):
    port = Port(folder, **said)
    try:
        yield port
    finally:
        port.close()


def test_lines_are_kept_as_they_are_finished_while_the_line_stays_open(tmp_path):
    with listening(tmp_path) as port, port.connect() as pbx:
        pbx.sendall(b"Call 1,a\r\nCall 2,")
        port.comes_to([b"Call 1,a\r\n"])
        pbx.sendall(b"b\r\n")
        port.comes_to([b"Call 1,a\r\n", b"Call 2,b\r\n"])
        assert port.before == [0, 1]
        assert port.places == {"127.0.0.1"}


def test_it_tells_whether_somebody_is_connected(tmp_path):
    with listening(tmp_path) as port:
        assert not port.listener.status().is_connected
        with port.connect() as pbx:
            pbx.sendall(b"one\n")
            port.comes_to([b"one\n"])
            assert port.listener.status().is_connected
        until = time.monotonic() + SOON_SECONDS
        while port.listener.status().is_connected:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_what_is_sent_last_is_kept_also_without_an_end(tmp_path):
    with listening(tmp_path) as port:
        with port.connect() as pbx:
            pbx.sendall(b"one\ntwo")
        port.comes_to([b"one\n", b"two"])


def test_what_came_before_a_line_broke_is_kept(tmp_path):
    with listening(tmp_path) as port:
        pbx = port.connect()
        pbx.sendall(b"one\n")
        port.comes_to([b"one\n"])
        pbx.sendall(b"two\nthr")
        pbx.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, not a farewell
        time.sleep(0.3)
        pbx.close()
        port.comes_to([b"one\n", b"two\n", b"thr"])


def test_many_lines_come_through_and_in_their_order(tmp_path):
    lines = [b"Call %d,%s\n" % (number, b"x" * (number % 300)) for number in range(20_000)]
    with listening(tmp_path) as port, port.connect() as pbx:
        pbx.sendall(b"".join(lines))
        port.comes_to(lines)


def test_of_a_line_without_an_end_no_more_is_held_than_a_record_may_have(tmp_path):
    with listening(tmp_path) as port, port.connect() as pbx:
        for _ in range(40):
            pbx.sendall(b"x" * MANY_BYTES)
        pbx.sendall(b"\nnext\n")
        until = time.monotonic() + SOON_SECONDS
        while len(port.kept) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        assert [len(one) > MANY_BYTES for one in port.kept] == [True, False]
        assert len(port.kept[0]) <= 2 * MANY_BYTES + 2


def test_several_pbxs_send_at_once(tmp_path):
    with listening(tmp_path) as port:
        lines = [b"Call %d\n" % number for number in range(5)]
        pbxs = [port.connect() for _ in lines]
        for pbx, line in zip(pbxs, lines, strict=True):
            pbx.sendall(line)
        until = time.monotonic() + SOON_SECONDS
        while len(port.kept) < 5 and time.monotonic() < until:
            time.sleep(0.02)
        assert sorted(port.kept) == lines
        for pbx in pbxs:
            pbx.close()


def test_lines_that_cannot_be_kept_are_held_and_kept_later(tmp_path):
    with listening(tmp_path) as port, port.connect() as pbx:
        port.full.set()
        pbx.sendall(b"one\n")
        until = time.monotonic() + SOON_SECONDS
        while not port.said and time.monotonic() < until:
            time.sleep(0.02)
        assert port.said[0] == "127.0.0.1: 1 record waits to be kept: the disk is nearly full"
        port.full.clear()
        port.comes_to([b"one\n"])


def test_at_the_end_what_is_whole_is_kept(tmp_path):
    with listening(tmp_path) as port:
        pbx = port.connect()
        pbx.sendall(b"one\n")
        time.sleep(0.05)
    assert port.kept == [b"one\n"]
    pbx.close()


def test_a_pbx_that_never_pauses_does_not_keep_it_from_ending(tmp_path):
    def send(pbx):
        with suppress(OSError):
            for number in range(3_000):
                pbx.sendall(b"Call %d\n" % number)
                time.sleep(0.01)

    port = Port(tmp_path)
    with port.connect() as pbx:
        sending = Thread(target=send, args=(pbx,))
        sending.start()
        time.sleep(0.5)
        began = time.monotonic()
        port.close()
        assert time.monotonic() - began < SOON_SECONDS
    sending.join()
    whole = [one for one in port.kept if one.endswith(b"\n")]
    assert whole == [b"Call %d\n" % number for number in range(len(whole))] != []


def test_who_may_not_send_is_sent_away_and_told_of_once(tmp_path):
    with listening(tmp_path, allow=("192.0.2.0/24",)) as port:
        for _ in range(3):
            with port.connect() as pbx:
                assert pbx.recv(1) == b""
        assert port.said == ["127.0.0.1 may not send here"]
        assert port.kept == []


def test_who_comes_when_all_places_are_taken_is_sent_away(tmp_path, monkeypatch):
    monkeypatch.setattr(listener, "MANY_CONNECTIONS", 1)
    with listening(tmp_path) as port, port.connect() as first:
        first.sendall(b"one\n")
        port.comes_to([b"one\n"])
        with port.connect() as second:
            assert second.recv(1) == b""
        first.sendall(b"two\n")
        port.comes_to([b"one\n", b"two\n"])


@pytest.mark.parametrize(
    ("allow", "address", "may"),
    [
        ((), "127.0.0.1", True),
        ((), "192.0.2.7", False),
        (("192.0.2.0/24", "2001:db8::7"), "192.0.2.7", True),
        (("192.0.2.0/24", "2001:db8::7"), "::ffff:192.0.2.7", True),
        (("192.0.2.0/24", "2001:db8::7"), "2001:db8::7", True),
        (("192.0.2.0/24", "2001:db8::7"), "127.0.0.1", False),
    ],
)
def test_only_addresses_that_are_allowed_may_send_records(allow, address, may):
    assert Listening("::", 1, allow).allows(address) is may


def test_an_address_that_is_taken_is_said(tmp_path):
    with listening(tmp_path) as port, pytest.raises(CollectorError, match="cannot be listened on"):
        Listening("127.0.0.1", port.number).collector(port.listener._context)


# ── TLS ──


def test_by_tls_lines_come_through(tmp_path, certificate):
    context = ssl.create_default_context(cafile=certificate)
    lines = [b"Call %d\n" % number for number in range(3_000)]
    with listening(tmp_path, certificate=certificate) as port:
        with context.wrap_socket(port.connect(), server_hostname="localhost") as pbx:
            pbx.sendall(lines[0])
            port.comes_to(lines[:1])
            pbx.sendall(b"".join(lines[1:]))
        port.comes_to(lines)


def test_where_tls_is_spoken_nothing_else_is(tmp_path, certificate):
    with listening(tmp_path, certificate=certificate) as port, port.connect() as pbx:
        pbx.sendall(b"Call 1\nCall 2\n")
        until = time.monotonic() + SOON_SECONDS
        while not port.said and time.monotonic() < until:
            time.sleep(0.02)
        assert port.said[0].startswith("127.0.0.1: no connection: ")
        assert port.kept == []
