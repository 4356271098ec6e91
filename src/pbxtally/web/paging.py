"""A long list in pages: which one the address asks for, and links to those before and after."""

from __future__ import annotations

from typing import NamedTuple

from pbxtally.reader import FARTHEST, Reader
from pbxtally.web.view import View


class Paged(NamedTuple):
    """How many pages there are, and how many lines come before the one asked for, which may be beyond the last.

    `before` and `after` are the addresses of the pages there; "": there is none. Beyond the end, the last is before it.
    """

    pages: int
    skipped: int
    before: str
    after: str


def paged(view: View, lines: int, on_a_page: int) -> Paged:
    """The page that `page` asks for, the first by default."""
    pages = max(-(-lines // on_a_page), 1)
    number = Reader(view.given, as_text=True).whole("page", 1, 1, FARTHEST)
    before = view.to(page=str(min(number - 1, pages))) if number > 1 else ""
    after = view.to(page=str(number + 1)) if number < pages else ""
    return Paged(pages, (number - 1) * on_a_page, before, after)
