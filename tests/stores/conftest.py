"""Stores for tests: one shared by a file's tests that use customers of their own, or a new one."""

import pytest

from office import new_id
from stores.one_store import STORES


@pytest.fixture(params=STORES.values(), ids=STORES.keys(), scope="module")
def open_store(request):
    return request.param


@pytest.fixture(scope="module")
def store(open_store, tmp_path_factory):
    """One store for all tests that use customers of their own."""
    store = open_store(tmp_path_factory.mktemp("store"))
    yield store
    store.close()


@pytest.fixture
def acme():
    """A customer nobody else has calls of."""
    return new_id()
