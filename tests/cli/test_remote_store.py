"""The socket through which commands use the store of a running server."""

import os
import resource
import stat
import time
from contextlib import contextmanager
from multiprocessing.connection import Client
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from calls_table import NUMBERING, legs
from cli.office import ACME, PEOPLE
from copies import nobody_yet
from fault.desk import NOW_MS
from kept_legs import legs_of
from pbxtally.cli.remote_store import LONGEST_ADDRESS, StoreServer, connect_to_store
from pbxtally.directory import import_people
from pbxtally.errors import FolderError
from pbxtally.intervals import Interval, Period
from pbxtally.records import Delivery, ReadAgain, Rejected, SourceDeliveries
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_store import PeopleStore
from pbxtally.tally import DrillDownQuery, TallyQuery

TWO_CALLS = legs("""
    start    | answer   | end      | from | to    | result   | call
    09:00:00 | 09:00:10 | 09:01:15 | 101  | +4511 | ANSWERED | 1
    09:30:00 |          | 09:30:20 | +459 | 101   | BUSY     | 2
""")


@pytest.fixture
def store(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=30)
    yield store
    store.close()


@pytest.fixture
def people(tmp_path):
    people = PeopleStore(nobody_yet(tmp_path))
    yield people
    people.close()


@pytest.fixture
def server(tmp_path, store, people):
    server = StoreServer(tmp_path, store, people)
    yield server
    server.close()


@contextmanager
def only_one_more_file():
    """This process may open one more file, and no other."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_where_no_server_runs_there_is_no_store(tmp_path):
    assert connect_to_store(tmp_path) is None


def test_a_socket_that_nobody_listens_on_is_no_store(tmp_path, store, people):
    StoreServer(tmp_path, store, people).close()
    (tmp_path / "store.sock").touch()
    assert connect_to_store(tmp_path) is None


def test_only_the_owner_may_use_the_socket(tmp_path, server):
    mode = (tmp_path / "store.sock").stat().st_mode
    assert (stat.S_ISSOCK(mode), mode & 0o777) == (True, 0o600)


def test_who_comes_while_too_many_files_are_open_is_let_in_when_there_are_fewer(tmp_path, server):
    with only_one_more_file():
        client = Client(str(tmp_path / "store.sock"), family="AF_UNIX")
        time.sleep(0.3)
    with client:
        client.send_bytes(msgspec.msgpack.encode({"name": "applied", "arguments": []}))
        assert client.poll(10)


def test_what_is_kept_through_the_server_is_in_the_store(tmp_path, store, server):
    with connect_to_store(tmp_path) as remote:
        assert remote.keep(ACME, "made", TWO_CALLS, NUMBERING) == (2, 0, 0)
        remote.keep_rejected(ACME, "made", "Master.csv", [Rejected(3, "why", b"\xff\0")], 1)
        assert remote.sources_of(ACME) == store.sources_of(ACME) == ["made"]
        assert remote.rejections() == store.rejections() != []
        read_again = [ReadAgain(b"\xff\0", {ACME: TWO_CALLS}, 1000)]
        assert remote.keep_read_again(ACME, "made", read_again, {ACME: NUMBERING}) == (0, 2, 0)
        assert remote.keep_read_again(ACME, "made", read_again, {ACME: NUMBERING}) == (0, 0, 0)
        remote.forget_rejected(ACME, "made", [b"\xff\0"])
        assert remote.rejections() == store.rejections() == []
        assert remote.derive_again(ACME, "made", NUMBERING, ["101"]) == 2
        assert remote.derive_again(ACME, "made", NUMBERING, []) == 0
        assert remote.derive_again(ACME, "made", NUMBERING) == 2
    assert legs_of(store, ACME) == TWO_CALLS


def test_calls_kept_or_derived_through_the_server_follow_the_directory_as_it_is_when_their_turn_comes(
    tmp_path, store, people, server
):
    hers = [TWO_CALLS[0]._replace(callee_number="88001122", callee_device="88001122")]
    one_more = [hers[0]._replace(key="3", call="3")]
    together = SourceDeliveries(ACME, "made", [Delivery(ACME, "made", 1, one_more, [])], NUMBERING)
    another = [hers[0]._replace(key="4", call="4")]

    def calls():
        return {one.number: one.calls for one in store.numbers_with_calls(ACME)}

    import_people(people, PEOPLE | {"extensions": [{"customer": ACME, "number": "88001122"}]}, NOW_MS)
    with connect_to_store(tmp_path) as remote:
        remote.keep(ACME, "made", hers, NUMBERING)
        assert calls() == {"101": 1, "88001122": 1}
        remote.keep_together([together])
        assert calls() == {"101": 2, "88001122": 2}
        remote.keep_rejected(ACME, "made", "Master.csv", [Rejected(3, "why", b"a record")], 1)
        remote.keep_read_again(ACME, "made", [ReadAgain(b"a record", {ACME: another}, 1000)], {ACME: NUMBERING})
        assert calls() == {"101": 3, "88001122": 3}
        remote.derive_again(ACME, "made", NUMBERING)
        assert calls() == {"101": 3, "88001122": 3}


def test_a_figure_is_opened_through_the_server(tmp_path, store, server):
    store.keep(ACME, "made", TWO_CALLS, NUMBERING)
    tally = TallyQuery((ACME,), None, Period(0, 2**41), ZoneInfo("UTC"), Interval.DAY, ())
    behind = DrillDownQuery(tally, (("101", 0),), None, "inboundBusy")
    with connect_to_store(tmp_path) as remote:
        found = remote.drill_down(behind)
        legs_found = remote.legs_by_call(ACME, found.call_ids, found.starts[0], found.starts[0])
    assert (list(found.numbers), list(found.ring_seconds)) == (["101"], [20])
    assert legs_found == [(found.call_ids[0], TWO_CALLS[1])]


def test_names_sort_in_the_servers_alphabet(tmp_path, server):
    with connect_to_store(tmp_path) as remote:
        keys = remote.sort_keys(["Åse", "Zoë"], "da")
    assert keys[1] < keys[0]


@pytest.mark.parametrize("longer", [0, 1, 40, 200])
def test_a_folder_may_lie_deep(tmp_path, store, people, longer):
    folder = tmp_path / "/".join("d" * 30 for _ in range(3)) / ("e" * (1 + longer))
    folder.mkdir(parents=True)
    assert len(str(folder)) > LONGEST_ADDRESS
    before = open_descriptors()
    server = StoreServer(folder, store, people)
    try:
        with connect_to_store(folder) as remote:
            assert remote.rejections() == []
    finally:
        server.close()
    assert not (folder / "store.sock").exists()
    assert open_descriptors() == before


def test_when_the_server_closes_a_client_is_told(tmp_path, store, people):
    server = StoreServer(tmp_path, store, people)
    with connect_to_store(tmp_path) as remote:
        assert remote.rejections() == []
        server.close()
        with pytest.raises(FolderError, match="the server on this folder went away"):
            remote.rejections()


def test_what_the_servers_process_cannot_write_is_told_and_the_client_may_ask_on(tmp_path, server):
    with connect_to_store(tmp_path) as remote:
        with pytest.raises(FolderError, match=r"the server on this folder says: .*No such file or directory: '/gone/"):
            remote.upkeep.copy("/gone", [])
        assert remote.rejections() == []


def test_a_server_closes_also_where_its_socket_is_gone(tmp_path, store, people):
    server = StoreServer(tmp_path, store, people)
    (tmp_path / "store.sock").unlink()
    server.close()
    assert connect_to_store(tmp_path) is None


def test_nothing_but_the_stores_own_calls_is_taken(tmp_path, server):
    with Client(str(tmp_path / "store.sock"), family="AF_UNIX") as client:
        client.send_bytes(msgspec.msgpack.encode({"name": "close", "arguments": []}))
        assert msgspec.msgpack.decode(client.recv_bytes()) == {"value": None, "error": "no such call: close"}
    with connect_to_store(tmp_path) as remote:
        assert remote.rejections() == []
