"""What columns and members are called where models, versions and exports name them differently.

Records of one table all have the same names: which of them stands for what is found once for all records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pbxtally.records import as_text

Aliases = Callable[[tuple[str, ...]], tuple[tuple[str, tuple[str, ...]], ...]]
"""From the names in a record to each of our names, with the record's names for it, the best first."""


def aliases_of(table: Mapping[str, Sequence[str]], plain: Callable[[str], str] = str) -> Aliases:
    """The `Aliases` of `table`: the ways to spell each of our names, as `plain` normalizes the record's."""

    @lru_cache(maxsize=256)
    def names(theirs: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        own = {plain(name): name for name in theirs}
        return tuple((ours, tuple(own[one] for one in some if one in own)) for ours, some in table.items())

    return names


_INSIDE = (dict, list)


def row_by_alias(record: Mapping[str, Any], aliases: Aliases) -> dict[str, str]:
    """What a record says, under our names; "" where it says nothing."""
    return {ours: first_value(record, theirs) if theirs else "" for ours, theirs in aliases(tuple(record))}


def first_value(record: Mapping[str, Any], names: Sequence[str]) -> str:
    """The value of the first of these members that is not empty, without blanks around it; "" if all are empty."""
    for name in names:
        value = record[name]
        if type(value) is str and value.isascii():  # as nearly everything is
            word = value.strip()
        else:
            word = "" if isinstance(value, _INSIDE) else as_text(value).strip()
        if word:
            return word
    return ""
