"""A number with its noun, in English: 1 record, 2 records."""

from __future__ import annotations


def so_many(count: int, one: str, more: str = "") -> str:
    """A number with its noun; `more` is the plural, if it is not `one` with an s."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"
