"""Sort names in the order of a language, with DuckDB's copy of ICU."""

from __future__ import annotations

import re

import duckdb

from pbxtally.stores import arrow


def sort_keys(cursor: duckdb.DuckDBPyConnection, names: list[str], language: str) -> list[str]:
    """Texts that sort as the names do in a language, in ICU's order (D18)."""
    if not names:
        return []
    collation = _collation(cursor, language)
    with arrow.table(cursor, "given", {"name": "VARCHAR"}, [names]):
        return arrow.columns(cursor, f"SELECT icu_sort_key(name, '{collation}') FROM given")[0]


def _collation(cursor: duckdb.DuckDBPyConnection, language: str) -> str:
    """ICU's name of a language; what is not a language gets the root order. Nothing else reaches a statement.

    Few countries have an order of their own: `da-DK` becomes `da`, which DuckDB does not do by itself.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})*", language):
        return "root"
    name = language.lower().replace("-", "_")
    if "_" not in name or name in arrow.columns(cursor, "SELECT collname FROM pragma_collations()")[0]:
        return name
    return name.partition("_")[0]
