"""`/docs`: the API description for people, in Swagger UI from files of our own, without any outside request."""

from __future__ import annotations

import msgspec
from fastapi import Request, Response

from pbxtally.web.pages import page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI has its icons inside its style, and sends us the requests tried out; it needs no more."""


def docs() -> Response:
    """The page; it reads what it shows from `/openapi.json`."""
    return page("docs.html", policy=POLICY)


def openapi_json(request: Request) -> Response:
    """The description for programs."""
    return Response(msgspec.json.encode(request.app.openapi()), media_type="application/json")
