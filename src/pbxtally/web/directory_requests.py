"""What the directory's endpoints have in common: who asks, what the address and the body say, how to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pbxtally import audit
from pbxtally.directory.parameters import refuse_unknown
from pbxtally.directory.request_context import Done, RequestContext
from pbxtally.errors import BadRequestError
from pbxtally.intake import derive_changed_numbers
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.body import read_object
from pbxtally.web.csrf import require_same_origin_if_stated
from pbxtally.web.token import NAME as TOKEN
from pbxtally.web.token import Place, address_of, refuse_forms, signed_in


def context_of(request: Request) -> RequestContext:
    """Who asks; raises one of the 401 errors."""
    employee, _ = signed_in(request)
    return _context(request, employee)


def context_for_delete(request: Request) -> RequestContext:
    """The same, for a request that changes something and has no body."""
    employee, place = signed_in(request)
    if place is Place.COOKIE:
        require_same_origin_if_stated(request)
    return _context(request, employee)


def _context(request: Request, employee: Any) -> RequestContext:
    backend = backend_of(request)
    return RequestContext(
        backend.people,
        employee,
        backend.now_ms(),
        address_of(request),
        backend.timezone,
        backend.language,
        backend.store.sort_keys,
        request.state.actor,
    )


def context_and_members(request: Request, body: bytes) -> tuple[RequestContext, dict[str, Any]]:
    """Who asks, and the members of the body; in the address only the token counts."""
    employee, place = signed_in(request)
    refuse_forms(request, place)
    if place is Place.COOKIE:
        require_same_origin_if_stated(request)
    members = read_object(body)
    refuse_unknown([name for name in request.query_params if name != TOKEN], ())
    return _context(request, employee), members


def parameters(request: Request, many: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The query parameters; only those in `many` may be repeated."""
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name in given and name not in many:
            raise BadRequestError("Parameter {name} is given twice", name=name)
        if name != TOKEN:
            given.setdefault(name, []).append(value)
    return given


def write_down_download(request: Request, customer: str, what: str, period: Iterable[str]) -> None:
    """Add a line about a download to the audit of the customer whose data it holds."""
    backend, detail = backend_of(request), f"{what} of {' to '.join(period)}"
    action, address = audit.Action.EXPORTED, address_of(request)
    audit.record(backend.people, request.state.actor, customer, action, None, address, backend.now_ms(), detail)


def json_answer(value: Mapping[str, Any]) -> Response:
    """An object as JSON."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def saved_answer(backend: Backend, done: Done, *, is_new: bool = False) -> Response:
    """Answer that it went well, with the id if it is new; before that, derive calls again whose numbers changed."""
    derive_changed_numbers(backend.store, backend.people)
    return json_answer({"success": True, **({"_id": done.id} if is_new else {})})
