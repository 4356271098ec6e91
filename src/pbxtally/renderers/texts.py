"""Names as they can be written: people's directories hold anything, files do not.

A lone surrogate is half a character that UTF-8 cannot write; control characters break readers and steer terminals. Both
become visible symbols.
"""

from __future__ import annotations

import re

UNKNOWN = "\ufffd"
"""Replaces a character that cannot be written."""

_HALVES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def whole(text: str) -> str:
    """The text without lone surrogates."""
    return text if text.isascii() else _HALVES.sub(UNKNOWN, text)


def printable(text: str) -> str:
    """The text with a symbol for every control character but tab and line ends: NUL becomes ␀, escape ␛, delete ␡."""
    return text if text.isprintable() else _UNSEEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "␡" if code == 0x7F else chr(0x2400 + code) if code < 0x20 else UNKNOWN
