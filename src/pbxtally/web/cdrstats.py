"""`POST /pbx/cdrstats`, and the same as GET for programs that can only load an address (D30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Request, Response

from pbxtally.errors import BadRequestError, InvalidFieldError
from pbxtally.fields import Format
from pbxtally.people import Employee
from pbxtally.query import Asker, StatsQuery, parse_query
from pbxtally.renderers import chunks
from pbxtally.renderers.downloads import SUFFIXES, content_disposition
from pbxtally.renderers.request import first_and_last_day
from pbxtally.stats import ask
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.body import read_body, read_object
from pbxtally.web.chunked import in_chunks
from pbxtally.web.directory_requests import write_down_download
from pbxtally.web.token import NAME as TOKEN
from pbxtally.web.token import refuse_forms, signed_in

PATH = "/pbx/cdrstats"
FORMATS = {f".{suffix}": form for form, suffix in SUFFIXES.items()}
"""The endings that an address may have, and the format each means."""

REPEATABLE = frozenset({"employees", "fields"})

Query = TypeVar("Query", covariant=True)


def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Answer the request in the body."""
    return _answer(request, *query_in_body(request, body, parse_query))


def get(request: Request) -> Response:
    """Answer the request in the address."""
    employee, query, members = query_in_address(request, parse_query)
    return _answer(request, employee, replace(query, format=named_format(request, PATH, members, query.format)))


class Parses(Protocol[Query]):
    """Checks the members of a request."""

    def __call__(self, members: Mapping[str, Any], asker: Asker, *, as_text: bool = False) -> Query:
        """What they ask for; `as_text`: as they stand in an address."""
        ...


def query_in_body(request: Request, body: bytes, parse: Parses[Query]) -> tuple[Employee, Query]:
    """Who asks, and for what. In the address only the token is allowed; anything else there is an error (D20)."""
    employee, place = signed_in(request)
    refuse_forms(request, place)
    query = parse(read_object(body), backend_of(request).asker(employee))
    refuse_in_address(request)
    return employee, query


def query_in_address(request: Request, parse: Parses[Query]) -> tuple[Employee, Query, dict[str, Any]]:
    """Who asks, for what, and the members that said so."""
    employee, _ = signed_in(request)
    members = address_members(request)
    return employee, parse(members, backend_of(request).asker(employee), as_text=True), members


def refuse_in_address(request: Request) -> None:
    """Raise 422 if a POST has anything but its token in the address (D20)."""
    for name in request.query_params:
        if name != TOKEN:
            raise InvalidFieldError(name, "Not allowed here - put it in the body, or use GET")


def named_format(request: Request, path: str, members: dict[str, Any], requested: Format) -> Format:
    """The format that the address's ending names, else the one said; 422 if the two differ."""
    named = FORMATS.get(request.url.path.removeprefix(path), requested)
    if "format" in members and named is not requested:
        raise InvalidFieldError("format", f"Invalid format - the path says {named}")
    return named


def address_members(request: Request) -> dict[str, Any]:
    """The query parameters; those that hold arrays may be repeated."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in REPEATABLE:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise BadRequestError("Parameter {name} is given twice", name=name)
        elif name != TOKEN:
            given[name] = value
    return given


def _answer(request: Request, employee: Employee, query: StatsQuery) -> Response:
    backend = backend_of(request)
    headers = complete_until(backend)
    report = ask(backend.store, backend.people, employee, query, backend.language)
    if query.format is not Format.JSON:
        headers["Content-Disposition"] = content_disposition(report)
        what = f"cdrstats as {query.format}"
        write_down_download(request, query.customer, what, first_and_last_day(query))
    return in_chunks(chunks(report, backend.now_ms()), query.format, headers)


def complete_until(backend: Backend) -> dict[str, str]:
    """The header that says how fresh an answer is: it counts everything acknowledged before that moment."""
    if backend.arrivals is None:
        return {}
    until = datetime.fromtimestamp(backend.arrivals.complete_until_ms() / 1000, UTC)
    return {"X-Complete-Until": until.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
