"""`/admin-switches`: the operator's hosted switches, and words in their records that mean no customer yet."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from pbxtally import audit
from pbxtally.access import Action, require_level
from pbxtally.errors import InvalidFieldError, PbxTallyError, SourceError
from pbxtally.hosting import place_of
from pbxtally.people import Customer, CustomerState
from pbxtally.plurals import quantity
from pbxtally.retrying import Retried, Retrying
from pbxtally.tenants import Tenants
from pbxtally.web.administration.forms import Body, plain
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show

PATH = "/admin-switches"
MAP = "/admin-switch-map"
RETRY = "/admin-switch-retry"

SHOWN_WORDS = 200


def switches(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _operator(frame: Frame) -> Customer:
    """The own customer of whoever runs this server."""
    require_level(Action.KEEP_SWITCHES, frame.context.employee)
    return frame.context.customer(Action.KEEP_SWITCHES, frame.named)[0]


def _tenants(frame: Frame) -> Tenants:
    backend = frame.backend
    return Tenants(
        backend.store,
        backend.people,
        backend.sources,
        backend.timezone,
        frame.context.now_ms,
        "on a page",
        frame.session.actor,
    )


def _page(
    frame: Frame, typed: dict[str, str] | None = None, why: PbxTallyError | None = None, retried: Any = None
) -> Response:
    customer = _operator(frame)
    tenants, people = _tenants(frame), frame.backend.people
    found = [(one, tenants.unknown(one.name), len(people.tenants(one.name))) for one in people.pbxs()]
    return show(
        frame,
        "admin_switches.html",
        customer,
        why,
        switches=[(one, words[:SHOWN_WORDS], len(words), mapped) for one, words, mapped in found],
        customers=sorted(
            (one.name for one in people.customers() if one.state is not CustomerState.DELETED), key=str.casefold
        ),
        names={one.id: one.name for one in people.customers()},
        clock=lambda at_ms: frame.clock(customer, at_ms),
        typed={"word": "", "customer": "", **(typed or {})},
        trouble=plain(why) if why else "",
        retried=retried,
    )


def map_word(request: Request, body: Body) -> Response:
    """Say which customer the records with a word belong to."""
    frame, typed = sent(request, body)
    _operator(frame)
    try:
        named = _customer(frame, typed.get("customer", "").strip())
        _tenants(frame).map(typed.get("pbx", ""), typed.get("word", ""), named)
    except InvalidFieldError as why:
        return _page(frame, typed, why)
    return go(frame, "admin-switches", "mapped")


def _customer(frame: Frame, text: str) -> Customer:
    """The customer of that name or id."""
    found = [one for one in frame.backend.people.customers() if text in (one.id, one.name)]
    if len(found) != 1:
        raise InvalidFieldError(
            "customer", "Several customers have this name" if found else "No customer has this name"
        )
    return found[0]


def retry(request: Request, body: Body) -> Response:
    """Read a switch's rejected records again."""
    frame, typed = sent(request, body)
    customer = _operator(frame)
    backend, retried, name = frame.backend, Retried(), typed.get("pbx", "")
    wanted = backend.store.rejections(place_of(name))
    try:
        Retrying(backend.store, backend.people, backend.sources, backend.timezone, frame.context.now_ms).retry(
            wanted, retried
        )
    except SourceError as why:
        return _page(frame, typed, why)
    context = frame.context
    records = quantity(retried.tried, f"rejected record of PBX {name} was", f"rejected records of PBX {name} were")
    detail = f"{records} read again"
    action, actor = audit.Action.CHANGED, frame.session.actor
    audit.record(backend.people, actor, customer.id, action, None, context.address, context.now_ms, detail)
    return _page(frame, retried=retried)
