"""Pick the leaves out of XML, `<name>value</name>`, whatever the values contain, without a parser.

PBXs write XML that is not well-formed (`<clid>"Anna" <101></clid>`). Nothing is expanded, nothing is fetched, and the
work is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator

MANY_PAIRS = 4096

_CLOSES = re.compile(r"</([^<>]++)>")


def leaf_values(written: str) -> dict[str, str]:
    """The leaves by their names; of several with one name the first counts."""
    found: dict[str, str] = {}
    for name, inside in elements(written):
        found.setdefault(name, html.unescape(inside))
    return found


def elements(written: str) -> Iterator[tuple[str, str]]:
    """The name and the raw content of every element that is not inside another."""
    closing: dict[str, list[int]] = {}
    for tag in _CLOSES.finditer(written):
        closing.setdefault(tag[1], []).append(tag.start())
    at = 0
    for _ in range(MANY_PAIRS):
        start = written.find("<", at)
        end = written.find(">", start)
        if start < 0 or end < 0:
            break
        name = written[start + 1 : end]
        at = end + 1
        places = closing.get(name, [])
        behind = bisect_left(places, at)
        if behind < len(places):
            close = places[behind]
            yield name, written[at:close]
            at = close + len(name) + 3
