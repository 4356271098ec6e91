"""`/employee`: the people of a customer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from pbxtally import login
from pbxtally.directory import employee_desk as desk
from pbxtally.directory.parameters import refuse_unknown
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.web.asking import answer, answer_done, asking, asking_to_delete, asking_with, parameters
from pbxtally.web.body import read_body
from pbxtally.web.house import house_of
from pbxtally.web.token import session_in

PATH = "/employee"
ONE = "/employee/{employee_id}"


def list_all(request: Request) -> Response:
    """The employees of a customer."""
    return answer(desk.list_employees(asking(request), parameters(request)))


def get(request: Request, employee_id: str) -> Response:
    """One employee."""
    who = asking(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.read_employee(who, employee_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make an employee."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.create_employee(who, members, checked(request, members)), is_new=True)


def update(request: Request, employee_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.change_employee(who, employee_id, members, checked(request, members)))


def checked(request: Request, members: dict[str, Any]) -> str | None:
    """The hash of the password in a body; only somebody signed in as themselves may set one."""
    if members.get("smsValidation") is True and house_of(request).sms is None:
        raise InvalidFieldError(
            "smsValidation", "This server does not send SMS codes - leave it out, or set it to false"
        )
    if members.get(desk.PASSWORD) is None:
        return None
    session, _ = session_in(request)
    if session.made_by or session.kind is not login.Kind.SESSION:
        raise AccessDeniedError
    return login.hashed(login.check_password(members[desk.PASSWORD]))


def delete(request: Request, employee_id: str) -> Response:
    """Delete an employee."""
    return answer(desk.delete_employee(asking_to_delete(request), employee_id, parameters(request)))
