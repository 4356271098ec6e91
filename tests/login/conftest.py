"""A real store for everybody who signs in, in both databases."""

import pytest

from login.entrance import fill, open_store
from pbxtally.stores.people_store import PeopleStore


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A file with everybody in it, made once: passwords take their time."""
    folder = tmp_path_factory.mktemp("filled")
    store = open_store(folder)
    fill(store)
    store.close()
    return folder / "people.db"


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
        (tmp_path / "people.db").write_bytes(request.getfixturevalue("filled").read_bytes())
        store = PeopleStore(make_url())
    else:
        store = PeopleStore(make_url(request.getfixturevalue("filled_postgres")))
    yield store
    store.close()
