"""The writer: what stands in the journal comes into the calls, and these are looked after whatever else waits."""

import pytest

from calls_table import legs
from kept_legs import legs_of
from pbxtally import writer
from pbxtally.records import Delivery, Removal
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.writer import Writer, WriterContext

[LEG] = legs("""
    start    | answer   | end      | from | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
""")


class Watched(DuckStore):
    """A store that writes down how far it was whenever it was tidied, and that a test can ask a question."""

    def question(self):
        return self._file.question()

    def tidy(self):
        self.tidied = [*getattr(self, "tidied", []), self.applied()]
        super().tidy()


@pytest.fixture
def store(tmp_path):
    store = Watched(tmp_path, memory="256MB", threads=1, query_seconds=60)
    yield store
    store.close()


def test_calls_are_tidied_and_old_deliveries_leave_also_where_something_always_waits(store, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MANY_DELIVERIES", 20)
    monkeypatch.setattr(writer, "MANY_LEGS", 50)
    people, journal = PeopleStore(sqlite_url(tmp_path / "people.db")), Journal(tmp_path)
    some = [Delivery("a" * 24, "pbx", 10, [LEG._replace(key=f"{number}")], []) for number in range(500)]
    journal.write(some)
    journal.mark_backed_up(500)
    faults = []
    at_work = Writer(store, journal, WriterContext(people, lambda: 1000, faults.append, 100))
    at_work.outcomes.future_of([500]).result(30)
    at_work.close()
    assert (store.tidied[:2], faults) == ([200, 400], [])
    assert journal.pruned() >= 400
    journal.close()
    people.close()


def test_what_leaves_is_what_came_before_and_what_comes_after_stays(store, tmp_path):
    people, journal = PeopleStore(sqlite_url(tmp_path / "people.db")), Journal(tmp_path)
    one, two = (LEG._replace(key=key, call=key) for key in ("one", "two"))
    both, second = Delivery("a" * 24, "pbx", 10, [one, two], []), Delivery("a" * 24, "pbx", 10, [two], [])
    leaves = Delivery("a" * 24, "pbx", 10, [], [], gone=Removal(("one", "two")))
    positions = journal.write([both, leaves, second])
    at_work = Writer(store, journal, WriterContext(people, lambda: 1000, lambda why: None, 100))
    at_work.outcomes.future_of(positions).result(30)
    at_work.close()
    assert [leg.key for leg in legs_of(store, "a" * 24)] == ["two"]
    journal.close()
    people.close()


def test_the_next_round_of_single_records_waits_for_a_question(store, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "COURTESY_SECONDS", 10)
    people, journal = PeopleStore(sqlite_url(tmp_path / "people.db")), Journal(tmp_path)
    some = [Delivery("a" * 24, "pbx", 10, [LEG._replace(key=f"{number}")], []) for number in range(4)]
    journal.write(some[:2])
    with store.question():
        at_work = Writer(store, journal, WriterContext(people, lambda: 1000, lambda why: None, 100))
        at_work.outcomes.future_of([2]).result(30)
        later = at_work.outcomes.future_of(journal.write(some[2:]))
        with pytest.raises(TimeoutError):
            later.result(0.2)
    later.result(5)
    at_work.close()
    assert len(legs_of(store, "a" * 24)) == 4
    journal.close()
    people.close()
