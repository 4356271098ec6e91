"""An operator's pattern for device names: a regular expression that matches or fails quickly on any name.

Python's engine backtracks through the ways in which a pattern may match. `(a+)+b` has 2¹²⁸ of them for a long name, and
a server that tries them all answers nobody. So a pattern is refused if it may have too many for any name. They are
counted from the pattern itself: a repeat has one for each length, an option or an alternative two. For a repeated group
this cannot be counted, so none is allowed.
"""

from __future__ import annotations

import re
from math import comb

from pbxtally.errors import InvalidFieldError
from pbxtally.records import MANY_CHARACTERS

LONGEST_NAME = MANY_CHARACTERS["number"]
"""How many characters of a device's name are kept."""

MANY_WAYS = 10_000_000
"""About as many ways as are tried in a fifth of a second."""

_FREE_TEXT = re.compile(r"\(\?(?:#|[a-zA-Z]*x)")
_ONE_CHARACTER = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_EXACTLY = re.compile(r"\{\d+\}")
_REPEAT = re.compile(r"[*+{]")
_CHOICE = re.compile(r"(?<!\()\?|\|")


def compile_pattern(field: str, said: object, group: str) -> re.Pattern[str]:
    """The pattern, compiled; raises InvalidFieldError for the field. `group`: what its only group may stand for."""
    if not isinstance(said, str):
        raise InvalidFieldError(field, f"{said!r} is not a regular expression: a text was expected")
    try:
        pattern = re.compile(said)
    except (re.error, OverflowError, RecursionError) as why:
        raise InvalidFieldError(field, f"{said[:80]!r} is not a regular expression: {why}") from None
    if pattern.groups > 1:
        raise InvalidFieldError(field, f"the pattern may have at most one group: {group}")
    if too_much := _takes_long(pattern):
        raise InvalidFieldError(field, f"{said[:80]!r} may take too long for some names: {too_much}")
    return pattern


def _takes_long(pattern: re.Pattern[str]) -> str:
    """What in the pattern may take long, and what to write instead; "" if nothing does."""
    if _FREE_TEXT.search(pattern.pattern):
        return "write it without (?x) and (?#…)"
    text = _ONE_CHARACTER.sub("c", pattern.pattern)
    if _REPEATED_GROUP.search(text):
        return "a group may be optional, (…)?, but not repeated; characters in brackets may be, [a-z.]+"
    text = _EXACTLY.sub("", text)
    repeats, choices = len(_REPEAT.findall(text)), len(_CHOICE.findall(text))
    if repeats + choices > LONGEST_NAME or comb(LONGEST_NAME + repeats, repeats) << choices > MANY_WAYS:
        return f"{repeats} repeats (*, +, {{…}}) and {choices} choices (?, |) are too many; write it with fewer"
    return ""
