"""`/admin-wallboards`: links for screens on the wall, each of one customer and for nothing else; made and revoked."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally import audit, login
from pbxtally.access import Action, require_level
from pbxtally.people import Customer
from pbxtally.web.administration.forms import Body
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show

PATH = "/admin-wallboards"
MAKE = "/admin-wallboard"
END = "/admin-wallboard-end"


def wallboards(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _customer(frame: Frame) -> Customer:
    """The own customer: a link shows what its maker may see there, and ends with them."""
    require_level(Action.SHARE_WALLBOARD, frame.asking.employee)
    return frame.asking.customer(Action.SHARE_WALLBOARD, frame.named)[0]


def _page(frame: Frame, made: str = "") -> Response:
    customer = _customer(frame)
    return show(
        frame,
        "admin_wallboards.html",
        customer,
        boards=frame.house.people.board_tokens(customer.id),
        names=frame.house.people.employee_names(customer.id),
        clock=lambda at_ms: frame.clock(customer, at_ms),
        made=f"{frame.house.address.rstrip('/')}/wallboard?share={made}" if made else "",
    )


def make(request: Request, body: Body) -> Response:
    """Make a link, and show it this once."""
    frame, _ = sent(request, body)
    customer, asking = _customer(frame), frame.asking
    token = login.make_board_token(frame.house.people, asking.employee, asking.now_ms)
    _write_down(frame, customer, audit.Action.TOKEN_MADE, asking.employee.id, token[:11])
    return _page(frame, token)


def end(request: Request, body: Body) -> Response:
    """End a link, whoever made it."""
    frame, typed = sent(request, body)
    customer, people = _customer(frame), frame.house.people
    boards, prefix = people.board_tokens(customer.id), typed.get("token", "")
    known = login.delete_board_token(people, boards, prefix, frame.asking.now_ms)
    _write_down(frame, customer, audit.Action.TOKEN_DELETED, known.employee, prefix)
    return go(frame, "admin-wallboards", "token")


def _write_down(frame: Frame, customer: Customer, action: audit.Action, subject: str, prefix: str) -> None:
    asking, detail = frame.asking, f"wallboard {prefix}"
    audit.record(
        frame.house.people, frame.session.actor, customer.id, action, subject, asking.address, asking.now_ms, detail
    )
