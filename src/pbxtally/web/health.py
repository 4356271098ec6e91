"""`/healthz` says that the process answers, `/readyz` that a question would be, with all that came before counted."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.problems import log_fault, not_ready

NOBODY = "0" * 24

LATE_SECONDS = 60
"""A delivery that waits longer than this to be counted is a sign that something is stuck."""


async def healthz() -> Response:
    """Alive; asks no other part, so that a busy store is no reason for a restart."""
    return Response(b'{"status":"alive"}', media_type="application/json")


def readyz(request: Request) -> Response:
    """Ready if calls and people can be read now, and deliveries are taken in and counted; 503 otherwise."""
    backend = backend_of(request)
    try:
        why = _why_not(backend)
    except Exception as error:
        raise not_ready(f"a query failed; see the log under {log_fault('GET', '/readyz', error)}") from error
    if why:
        raise not_ready(why)
    return Response(b'{"status":"ready"}', media_type="application/json")


def _why_not(backend: Backend) -> str:
    """What stands in the way, or ""."""
    backend.people.customer(NOBODY)
    if not backend.store.is_well():
        return "the store of calls is not well"
    if backend.arrivals is None:
        return ""
    if not backend.arrivals.has_room():
        return "the disk is nearly full, no deliveries are taken"
    late = (backend.now_ms() - backend.arrivals.complete_until_ms()) // 1000
    return f"deliveries have waited {late} seconds to be counted" if late > LATE_SECONDS else ""
