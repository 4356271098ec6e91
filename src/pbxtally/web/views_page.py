"""`/views`: the views that somebody saved, to open or to delete; `/view-save` and `/view-delete` take the forms."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from pbxtally.saved_views import keep_view
from pbxtally.web.administration.forms import typed_in
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.csrf import require_same_origin
from pbxtally.web.i18n import NAME as LANGUAGE
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.periods import clock_in
from pbxtally.web.shell import shell_of
from pbxtally.web.token import NAME as TOKEN
from pbxtally.web.token import session_in
from pbxtally.web.view import address, kept_members

PATH = "/views"
SAVE = "/view-save"
DELETE = "/view-delete"

PAGES = (".", "missed", "employees", "calls", "person", "department", "departments", "customers")
"""The pages that can be saved, as pages link to each other."""

Body = Annotated[bytes, Depends(read_body)]


def views(request: Request) -> Response:
    """The page; everybody sees their own views."""
    backend = backend_of(request)
    session, place = session_in(request)
    kept = [one for one in kept_members(request) if one[0] != "customer"]
    shell = shell_of(request, session, place)
    found = backend.people.saved_views(session.employee.id)
    order = backend.store.sort_keys([one.name for one in found], backend.language)
    zone = backend.asker(session.employee).zone_of(session.employee.customer)
    return page(
        "views.html",
        policy=FORM_POLICY,
        shell=shell,
        delete=address("view-delete", kept_members(request)),
        views=[
            (one, _with(one.address, kept), clock_in(zone, one.created_ms))
            for _, one in sorted(zip(order, found, strict=True), key=lambda pair: (pair[0], pair[1].id))
        ],
    )


def _with(address: str, kept: list[tuple[str, str]]) -> str:
    """An address with the language and token of this page's."""
    more = urlencode(kept)
    return f"{address}{'&' if '?' in address else '?'}{more}" if more else address


def save(request: Request, body: Body) -> Response:
    """Save a view of whoever asks."""
    backend = backend_of(request)
    session, _ = session_in(request)
    require_same_origin(request)
    typed = typed_in(body)
    drop = (TOKEN, LANGUAGE)
    keep_view(
        backend.people, session.employee, typed.get("name", ""), typed.get("address", ""), PAGES, drop, backend.now_ms()
    )
    return RedirectResponse(address("views", kept_members(request)), 303)


def delete(request: Request, body: Body) -> Response:
    """Delete a view of whoever asks."""
    session, _ = session_in(request)
    require_same_origin(request)
    backend_of(request).people.delete_view(session.employee.id, typed_in(body).get("id", ""))
    return RedirectResponse(address("views", kept_members(request)), 303)
