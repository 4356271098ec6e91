"""Names in the order of a language, as DuckDB's copy of ICU has it."""

from __future__ import annotations

import re

import duckdb

from pbxtally.stores import arrow


def sort_keys(cursor: duckdb.DuckDBPyConnection, names: list[str], language: str) -> list[str]:
    """Texts that sort as the names do in a language, in ICU order (D18)."""
    if not names:
        return []
    collation = _collation(cursor, language)
    with arrow.table(cursor, "given", {"name": "VARCHAR"}, [names]):
        return arrow.columns(cursor, f"SELECT icu_sort_key(name, '{collation}') FROM given")[0]


def _collation(cursor: duckdb.DuckDBPyConnection, language: str) -> str:
    """A language as ICU names it; one that is none sorts as letters do everywhere. Nothing else reaches a statement.

    Few countries have an order of their own: `da-DK` is `da`, which DuckDB does not find by itself.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})*", language):
        return "root"
    name = language.lower().replace("-", "_")
    if "_" not in name or name in arrow.columns(cursor, "SELECT collname FROM pragma_collations()")[0]:
        return name
    return name.partition("_")[0]
