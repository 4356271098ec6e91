"""A server reads large deliveries in another process, and that may make no difference but in time."""

import json
import os
import signal
import time
from threading import Thread

import pytest

from cli.office import ACME, COPENHAGEN, row
from cli.processes import children, is_running, wait_for
from pbxtally.checked_reading import read_all
from pbxtally.cli.reading_aside import MANY, ReadingAside
from pbxtally.errors import PbxTallyError
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES

READING = Reading(COPENHAGEN, ACME, print)
LATEST_MS = 2**42
LARGE = [b"a record\n"] * MANY
ROWS = [row(f"01 09:{minute:02}:{second:02}", "101", "102") for minute in range(10) for second in range(60)]
ROWS[7] = b"broken\n"


def tell(records, reading):
    """A source that says of each record which process reads it; one may take its time."""
    for line, raw in enumerate(records, 1):
        time.sleep(1 if raw == b"slow\n" else 0)
        yield Rejected(line, str(os.getpid()), raw)


@pytest.fixture
def aside():
    aside = ReadingAside()
    yield aside
    aside.close()


def reader_of(aside, records=LARGE):
    """Which process reads them."""
    [who] = {int(one.reason) for one in aside.read_all(tell, records, READING, LATEST_MS)}
    return who


def wait_for_another(aside, than):
    """The process that reads in the end; it takes a second to begin."""
    return wait_for(lambda: (who := reader_of(aside)) not in than and who)


def test_a_large_delivery_is_read_here_until_the_other_process_is_there(aside):
    assert reader_of(aside) == os.getpid()
    assert wait_for_another(aside, [os.getpid()]) == reader_of(aside)
    assert reader_of(aside, LARGE[1:]) == os.getpid()  # too small for the way there and back


def said_by(reads, source):
    try:
        return reads(source.read, ROWS, READING, LATEST_MS)
    except PbxTallyError as why:  # such as a source whose columns nobody named
        return type(why), why.word, why.description


def test_all_sources_are_read_there_as_they_are_here(aside):
    """Most of them can make nothing of these rows, which is told as well."""
    there = wait_for_another(aside, [os.getpid()])
    for source in SOURCES.values():
        assert said_by(aside.read_all, source) == said_by(read_all, source)
    assert wait_for_another(aside, [os.getpid()]) == there


def test_when_the_other_process_is_killed_we_read_here_and_it_begins_again(aside):
    killed = wait_for_another(aside, [os.getpid()])
    os.kill(killed, signal.SIGKILL)
    assert reader_of(aside) == os.getpid()
    wait_for_another(aside, [os.getpid(), killed])


def test_nobody_waits_for_a_delivery_that_takes_long_to_read(aside):
    wait_for_another(aside, [os.getpid()])
    slow = Thread(target=reader_of, args=(aside, [b"slow\n", *LARGE]))
    slow.start()
    time.sleep(0.3)
    assert reader_of(aside) == os.getpid()
    slow.join()


def test_a_server_reads_so_and_leaves_no_process_behind(office):
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        counted = json.loads(server.get("/intake/asterisk", key, b"".join(ROWS)))
        assert (counted["kept"], counted["rejected"]) == (len(ROWS) - 1, 1)
        beside = wait_for(lambda: children(server.process.pid))
        for _ in range(20):
            again = json.loads(server.get("/intake/asterisk", key, b"".join(ROWS)))
            assert (again["known"], again["rejections"]) == (len(ROWS) - 1, counted["rejections"])
        server.process.kill()
    wait_for(lambda: not any(map(is_running, beside)))
