"""The page that somebody asked for before signing in, kept in a browser cookie until they have.

It survives every step of signing in, even at a provider. It leads only to pages of ours.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request, Response

from pbxtally.web.cookies import clear_return_page, return_page_of, set_return_page
from pbxtally.web.i18n import NAME as LANGUAGE
from pbxtally.web.pages import BEHIND_LOGIN
from pbxtally.web.view import address

LONGEST = 3_000
"""The longest address that is kept; browsers accept cookies of some 4,000 characters."""

HOME = "."


def keep_return_page(request: Request, response: Response) -> None:
    """Keep the page of a request; the pages on the way carry its language, where it may be changed."""
    members = [one for one in parse_qsl(request.url.query, keep_blank_values=True) if one[0] != LANGUAGE]
    page = address(request.url.path.lstrip("/") or HOME, members)
    if request.method == "GET" and len(page) <= LONGEST:
        set_return_page(request, response, page)
    else:
        clear_return_page(response)


def return_page_for(request: Request) -> str:
    """The address of that page, as pages link to each other; the home page's if none is kept."""
    page = return_page_of(request) or HOME
    path = page.partition("?")[0]
    return page if path == HOME or f"/{path}" in BEHIND_LOGIN else HOME
