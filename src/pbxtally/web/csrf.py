"""Whether a request comes from a page of ours, as it must if it changes something by cookie or form.

Browsers say so themselves, in `Sec-Fetch-Site` or `Origin`; a page of another site can change neither.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from pbxtally.errors import ForeignPageError


def require_same_origin(request: Request) -> None:
    """Raise unless a page of ours asked, or the person typed the address."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")
    if not ours:
        raise ForeignPageError


def require_same_origin_if_stated(request: Request) -> None:
    """The same for what no link or form can send, JSON and DELETE: a client that does not say is a program."""
    if "sec-fetch-site" in request.headers or "origin" in request.headers:
        require_same_origin(request)
