"""What was rejected because it came cut off leaves the list once it comes whole: then it is known, and counts once."""

from io import BufferedReader, BytesIO

import pytest

from cli.office import ACME, COPENHAGEN, FOUR_CALLS, row
from delivery_office import delivery_office
from fuzz.atheris_run import SEEDS
from fuzz.damaged import read_in
from fuzz.targets import CUSTOMER, LATEST_MS, LAYOUTS
from kept_legs import legs_of
from pbxtally.checked_reading import read_checked
from pbxtally.hosting import HostedIntake, place_of
from pbxtally.intake import Intake, numbering_of
from pbxtally.people import new_id
from pbxtally.records import Batch, Reading, Rejected, has_end
from pbxtally.sources import SOURCES
from pbxtally.stores import duckdb_rejected
from pbxtally.stores.duckdb_rejected import KeptRejection
from pbxtally.streams import records_in
from pbxtally.truncated import TruncationWatch
from test_hosting import NOW_MS, Operator, of, switch_of

ONE, TWO, THREE = row("01 09:00:00", "101", "102"), row("01 09:05:00", "102", "101"), row("01 09:06:00", "102", "103")
CUT = [1, 20, 60, len(TWO) - 4, len(TWO) - 1]
NOON_MS = 1_606_820_400_000  # 1 December 2020, noon in Copenhagen


class Customer:
    """A customer whose Asterisk's files are loaded, of the given source."""

    def __init__(self, store, source="asterisk"):
        self.store, self.id, self.source = store, new_id(), source

    def load(self, file, *lines, now_ms=NOW_MS):
        def read(some, reading, latest_ms):
            return read_checked(SOURCES[self.source].read, some, reading, latest_ms)

        people = Operator()
        numbering = numbering_of(people, self.id, self.source)
        intake = Intake(self.store, people, self.id, self.source, read, COPENHAGEN, numbering, now_ms, goes_on=True)
        intake.take(file, lines)

    def counted(self, place=None):
        """What became of all that came: kept, known, replaced, rejected."""
        found = [one[1:5] for one in self.store.sources_kept([place or self.id]) if one.source == self.source]
        return found[0] if found else (0, 0, 0, 0)


@pytest.fixture
def acme(shared_store):
    return Customer(shared_store)


@pytest.mark.parametrize("place", CUT)
def test_a_row_cut_anywhere_is_known_once_its_file_was_read_again_whole(acme, place):
    acme.load("Master.csv", ONE, TWO[:place])
    assert acme.counted() == (1, 0, 0, 1)
    acme.load("Master.csv", ONE, TWO, THREE)
    assert acme.counted() == (3, 2, 0, 0)
    assert [one for one in acme.store.rejections() if one.customer == acme.id] == []


def test_received_stays_what_came(acme):
    acme.load("Master.csv", ONE, TWO[:-1])
    acme.load("Master.csv", ONE, TWO)
    [source] = acme.store.sources_kept([acme.id])
    assert source.received == 4


def test_a_row_that_only_wanted_its_newline_may_come_from_anywhere(acme):
    acme.load("Master.csv", ONE, TWO[:-1])
    acme.load("other.csv", TWO)
    assert acme.counted() == (2, 1, 0, 0)
    acme.load("dos.csv", THREE[:-1])
    acme.load("again.csv", THREE[:-1] + b"\r\n")
    assert acme.counted() == (3, 2, 0, 0)


def test_of_another_file_or_line_the_beginning_alone_says_nothing(acme):
    acme.load("Master.csv", ONE, TWO[:60])
    acme.load("Master.csv.1", ONE, TWO)
    acme.load("Master.csv", ONE, THREE, TWO)
    assert acme.counted()[3] == 1


def test_a_new_file_under_the_old_name_tells_of_later_calls_and_makes_nothing_whole(acme):
    acme.load("Master.csv", ONE, TWO[:20], now_ms=NOON_MS)
    tomorrow = row("02 09:05:00", "102", "101")
    assert tomorrow.startswith(TWO[:20])
    acme.load("Master.csv", row("02 09:00:00", "101", "102"), tomorrow)
    assert acme.counted() == (3, 0, 0, 1)


def test_as_long_as_it_comes_cut_off_or_cannot_be_read_it_stays(acme):
    acme.load("Master.csv", ONE, TWO[:60])
    acme.load("Master.csv", ONE, TWO[:70])
    acme.load("Master.csv", ONE, TWO[:80] + b"\n")
    assert acme.counted() == (1, 2, 0, 3)
    acme.load("Master.csv", ONE, TWO)
    assert [one.raw for one in acme.store.rejections() if one.customer == acme.id] == [TWO[:80] + b"\n"]


def test_a_rejected_line_that_has_an_end_is_not_waited_for(acme):
    acme.load("Master.csv", ONE, b"la\n")
    assert acme.store.truncated_records(acme.id, "asterisk") == []
    acme.store.keep_rejected(acme.id, "asterisk", "f", [Rejected(1, "no", b"la"), Rejected(2, "no", b"{}")], NOW_MS)
    assert [one.raw for one in acme.store.truncated_records(acme.id, "asterisk")] == [b"la"]
    acme.store.forget_rejected(acme.id, "asterisk", [b"la"])
    assert acme.store.truncated_records(acme.id, "asterisk") == []


FORMATS = [
    ("3cx", "lines.csv"),
    ("asterisk", "cel.csv"),
    ("asterisk", "export.csv"),
    ("cucm", "cdr"),
    ("freeswitch", "snom.csv"),
    ("fusionpbx", "table.csv"),
    ("generic", "table.csv"),
    ("grandstream", "table.csv"),
    ("kamailio", "acc.csv"),
    ("queue_log", "queue_log"),
    ("teams", "pstn.csv"),
    ("telecomx", "records.jsonl"),
]


@pytest.mark.parametrize(("name", "sample"), FORMATS)
def test_a_row_of_any_format_is_recognized_wherever_it_was_cut(name, sample):
    data = (SEEDS / name / sample).read_bytes()
    end = len(data) - has_end(data[:-1])  # a document needs no newline
    for place in range(data.rfind(b"\n", 0, -1) + 2, end):
        cut = read_in(name, data[:place])[-1]
        assert isinstance(cut, Rejected), data[:place]
        rejection = KeptRejection(CUSTOMER, name, "a file", cut.line, cut.reason, cut.raw, LATEST_MS)
        assert came_whole(name, data, "a file", rejection) == (cut.raw,)
        assert came_whole(name, data[:place], "a file", rejection) == ()


def came_whole(name, data, file, *cuts):
    reading = Reading(COPENHAGEN, CUSTOMER, lambda extension, at_ms: "101", LAYOUTS.get(name, ""))

    def read(some):
        return list(read_checked(SOURCES[name].read, some, reading, LATEST_MS))

    watch = TruncationWatch(cuts, file)
    read(watch.watch_over(records_in(BufferedReader(BytesIO(data)), SOURCES[name])))
    return watch.completed(read)


def test_what_is_known_is_looked_for_once_and_anew_when_the_list_changes(acme, monkeypatch):
    acme.load("Master.csv", ONE, TWO[:60])
    assert [one.raw for one in acme.store.truncated_records(acme.id, "asterisk")] == [TWO[:60]]
    with monkeypatch.context() as broken:
        broken.setattr(duckdb_rejected, "_KEPT", "no sentence of SQL")
        assert len(acme.store.truncated_records(acme.id, "asterisk")) == 1
        acme.store.keep_rejected(acme.id, "asterisk", "f", [Rejected(1, "no", b"la")], NOW_MS)
        assert (
            acme.store.truncated_records(acme.id, "asterisk") == []
        )  # it cannot be read now, and what comes is taken in
        acme.load("Master.csv", ONE, TWO)
        assert acme.counted() == (2, 1, 0, 2)
    assert len(acme.store.truncated_records(acme.id, "asterisk")) == 2


# ── of a hosted switch ──


def test_of_a_hosted_switch_it_leaves_the_list_that_is_nobodys(shared_store):
    acme = new_id()
    switch = switch_of(Operator(tenants={"acme": acme}))
    name, store = place_of("hosted"), shared_store

    def load(*lines):
        HostedIntake(store, switch, goes_on=True).take("hosted.csv", lines)

    before = len([one for one in store.rejections() if one.customer == name])
    load(of("acme", ONE), of("acme", TWO)[:60])
    assert len([one for one in store.rejections() if one.customer == name]) == before + 1
    load(of("acme", ONE), of("acme", TWO), of("acme", THREE))
    assert len([one for one in store.rejections() if one.customer == name]) == before
    assert len(legs_of(store, acme)) == 3


# ── by the journal ──


@pytest.fixture
def office(tmp_path):
    with delivery_office(tmp_path) as office:
        yield office


def counted(office):
    [one] = office.store.sources_kept([ACME])
    return one[1:5]


def test_a_delivery_that_only_wanted_its_newline_is_given_again_with_one(office):
    assert office.take(TWO[:-1])["rejected"] == 1
    assert office.take(TWO)["kept"] == 1
    assert counted(office) == (1, 1, 0, 0)


def test_of_deliveries_the_beginning_alone_says_nothing(office):
    office.take(TWO[:20])
    office.take(row("01 09:05:01", "102", "101"))
    assert counted(office) == (1, 0, 0, 1)


def test_a_dropped_file_that_grew_makes_its_last_row_whole(office):
    for lines in ([*FOUR_CALLS[:1], FOUR_CALLS[1][:70]], FOUR_CALLS):
        office.arrivals.take_batch(ACME, "asterisk", Batch("/srv/drop/a.csv", lines), lambda parts, zone: None)
        office.take()  # is answered when that is counted
    assert counted(office) == (4, 2, 0, 0)


def test_calls_made_anew_from_the_journal_agree(office):
    office.take(TWO[:-1])
    office.take(TWO)
    office.close()
    (office.folder / "calls.duckdb").unlink()
    office.open()
    office.take(ONE)
    assert counted(office) == (2, 1, 0, 0)
    assert office.store.rejections() == []
