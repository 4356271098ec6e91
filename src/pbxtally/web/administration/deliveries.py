"""`/admin-deliveries`: how a customer's records come in, what was rejected and why, numbers nobody has entered, keys.

A rejected record is shown by its beginning, as text; reading records again changes only what can be used by now.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fastapi import Request, Response

from pbxtally import audit
from pbxtally.access import Action, require_level
from pbxtally.directory.extension_requests import create_from_calls, list_unknown
from pbxtally.errors import InvalidFieldError, NotFoundError, PbxTallyError, SourceError, UnknownError
from pbxtally.intake import derive_changed_numbers
from pbxtally.login.intake_keys import make_intake_key, revoke_intake_key
from pbxtally.people import Customer
from pbxtally.reader import parse_moment
from pbxtally.records import Rejection
from pbxtally.retrying import Retried, Retrying
from pbxtally.web.administration.forms import Body, Field, form_of, plain
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.administration.paging import offset_in, part_of
from pbxtally.web.administration.switch_states import SwitchState, switch_states
from pbxtally.web.i18n import ago

PATH = "/admin-deliveries"
RETRY = "/admin-retry"
ADOPT = "/admin-adopt"
KEY = "/admin-key"
KEY_END = "/admin-key-end"

SHOWN_CHARACTERS = 400
SHOWN_UNKNOWN = 100
PAGE_REJECTED = 50
MANY_RETRIED = 20_000

KEY_FIELDS = (
    Field("source", "Record format", "choice", must=True),
    Field("ip", "Can be used from", hint="IP addresses or networks, separated by commas. Leave empty for any."),
)


class Line(NamedTuple):
    """A rejected record as it is shown."""

    at_ms: int
    source: str
    place: str
    reason: str
    raw: str


def deliveries(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _customer(frame: Frame, action: Action) -> Customer:
    require_level(action, frame.context.employee)
    return frame.context.customer(action, frame.named)[0]


def _page(
    frame: Frame,
    part: str = "",
    typed: dict[str, str] | None = None,
    why: PbxTallyError | None = None,
    **more: Any,
) -> Response:
    customer = _customer(frame, Action.READ_INTAKE)
    backend, now_ms = frame.backend, frame.context.now_ms
    offset = offset_in(frame)
    total, rejected = backend.store.rejections_of(customer.id, offset, PAGE_REJECTED)
    unknown = list_unknown(
        frame.context, backend.store, backend.people, {"customer": [customer.id], "limit": [str(SHOWN_UNKNOWN)]}
    )
    named = [(one, one) for one in backend.sources]
    return show(
        frame,
        "admin_deliveries.html",
        customer,
        why,
        sources=[one for one in backend.store.sources_kept([customer.id]) if one.is_there],
        switches=_switches(frame, customer),
        ago=lambda at_ms: ago(now_ms - at_ms),
        clock=lambda at_ms: frame.clock(customer, at_ms),
        rejected=[_line(one) for one in rejected],
        part=part_of(frame, "admin-deliveries", offset, total, size=PAGE_REJECTED),
        unknown=unknown["extensions"],
        unknown_total=unknown["total"],
        at_ms=lambda iso: parse_moment(iso, backend.timezone)[0],
        keys=[one for one in backend.people.intake_keys(customer.id) if one.revoked_ms is None],
        may_change=frame.may(Action.CHANGE_INTAKE, customer),
        may_adopt=frame.may(Action.CREATE_EXTENSION, customer),
        key=form_of(KEY_FIELDS, {}, {"source": named}, *((typed, why) if part == "key" else ())),
        trouble=plain(why) if why and part != "key" else "",
        **{"made_key": "", "retried": None, **more},
    )


def _switches(frame: Frame, customer: Customer) -> list[SwitchState]:
    """The hosted switches, for whoever runs this server, on the page of their own customer."""
    is_own = customer.id == frame.context.employee.customer
    return switch_states(frame.backend) if is_own and frame.may(Action.KEEP_SWITCHES, customer) else []


def _line(one: Rejection) -> Line:
    text = one.raw[: SHOWN_CHARACTERS * 4].decode("utf-8", "replace").rstrip()
    shown = "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text[:SHOWN_CHARACTERS])
    more = "…" if len(text) > SHOWN_CHARACTERS or len(one.raw) > SHOWN_CHARACTERS * 4 else ""
    return Line(one.at_ms, one.source, f"{one.file}:{one.line}", one.reason, shown + more)


def retry(request: Request, body: Body) -> Response:
    """Read a customer's rejected records again, the newest ones of one source, or of all."""
    frame, typed = sent(request, body)
    customer = _customer(frame, Action.CHANGE_INTAKE)
    backend, retried = frame.backend, Retried()
    wanted = [
        one
        for one in backend.store.rejections_of(customer.id, 0, MANY_RETRIED)[1]
        if typed.get("source", "") in ("", one.source)
    ]
    retrying = Retrying(backend.store, backend.people, backend.sources, backend.timezone, frame.context.now_ms)
    try:
        retrying.retry(wanted, retried)
    except SourceError as why:
        return _page(frame, "retry", typed, why)
    _write_down(frame, customer, audit.Action.CHANGED, f"{retried.tried} rejected records were read again")
    return _page(frame, retried=retried)


@once
def adopt_number(request: Request, body: Body) -> Response:
    """Make an extension of a number that occurs in calls; with a name, also an employee of that name who holds it."""
    frame, typed = sent(request, body)
    try:
        create_from_calls(frame.context, frame.named, typed.get("number", ""), typed.get("name", "").strip())
    except InvalidFieldError as why:
        return _page(frame, "adopt", typed, why)
    derive_changed_numbers(frame.backend.store, frame.backend.people)
    return go(frame, "admin-deliveries", "adopted")


@once
def make_key(request: Request, body: Body) -> Response:
    """Make an intake key, and show it this once."""
    frame, typed = sent(request, body)
    customer = _customer(frame, Action.CHANGE_INTAKE)
    source, ip_range = typed.get("source", ""), typed.get("ip", "").strip() or None
    try:
        if source not in frame.backend.sources:
            raise InvalidFieldError("source", "Choose the format that the PBX writes")
        key = make_intake_key(frame.backend.people, customer.id, source, frame.context.now_ms, ip_range)
    except InvalidFieldError as why:
        return _page(frame, "key", typed, why)
    _write_down(frame, customer, audit.Action.CREATED, f"intake key {key[:11]}, {source}")
    return _page(frame, made_key=key, made_source=source)


@once
def end_key(request: Request, body: Body) -> Response:
    """End an intake key."""
    frame, typed = sent(request, body)
    customer = _customer(frame, Action.CHANGE_INTAKE)
    people = frame.backend.people
    try:
        named = typed.get("key", "")
        prefix = revoke_intake_key(people, people.intake_keys(customer.id), named, frame.context.now_ms)
    except NotFoundError:
        raise UnknownError("key") from None
    _write_down(frame, customer, audit.Action.DELETED, f"intake key {prefix}")
    return go(frame, "admin-deliveries", "key")


def _write_down(frame: Frame, customer: Customer, action: audit.Action, detail: str) -> None:
    context = frame.context
    audit.record(
        frame.backend.people, frame.session.actor, customer.id, action, None, context.address, context.now_ms, detail
    )
