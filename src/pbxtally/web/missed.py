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
from pbxtally.web.asking import write_down_download
from pbxtally.web.body import read_body, read_object
from pbxtally.web.cdrstats import address_members, named_format, refuse_in_address
from pbxtally.web.chunked import in_chunks
from pbxtally.web.house import house_of
from pbxtally.web.token import refuse_forms, signed_in

PATH = "/pbx/cdrstats/missed"


def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Answer the request in the body. In the address only the token counts; anything else there is an error (D20)."""
    house = house_of(request)
    employee, place = signed_in(request)
    refuse_forms(request, place)
    query = parse_missed(read_object(body), house.asker(employee))
    refuse_in_address(request)
    return _answer(request, employee, query)


def get(request: Request) -> Response:
    """Answer the request in the address."""
    house = house_of(request)
    employee, _ = signed_in(request)
    members = address_members(request)
    query = parse_missed(members, house.asker(employee), as_text=True)
    form = named_format(request, PATH, members, query.stats.format)
    return _answer(request, employee, replace(query, stats=replace(query.stats, format=form)))


def _answer(request: Request, employee: Employee, query: MissedListQuery) -> Response:
    house = house_of(request)
    now_ms, form = house.now_ms(), query.stats.format
    found = missed_calls(house.store, house.people, employee, query.stats, now_ms).listed(query)
    headers = {}
    if form is not Format.JSON:
        headers["Content-Disposition"] = missed_disposition(found)
        write_down_download(request, query.stats.customer, f"missed calls as {form}", first_and_last_day(query.stats))
    return in_chunks(missed_chunks(found, now_ms), form, headers)
