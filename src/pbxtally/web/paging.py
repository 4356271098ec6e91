"""A long list in pages: which one the address asks for, and links to those before and after."""

from __future__ import annotations

from typing import NamedTuple

from pbxtally.reader import Reader
from pbxtally.web.view import View


class Paged(NamedTuple):
    """How many lines come before the page, and the addresses of the pages before and after; "": there is none."""

    skipped: int
    before: str
    after: str


def paged(view: View, lines: int, on_a_page: int) -> Paged:
    """The page that `page` asks for, the first by default; raises 422 if there is no such page."""
    pages = max(-(-lines // on_a_page), 1)
    number = Reader(view.given, as_text=True).whole("page", 1, 1, pages)
    before = view.to(page=str(number - 1)) if number > 1 else ""
    return Paged((number - 1) * on_a_page, before, view.to(page=str(number + 1)) if number < pages else "")
