"""A real store for everybody who signs in."""

import pytest

from login.entrance import fill, open_store


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A database with everybody in it, made once: passwords take their time."""
    folder = tmp_path_factory.mktemp("filled")
    store = open_store(folder)
    fill(store)
    store.close()
    return folder / "people.db"


@pytest.fixture
def store(filled, tmp_path):
    (tmp_path / "people.db").write_bytes(filled.read_bytes())
    store = open_store(tmp_path)
    yield store
    store.close()
