"""A small company, the documents that are imported for it, and what became of them."""

from datetime import UTC, datetime

import pytest

from pbxtally.directory import import_people
from pbxtally.errors import InvalidFieldError

ACME, OTHER = "a0" * 12, "b0" * 12
ANNA, BO, CARL = "0a" * 12, "0b" * 12, "0c" * 12
DESK, HALL = "e1" * 12, "e2" * 12
NOBODY = "99" * 12


def at(text):
    """Milliseconds of a UTC clock time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


MARCH, JUNE, NOW = at("2021-03-01"), at("2021-06-01"), at("2021-09-01")


def extension(**members):
    return {"customer": ACME, **members}


def give(store, *extensions, now_ms=NOW):
    return import_people(store, {"extensions": list(extensions)}, now_ms)


def held(store):
    """Who held which number from when until when, in time order."""
    return [(one.number, one.employee, one.since_ms, one.until_ms) for one in store.assignments(ACME)]


def counted_rows(store):
    with store.change() as change:
        people = [(len(change.employees(one.id)), len(change.extensions(one.id))) for one in change.customers()]
        return people, sum(len(change.assignments(one.id)) for one in change.customers())


def refused(store, document, now_ms=NOW):
    """The place and the description of the first mistake."""
    with pytest.raises(InvalidFieldError) as mistake:
        import_people(store, document, now_ms)
    return mistake.value.word, mistake.value.description
