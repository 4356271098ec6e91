"""`/pbx/cdr`: the calls themselves, each once, and `/pbx/cdr/latest`: the latest of an extension."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.access import Action, require_level
from pbxtally.call_list import latest_calls, list_calls
from pbxtally.call_query import CallsQuery, parse_calls
from pbxtally.directory.parameters import refuse_unknown
from pbxtally.fields import Format
from pbxtally.people import AccessLevel, Employee
from pbxtally.reader import read_id
from pbxtally.renderers.call_list import call_list_chunks, call_list_disposition, latest_bytes
from pbxtally.renderers.request import first_and_last_day
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body, read_object
from pbxtally.web.cdrstats import address_members, refuse_in_address
from pbxtally.web.chunked import in_chunks
from pbxtally.web.directory_requests import parameters, write_down_download
from pbxtally.web.token import refuse_forms, signed_in

PATH = "/pbx/cdr"
LATEST = "/pbx/cdr/latest"


def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """The calls that the body asks for. In the address only the token counts (D20)."""
    backend = backend_of(request)
    employee, place = signed_in(request)
    refuse_forms(request, place)
    asker = backend.asker(employee, Action.READ_CALLS)
    query = parse_calls(read_object(body), asker, is_personal=_is_personal(employee))
    refuse_in_address(request)
    return _answer(request, employee, query)


def get(request: Request) -> Response:
    """The calls that the address asks for."""
    backend = backend_of(request)
    employee, _ = signed_in(request)
    asker = backend.asker(employee, Action.READ_CALLS)
    query = parse_calls(address_members(request), asker, is_personal=_is_personal(employee), as_text=True)
    return _answer(request, employee, query)


def _is_personal(employee: Employee) -> bool:
    return employee.access_level is AccessLevel.PERSONAL


def _answer(request: Request, employee: Employee, query: CallsQuery) -> Response:
    backend, headers = backend_of(request), {}
    found = list_calls(backend.store, backend.people, employee, query)
    if query.format is not Format.JSON:
        headers["Content-Disposition"] = call_list_disposition(found)
        write_down_download(request, query.customer, f"cdr as {query.format}", first_and_last_day(query))
    return in_chunks(call_list_chunks(found, backend.now_ms()), query.format, headers)


def latest(request: Request) -> Response:
    """The latest calls of the extension that the address names."""
    backend = backend_of(request)
    employee, _ = signed_in(request)
    require_level(Action.READ_LATEST_CALLS, employee)
    given = parameters(request)
    extension = read_id("extension", given.get("extension", [""])[0])
    refuse_unknown(given, ("extension",))
    found = latest_calls(backend.store, backend.people, employee, extension, backend.now_ms())
    return Response(latest_bytes(found), media_type="application/json")
