"""`POST /pbx/cdrstats/missed`: missed calls and whether anybody got back to the caller, and the same as GET (D30)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.fields import Format
from pbxtally.missed_calls import missed_calls
from pbxtally.missed_list import MissedListQuery, parse_missed
from pbxtally.people import Employee
from pbxtally.renderers.missed_list import missed_chunks, missed_disposition
from pbxtally.renderers.request import first_and_last_day
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.cdrstats import named_format, query_in_address, query_in_body
from pbxtally.web.chunked import in_chunks
from pbxtally.web.directory_requests import write_down_download

PATH = "/pbx/cdrstats/missed"


def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Answer the request in the body."""
    return _answer(request, *query_in_body(request, body, parse_missed))


def get(request: Request) -> Response:
    """Answer the request in the address."""
    employee, query, members = query_in_address(request, parse_missed)
    form = named_format(request, PATH, members, query.stats.format)
    return _answer(request, employee, replace(query, stats=replace(query.stats, format=form)))


def _answer(request: Request, employee: Employee, query: MissedListQuery) -> Response:
    backend = backend_of(request)
    now_ms, form = backend.now_ms(), query.stats.format
    found = missed_calls(backend.store, backend.people, employee, query.stats, now_ms).listed(query)
    headers = {}
    if form is not Format.JSON:
        headers["Content-Disposition"] = missed_disposition(found)
        write_down_download(request, query.stats.customer, f"missed calls as {form}", first_and_last_day(query.stats))
    return in_chunks(missed_chunks(found, now_ms), form, headers)
