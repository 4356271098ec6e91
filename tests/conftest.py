import pytest

from pbxtally.stores.duckdb_store import DuckStore


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory):
    """One store for tests that use a customer of their own."""
    store = DuckStore(tmp_path_factory.mktemp("facts"), memory="256MB", threads=1, query_seconds=60)
    yield store
    store.close()
