"""What a store has kept."""

from pbxtally.stores.duckdb_legs import legs_where


def legs_of(store, customer):
    """All legs of a customer, by start."""
    wanted = f"customer = {store._file.names.customers.get(customer, 0)}"
    with store._file.question() as cursor:
        return [leg for leg, _ in legs_where(cursor, f"{wanted} ORDER BY started_ms, key")]
