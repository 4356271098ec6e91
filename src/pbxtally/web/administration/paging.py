"""Long lists in pages: which part is shown, and links to the ones before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pbxtally.web.administration.frame import Frame
from pbxtally.web.directory_requests import parameters

PAGE_LINES = 100


class Part(NamedTuple):
    """What is shown of a list; lines are counted from 1."""

    total: int
    first: int
    last: int
    before: str
    after: str


def asked(frame: Frame, *known: str) -> dict[str, list[str]]:
    """The parameters of a desk's list that the address names, for one page of it."""
    given = {name: one for name, one in parameters(frame.request).items() if name in known and one != [""]}
    return {**given, "limit": [str(PAGE_LINES)]}


def offset_in(frame: Frame) -> int:
    """Where the requested part begins."""
    text = frame.request.query_params.get("offset", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def part_of(
    frame: Frame,
    path: str,
    offset: int,
    total: int,
    wanted: Mapping[str, str] | None = None,
    size: int = PAGE_LINES,
) -> Part:
    """The part of a list that begins at `offset`; `wanted` is kept in the addresses of the others."""
    before, after = max(offset - size, 0), offset + size
    return Part(
        total,
        min(offset + 1, total),
        min(after, total),
        frame.address(path, **(wanted or {}), offset=before or None) if offset else "",
        frame.address(path, **(wanted or {}), offset=after) if after < total else "",
    )
