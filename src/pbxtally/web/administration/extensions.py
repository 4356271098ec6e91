"""`/admin-extensions`: a customer's extensions and who holds them; `/admin-extension`: one, and who held it."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastapi import Request, Response

from pbxtally.access import Action, require_level
from pbxtally.directory import extension_requests as directory
from pbxtally.directory.request_context import Done
from pbxtally.errors import PbxTallyError
from pbxtally.intake import derive_changed_numbers
from pbxtally.people import Customer, EmployeeState
from pbxtally.web.administration.employees import customer_of
from pbxtally.web.administration.forms import Body, Choices, Field, Mistake, form_of, members_of
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.administration.paging import asked, part_of
from pbxtally.web.i18n import _

LIST = "/admin-extensions"
NEW = "/admin-extension-new"
PATH = "/admin-extension"
DELETE = "/admin-extension-delete"

LISTED = ("customer", "filter", "offset", "sort")

FIELDS = (
    Field("number", "Number", must=True, hint="As the PBX writes it."),
    Field("name", "Name", hint="Leave empty to use the holder's name."),
    Field("employee", "Held by", "choice", hint="A new holder starts now. Earlier calls stay with the previous one."),
)
NEW_FIELDS = (
    FIELDS[0],
    FIELDS[1],
    Field("employee", "Held by", "choice", hint="Held since the beginning: all its past calls count as theirs."),
)


class Line(NamedTuple):
    """An extension as the list shows it."""

    number: str
    name: str
    holder: str
    since_ms: int
    address: str


def extensions(request: Request) -> Response:
    """The list, by number."""
    frame = frame_of(request)
    given = {"sort": ["number"], **asked(frame, *LISTED)}
    found = directory.list_extensions(frame.context, given)
    customer = customer_of(frame)
    wanted = {name: given[name][0] for name in ("filter",) if name in given}
    return show(
        frame,
        "admin_extensions.html",
        customer,
        lines=_lines(frame, customer, found["extensions"]),
        part=part_of(frame, "admin-extensions", found["offset"], found["total"], wanted),
        filter=wanted.get("filter", ""),
        clock=lambda at_ms: frame.clock(customer, at_ms),
        may_make=frame.may(Action.CREATE_EXTENSION, customer),
    )


def _lines(frame: Frame, customer: Customer, shown: list[dict[str, Any]]) -> list[Line]:
    now_ms = frame.context.now_ms
    since = {one.extension: one.since_ms for one in frame.backend.people.assignments(customer.id) if one.is_at(now_ms)}
    names = frame.backend.people.employee_names(customer.id)
    return [
        Line(
            one["number"],
            one.get("name", ""),
            names.get(one.get("employee", ""), ""),
            since.get(one["_id"], 0),
            frame.address("admin-extension", id=one["_id"]),
        )
        for one in shown
    ]


def one(request: Request) -> Response:
    """An extension to change, and everybody who held it."""
    return _page(frame_of(request))


def _named(frame: Frame) -> str:
    return frame.request.query_params.get("id", "")


def _page(frame: Frame, typed: dict[str, str] | None = None, why: PbxTallyError | None = None) -> Response:
    shown = directory.read_extension(frame.context, _named(frame))
    customer = frame.backend.people.customer(shown["customer"])
    assert customer is not None
    own = frame.backend.people.extension(shown["_id"])
    names = frame.backend.people.employee_names(customer.id)
    is_self = shown.get("employee") == frame.context.employee.id
    may_change = frame.may(Action.CHANGE_EXTENSION, customer, is_self=is_self)
    values = {**shown, "name": own.name if own else None}
    return show(
        frame,
        "admin_extension.html",
        customer,
        why,
        number=shown["number"],
        form=form_of(FIELDS, values, _choices(frame, customer), typed, why) if may_change else None,
        held=[
            (names.get(part.employee or "", ""), part.number, part.since_ms, part.until_ms)
            for part in frame.backend.people.assignments(customer.id)
            if part.extension == shown["_id"]
        ]
        if "assignments" in shown
        else [],
        clock=lambda at_ms: frame.clock(customer, at_ms),
        named=shown["_id"],
    )


def _choices(frame: Frame, customer: Customer) -> dict[str, Choices]:
    """Who can hold an extension; people of the same name are told apart by department or address."""
    found = [one for one in frame.backend.people.employees(customer.id) if one.state is not EmployeeState.DELETED]
    more = {one.id: one.department or one.email_address for one in found}
    people = [(one.id, f"{one.name} ({more[one.id]})" if more[one.id] else one.name) for one in found]
    return {"employee": [("", _("Nobody")), *sorted(people, key=lambda one: one[1].casefold())]}


def change(request: Request, body: Body) -> Response:
    """Change what was changed in the form."""
    frame, typed = sent(request, body)
    try:
        directory.change_extension(frame.context, _named(frame), members_of(FIELDS, typed))
    except Mistake as why:
        return _page(frame, typed, why)
    derive_changed_numbers(frame.backend.store, frame.backend.people)
    return go(frame, "admin-extension", "kept", id=_named(frame))


def new_form(request: Request) -> Response:
    """The form for a new one."""
    return _new(frame_of(request))


def _new(frame: Frame, typed: dict[str, str] | None = None, why: PbxTallyError | None = None) -> Response:
    require_level(Action.CREATE_EXTENSION, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CREATE_EXTENSION, frame.named)
    return show(
        frame,
        "admin_new.html",
        customer,
        why,
        heading="New extension",
        whose=customer.name,
        form=form_of(NEW_FIELDS, {}, _choices(frame, customer), typed, why),
        back=frame.address("admin-extensions"),
    )


@once
def make(request: Request, body: Body) -> Response:
    """Make an extension, and go on to it."""
    frame, typed = sent(request, body)
    try:
        done = made(frame, members_of(NEW_FIELDS, {**typed, "was": ""}))
    except Mistake as why:
        return _new(frame, typed, why)
    return go(frame, "admin-extension", "made", id=done.id)


def made(frame: Frame, members: dict[str, Any]) -> Done:
    """Make an extension of the customer that the address names; its calls are derived again."""
    done = directory.create_extension(frame.context, {**members, "customer": frame.named})
    derive_changed_numbers(frame.backend.store, frame.backend.people)
    return done


@once
def delete(request: Request, body: Body) -> Response:
    """Delete an extension; what happened until now stays with whoever held it."""
    frame, _ = sent(request, body)
    directory.delete_extension(frame.context, _named(frame))
    return go(frame, "admin-extensions", "deleted")
