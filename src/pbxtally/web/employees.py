"""`/employee`: the people of a customer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from pbxtally import login
from pbxtally.directory import employee_requests as directory
from pbxtally.directory.parameters import refuse_unknown
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.directory_requests import (
    context_and_members,
    context_for_delete,
    context_of,
    json_answer,
    parameters,
    saved_answer,
)
from pbxtally.web.token import session_in

PATH = "/employee"
ONE = "/employee/{employee_id}"


def list_all(request: Request) -> Response:
    """The employees of a customer."""
    return json_answer(directory.list_employees(context_of(request), parameters(request)))


def get(request: Request, employee_id: str) -> Response:
    """One employee."""
    who = context_of(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.read_employee(who, employee_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make an employee."""
    who, members = context_and_members(request, body)
    return saved_answer(
        backend_of(request), directory.create_employee(who, members, password_hash_of(request, members)), is_new=True
    )


def update(request: Request, employee_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = context_and_members(request, body)
    return saved_answer(
        backend_of(request), directory.change_employee(who, employee_id, members, password_hash_of(request, members))
    )


def password_hash_of(request: Request, members: dict[str, Any]) -> str | None:
    """The hash of the password in a body; only somebody signed in as themselves may set one."""
    if members.get("smsValidation") is True and backend_of(request).sms is None:
        raise InvalidFieldError(
            "smsValidation", "This server does not send SMS codes - leave it out, or set it to false"
        )
    if members.get(directory.PASSWORD) is None:
        return None
    session, _ = session_in(request)
    if session.made_by or session.kind is not login.Kind.SESSION:
        raise AccessDeniedError
    return login.hashed(login.check_password(members[directory.PASSWORD]))


def delete(request: Request, employee_id: str) -> Response:
    """Delete an employee."""
    return json_answer(directory.delete_employee(context_for_delete(request), employee_id, parameters(request)))
