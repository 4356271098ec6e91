"""A real store for everybody who signs in, in both databases."""

import pytest

from copies import filled
from login.entrance import fill, open_store
from pbxtally.stores.people_store import PeopleStore


@pytest.fixture(scope="session")
def filled_postgres(postgres):
    """The same on PostgreSQL."""
    store = PeopleStore(postgres.make("filled", "empty"))
    fill(store)
    store.close()
    return "filled"


@pytest.fixture
def store(database, make_url, tmp_path, request):
    if database == "sqlite":
        filled(tmp_path, _fill)
        store = PeopleStore(make_url())
    else:
        store = PeopleStore(make_url(request.getfixturevalue("filled_postgres")))
    yield store
    store.close()


def _fill(folder):
    store = open_store(folder)
    fill(store)
    store.close()
