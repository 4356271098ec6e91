"""Where a token stands in a request (D24): header, HTTP Basic, query, cookie; the first found counts.

Spreadsheets know only HTTP Basic, and only on GET: any name, and the token as the password. The address a token may be
bound to is the socket's, or what the operator's own proxy says; any other header could be forged.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from enum import StrEnum
from typing import NamedTuple

from starlette.requests import Request

from pbxtally.errors import MediaTypeError
from pbxtally.login import Session, is_within, session_of
from pbxtally.people import Employee
from pbxtally.web.backend import backend_of
from pbxtally.web.csrf import require_same_origin

NAME = "token"
"""The name of the query parameter, and of the cookie."""

TLS_NAME = "__Host-token"
"""The name of the cookie for pages over TLS: browsers accept and send it over nothing else."""


MOST_SEEN = 10_000
"""How many tokens' customers are remembered."""


class Place(StrEnum):
    """Where a token was found, in the order in which it is looked for."""

    BEARER = "bearer"
    BASIC = "basic"
    QUERY = "query"
    COOKIE = "cookie"


class Found(NamedTuple):
    """A token, and where it stood."""

    token: str
    place: Place


def find_token(request: Request) -> Found | None:
    """The first token in a request; an empty one does not count."""
    found = (Found(read(request), place) for place, read in _READ.items())
    return next((one for one in found if one.token), None)


def signed_in(request: Request) -> tuple[Employee, Place]:
    """Who asks, and where the token stood; raises one of the three 401 errors."""
    session, place = session_in(request)
    return session.employee, place


def session_in(request: Request) -> tuple[Session, Place]:
    """The session or machine token of a request, and where it stood; who really acts is kept for log and audit."""
    backend, found = backend_of(request), find_token(request)
    session = session_of(backend.people, found.token if found else None, backend.now_ms(), address_of(request))
    assert found is not None
    request.state.employee, request.state.actor = session.employee.id, session.actor
    request.state.asker = session.employee
    seen = seen_customers(request)
    if len(seen) >= MOST_SEEN:
        seen.clear()
    seen[session.token_hash] = session.employee.customer
    return session, found.place


def seen_customers(request: Request) -> dict[str, str]:
    """The customer of each token when last seen, by the token's hash: a hint that lets nobody in."""
    seen: dict[str, str] = request.app.state.seen
    return seen


def changing(request: Request) -> Session:
    """The session of a request that changes something without a body: by cookie only from a page of ours."""
    session, place = session_in(request)
    if place is Place.COOKIE:
        require_same_origin(request)
    return session


def address_of(request: Request) -> str | None:
    """Where a request comes from: its socket's address, or what a proxy of ours says.

    Every proxy appends the address of its client, so the last one that is not a proxy of ours is meant; anything to
    the left of it could be forged.
    """
    socket = request.client.host if request.client else None
    proxies = backend_of(request).proxies
    if not proxies or not is_within(proxies, socket):
        return socket
    said = [one.strip() for line in request.headers.getlist("x-forwarded-for") for one in line.split(",")]
    return next((one for one in reversed(said) if one and not is_within(proxies, one)), socket)


def refuse_forms(request: Request, place: Place) -> None:
    """Raise 415 if a cookie signs in and the body is not declared as JSON: a form on another site could send that."""
    said = [one.partition(";")[0].strip().lower() for one in request.headers.getlist("content-type")]
    if place is Place.COOKIE and said != ["application/json"]:
        raise MediaTypeError("A request that signs in by cookie must send Content-Type: application/json")


def _credentials(request: Request, scheme: str) -> str:
    """What follows the scheme in `Authorization`; empty if it is another scheme."""
    given, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
    return credentials.strip() if given.lower() == scheme else ""


def _bearer(request: Request) -> str:
    return _credentials(request, "bearer")


def _basic_password(request: Request) -> str:
    try:
        pair = b64decode(_credentials(request, "basic"), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]


def _in_query(request: Request) -> str:
    return next(filter(None, request.query_params.getlist(NAME)), "")


def _in_cookie(request: Request) -> str:
    return request.cookies.get(TLS_NAME) or request.cookies.get(NAME, "")


_READ = {Place.BEARER: _bearer, Place.BASIC: _basic_password, Place.QUERY: _in_query, Place.COOKIE: _in_cookie}
"""How each place is read; only as far as the first token, since deliveries come by the thousand."""
