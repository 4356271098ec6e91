"""So many of something, in English as people say it: 1 record, 2 records."""

from __future__ import annotations


def so_many(count: int, one: str, more: str = "") -> str:
    """A number and the word for that many; `more` is the word for several where it is not the other with an s."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"
