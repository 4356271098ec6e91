"""`/healthz` says that the process answers, `/readyz` that a question would be answered."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally.web.house import House, house_of
from pbxtally.web.problems import log_fault, not_ready

NOBODY = "0" * 24


async def healthz() -> Response:
    """Alive; asks nothing of anybody, so that a busy store is no reason for a restart."""
    return Response(b'{"status":"alive"}', media_type="application/json")


def readyz(request: Request) -> Response:
    """Ready, if the calls and the people can be read now; 503 otherwise."""
    try:
        is_ready = _can_read(house_of(request))
    except Exception as error:
        raise not_ready(f"a query failed; the log says more under {log_fault('GET', '/readyz', error)}") from error
    if not is_ready:
        raise not_ready("the store of calls is not well")
    return Response(b'{"status":"ready"}', media_type="application/json")


def _can_read(house: House) -> bool:
    house.people.customer(NOBODY)
    return house.store.is_well()
