"""The page that somebody asked for before signing in, kept in a browser cookie until they have.

It survives every step of signing in, even at a provider. It leads only to pages of ours.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request, Response

from pbxtally.web.cookies import give_wish, take_wish, wish_of
from pbxtally.web.i18n import NAME as LANGUAGE
from pbxtally.web.pages import BEHIND_LOGIN
from pbxtally.web.view import address

LONGEST = 3_000
"""The longest address that is kept; browsers accept cookies of some 4,000 characters."""

HOME = "."


def keep_wish(request: Request, response: Response) -> None:
    """Keep the page of a request; the pages on the way carry its language, where it may be changed."""
    members = [one for one in parse_qsl(request.url.query, keep_blank_values=True) if one[0] != LANGUAGE]
    wish = address(request.url.path.lstrip("/") or HOME, members)
    if request.method == "GET" and len(wish) <= LONGEST:
        give_wish(request, response, wish)
    else:
        take_wish(response)


def wished(request: Request) -> str:
    """The address of that page, as pages link to each other; the home page's if none is kept."""
    wish = wish_of(request) or HOME
    path = wish.partition("?")[0]
    return wish if path == HOME or f"/{path}" in BEHIND_LOGIN else HOME
