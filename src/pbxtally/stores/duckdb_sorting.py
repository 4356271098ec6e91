"""Names in the order of a language, as DuckDB's copy of ICU has it."""

from __future__ import annotations

import re

import duckdb

from pbxtally.stores import arrow


def sort_keys(cursor: duckdb.DuckDBPyConnection, names: list[str], language: str) -> list[str]:
    """Texts that sort as the names do in a language, in ICU order (D18)."""
    if not names:
        return []
    with arrow.table(cursor, "given", {"name": "VARCHAR"}, [names]):
        return arrow.columns(cursor, f"SELECT icu_sort_key(name, '{_collation(language)}') FROM given")[0]


def _collation(language: str) -> str:
    """A language as ICU names it; one that is none sorts as letters do everywhere. Nothing else reaches a statement."""
    fits = re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})*", language)
    return language.lower().replace("-", "_") if fits else "root"
