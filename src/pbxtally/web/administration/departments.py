"""`/admin-departments`: a customer's departments, to rename each for everybody in it at once."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally import departments as directory
from pbxtally.errors import PbxTallyError
from pbxtally.web.administration.forms import Body, Mistake, plain
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once

PATH = "/admin-departments"
RENAME = "/admin-department"


def departments(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _page(frame: Frame, typed: dict[str, str] | None = None, why: PbxTallyError | None = None) -> Response:
    customer, found = directory.departments_of(frame.context, frame.named)
    return show(
        frame,
        "admin_departments.html",
        customer,
        why,
        departments=found,
        typed={"department": "", "name": "", **(typed or {})},
        trouble=plain(why) if why else "",
        may_join=why is not None and why.word == directory.TOGETHER,
    )


@once
def rename(request: Request, body: Body) -> Response:
    """Give a department another name, or merge it into another."""
    frame, typed = sent(request, body)
    told = {"department": typed.get("department", ""), "name": typed.get("name", ""), "customer": frame.named}
    try:
        directory.change_department(frame.context, {**told, directory.TOGETHER: directory.TOGETHER in typed})
    except Mistake as why:
        return _page(frame, typed, why)
    return go(frame, "admin-departments", "renamed")
