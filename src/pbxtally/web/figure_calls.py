"""`POST /pbx/cdrstats/calls`: the calls behind a figure, and the same as GET (D29, D30)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.drill import open_figure
from pbxtally.fields import Format
from pbxtally.figure import FigureQuery, parse_figure
from pbxtally.people import Employee
from pbxtally.renderers.figure_calls import figure_calls_chunks, figure_calls_disposition
from pbxtally.renderers.request import first_and_last_day
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.cdrstats import named_format, query_in_address, query_in_body
from pbxtally.web.chunked import in_chunks
from pbxtally.web.directory_requests import write_down_download

PATH = "/pbx/cdrstats/calls"


def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Answer the request in the body."""
    return _answer(request, *query_in_body(request, body, parse_figure))


def get(request: Request) -> Response:
    """Answer the request in the address."""
    employee, query, members = query_in_address(request, parse_figure)
    form = named_format(request, PATH, members, query.stats.format)
    return _answer(request, employee, replace(query, stats=replace(query.stats, format=form)))


def _answer(request: Request, employee: Employee, query: FigureQuery) -> Response:
    backend = backend_of(request)
    figure_calls = open_figure(backend.store, backend.people, employee, query)
    form = query.stats.format
    headers = {}
    if form is not Format.JSON:
        headers["Content-Disposition"] = figure_calls_disposition(figure_calls)
        write_down_download(request, query.stats.customer, f"calls as {form}", first_and_last_day(query.stats))
    return in_chunks(figure_calls_chunks(figure_calls, backend.now_ms()), form, headers)
