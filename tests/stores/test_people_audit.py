"""The audit can only grow, even for who opens the file without us."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from pbxtally import audit
from pbxtally.audit import Action, AuditLine
from pbxtally.people import Customer, Employee
from pbxtally.stores.people_store import PeopleStore

ACME, OTHER, ANNA, BO = "a0" * 12, "b0" * 12, "0a" * 12, "0b" * 12
NOW_MS = 1_600_000_000_000


@pytest.fixture
def store(people_url):
    store = PeopleStore(people_url)
    with store.change() as change:
        change.keep_customers([Customer(ACME, "Acme"), Customer(OTHER, "Other")])
        change.keep_employees([Employee(ANNA, ACME, "Anna"), Employee(BO, ACME, "Bo")])
    yield store
    store.close()


def test_a_line_comes_back_as_it_was_the_newest_first_and_only_to_its_customer(store):
    audit.record(store, ANNA, ACME, Action.LOGGED_IN, ANNA, "192.0.2.7", NOW_MS)
    audit.record(store, ANNA, ACME, Action.CHANGED, BO, None, NOW_MS + 1, "name, department")
    audit.record(store, None, OTHER, Action.CREATED, OTHER, None, NOW_MS)
    assert store.audit(ACME, 0, 10) == (
        2,
        [
            AuditLine(NOW_MS + 1, ACME, ANNA, Action.CHANGED, BO, "name, department", None),
            AuditLine(NOW_MS, ACME, ANNA, Action.LOGGED_IN, ANNA, None, "192.0.2.7"),
        ],
    )
    assert [line.action for line in store.audit(ACME, 1, 1)[1]] == [Action.LOGGED_IN]


def test_a_change_that_fails_leaves_no_line(store):
    with pytest.raises(ZeroDivisionError), store.change() as change:
        audit.record(change, ANNA, ACME, Action.CHANGED, BO, None, NOW_MS)
        raise ZeroDivisionError
    assert store.audit(ACME, 0, 10) == (0, [])


@pytest.mark.parametrize("change", ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"])
def test_no_line_can_be_changed_or_taken_away(store, people_url, change):
    audit.record(store, ANNA, ACME, Action.LOGGED_IN, ANNA, None, NOW_MS)
    engine = create_engine(people_url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="the audit can only grow"):
        connection.execute(text(change))
    engine.dispose()
    assert store.audit(ACME, 0, 10)[0] == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("direct +4570123456", "direct …3456"),
        ("direct 70 12 34 56 and 232", "direct …3456 and 232"),
        (f"pbxt_{'5e' * 32} was pasted", "pbxt_5e5e5e… was pasted"),
        (f"employee {ANNA}, from 2020-12-01", f"employee {ANNA}, from 2020-12-01"),
        ("employee 111111111111111111111111", "employee 111111111111111111111111"),
    ],
)
def test_a_secret_or_an_outside_number_is_never_kept_whole(store, told, kept):
    audit.record(store, ANNA, ACME, Action.CHANGED, BO, None, NOW_MS, told)
    assert store.audit(ACME, 0, 1)[1][0].detail == kept
