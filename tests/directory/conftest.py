"""A directory to import into, empty or with a small company."""

import pytest

from directory.documents import ACME, ANNA, BO, CARL, at
from pbxtally.directory import import_people
from pbxtally.stores.people_store import PeopleStore


@pytest.fixture
def store(people_url):
    store = PeopleStore(people_url)
    yield store
    store.close()


@pytest.fixture
def acme(store):
    """A customer with three employees and no extension."""
    names = {ANNA: "Anna", BO: "Bo", CARL: "Carl"}
    employees = [{"_id": one, "customer": ACME, "name": name} for one, name in names.items()]
    import_people(store, {"customers": [{"_id": ACME, "name": "Acme"}], "employees": employees}, at("2021-01-01"))
    return store
