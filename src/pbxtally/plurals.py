"""A number with its noun, in English: 1 record, 2 records."""

from __future__ import annotations


def quantity(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun; `plural`, if it is not `singular` with an s."""
    return f"{count} {singular if count == 1 else plural or f'{singular}s'}"
