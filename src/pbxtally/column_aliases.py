"""What columns and members are called where models, versions and exports name them differently.

Records of one table all have the same names: which of them stands for what is found once for all records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pbxtally.records import as_text


class Named(NamedTuple):
    """Our names in a table: those it has no column for, each with ""; the others with its own names, the best first."""

    silent: dict[str, str]
    told: tuple[tuple[str, tuple[str, ...]], ...]


Aliases = Callable[[tuple[str, ...]], Named]
"""From the names in a record to ours."""


def aliases_of(table: Mapping[str, Sequence[str]], plain: Callable[[str], str] = str) -> Aliases:
    """The `Aliases` of `table`: the ways to spell each of our names, as `plain` normalizes the record's."""

    @lru_cache(maxsize=256)
    def names(theirs: tuple[str, ...]) -> Named:
        own = {plain(name): name for name in theirs}
        found = {ours: tuple(own[one] for one in some if one in own) for ours, some in table.items()}
        return Named(
            {ours: "" for ours, some in found.items() if not some},
            tuple((ours, some) for ours, some in found.items() if some),
        )

    return names


_INSIDE = (dict, list)


def row_by_alias(record: Mapping[str, Any], aliases: Aliases) -> dict[str, str]:
    """What a record says, under our names: the first value that is not empty, without blanks around it, or ""."""
    silent, told = aliases(tuple(record))
    row = silent.copy()
    for ours, theirs in told:
        for name in theirs:
            value = record[name]
            if type(value) is str and value.isascii():  # as nearly everything is
                word = value.strip()
            else:
                word = "" if isinstance(value, _INSIDE) else as_text(value).strip()
            if word:
                break
        row[ours] = word
    return row
