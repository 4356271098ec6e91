"""`/employee/departments`: the departments that a customer's employees are in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally import departments as directory
from pbxtally.web.body import read_body
from pbxtally.web.directory_requests import context_and_members, context_of, json_answer, parameters

LIST = "/employee/departments/list"
RENAME = "/employee/departments/rename"


def list_all(request: Request) -> Response:
    """The departments of a customer, and how many work in each."""
    return json_answer(directory.list_departments(context_of(request), parameters(request)))


def rename(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Give a department another name, for everybody in it."""
    directory.change_department(*context_and_members(request, body))
    return json_answer({"success": True})
