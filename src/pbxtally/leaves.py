"""XML by its leaves: `<name>value</name>` picked out, whatever stands in the values, without a parser.

PBXs write XML that is not well-formed (`<clid>"Anna" <101></clid>`). Nothing is expanded, nothing is fetched, and work
grows with the length of the text only.
"""

from __future__ import annotations

import html

MANY_PAIRS = 4096


def pairs(written: str) -> dict[str, str]:
    """The leaves by their names; the first of a name counts."""
    found: dict[str, str] = {}
    at = 0
    for _ in range(MANY_PAIRS):
        start = written.find("<", at)
        end = written.find(">", start)
        if start < 0 or end < 0:
            break
        name = written[start + 1 : end]
        close = -1 if name[:1] in ("", "/", "?", "!") or name[-1] == "/" else written.find(f"</{name}>", end)
        if close < 0:
            at = end + 1
            continue
        found.setdefault(name, html.unescape(written[end + 1 : close]))
        at = close + len(name) + 3
    return found
