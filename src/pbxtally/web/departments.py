"""`/employee/departments`: the departments that a customer's employees are in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally import departments as desk
from pbxtally.web.asking import answer, asking, asking_with, parameters
from pbxtally.web.body import read_body

LIST = "/employee/departments/list"
RENAME = "/employee/departments/rename"


def list_all(request: Request) -> Response:
    """The departments of a customer, and how many work in each."""
    return answer(desk.list_departments(asking(request), parameters(request)))


def rename(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Give a department another name, for everybody in it."""
    desk.change_department(*asking_with(request, body))
    return answer({"success": True})
