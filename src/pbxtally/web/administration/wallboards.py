"""`/admin-wallboards`: links for screens on the wall, each for one customer's board only; make and revoke them."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally import audit, login
from pbxtally.access import Action, require_level
from pbxtally.people import Customer
from pbxtally.web.administration.forms import Body
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.i18n import _

PATH = "/admin-wallboards"
MAKE = "/admin-wallboard"
END = "/admin-wallboard-end"


def wallboards(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _customer(frame: Frame) -> Customer:
    """The customer meant: a link shows what its maker may see there, for as long as they may."""
    require_level(Action.SHARE_WALLBOARD, frame.context.employee)
    return frame.context.customer(Action.SHARE_WALLBOARD, frame.named)[0]


def _page(frame: Frame, made: str = "") -> Response:
    customer = _customer(frame)
    return show(
        frame,
        "admin_wallboards.html",
        customer,
        boards=frame.backend.people.board_tokens(customer.id),
        maker=lambda one: _maker(frame, customer, one.employee),
        clock=lambda at_ms: frame.clock(customer, at_ms),
        made=f"{frame.backend.address.rstrip('/')}/wallboard?share={made}" if made else "",
    )


def _maker(frame: Frame, customer: Customer, employee_id: str) -> str:
    """Who made a link; only colleagues see the name of somebody at another company, such as a reseller."""
    found = frame.backend.people.employee(employee_id)
    if found is None or found.customer not in (customer.id, frame.context.employee.customer):
        return _("another company")
    return found.name


@once
def make(request: Request, body: Body) -> Response:
    """Make a link, and show it this once."""
    frame = sent(request, body)[0]
    customer, context = _customer(frame), frame.context
    counts_as = None if frame.session.made_by else frame.session.counts_as
    token = login.make_board_token(frame.backend.people, context.employee, customer.id, context.now_ms, counts_as)
    _write_down(frame, customer, audit.Action.TOKEN_MADE, context.employee.id, token[:11])
    return _page(frame, token)


@once
def end(request: Request, body: Body) -> Response:
    """End a link, whoever made it."""
    frame, typed = sent(request, body)
    customer, people = _customer(frame), frame.backend.people
    boards, prefix = people.board_tokens(customer.id), typed.get("token", "")
    known = login.delete_board_token(people, boards, prefix, frame.context.now_ms)
    _write_down(frame, customer, audit.Action.TOKEN_DELETED, known.employee, prefix)
    return go(frame, "admin-wallboards", "token")


def _write_down(frame: Frame, customer: Customer, action: audit.Action, subject: str, prefix: str) -> None:
    context, detail = frame.context, f"wallboard {prefix}"
    audit.record(
        frame.backend.people, frame.session.actor, customer.id, action, subject, context.address, context.now_ms, detail
    )
