"""`/metrics`: what the server counts about itself, for Prometheus, with a token of its own."""

from __future__ import annotations

import hmac

from fastapi import Request, Response

from pbxtally.errors import CredentialsInvalidError
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.token import Place, find_token

PATH = "/metrics"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def get(request: Request) -> Response:
    """All of it, to holders of the token in the settings; if none is set, to nobody."""
    backend = backend_of(request)
    if backend.metrics is None or not _may_read(request, backend):
        raise CredentialsInvalidError("Unknown token - send the token from the setting metrics_token")
    return Response(backend.metrics(), media_type=MEDIA_TYPE)


def _may_read(request: Request, backend: Backend) -> bool:
    """Whether the token is right; only in a header, since addresses are logged in too many places."""
    found = find_token(request)
    if not backend.metrics_token or found is None or found.place not in (Place.BEARER, Place.BASIC):
        return False
    return hmac.compare_digest(found.token.encode(), backend.metrics_token.encode())
