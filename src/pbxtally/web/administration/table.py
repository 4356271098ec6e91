"""`/admin-table`: many people at once, from a spreadsheet or pasted cells: first a preview, then kept."""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally.access import Action, require_level
from pbxtally.directory.cells import rows_in, rows_of_text
from pbxtally.directory.table_import import TableImport, import_table
from pbxtally.errors import BadRequestError, InvalidFieldError, PbxTallyError
from pbxtally.intake import derive_changed_numbers
from pbxtally.web.administration.forms import Body, plain
from pbxtally.web.administration.frame import Frame, frame_of, show
from pbxtally.web.csrf import require_same_origin
from pbxtally.web.upload import fields_of

PATH = "/admin-table"

COUNTED = {"employees": "Employees", "extensions": "Extensions"}


def form(request: Request) -> Response:
    """The empty form."""
    return _page(frame_of(request), "number\temployee\temailAddress\taccessLevel\tdepartment\n")


def _page(
    frame: Frame, text: str, brought: TableImport | None = None, kept: bool = False, why: PbxTallyError | None = None
) -> Response:
    require_level(Action.CREATE_EMPLOYEE, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CREATE_EMPLOYEE, frame.named)
    place = why.word if isinstance(why, InvalidFieldError) and why.word.startswith("line ") else ""
    return show(
        frame,
        "admin_table.html",
        customer,
        why,
        text=text,
        counted=[(word, getattr(brought.receipt, name)) for name, word in COUNTED.items()] if brought else [],
        unread=", ".join(brought.unread) if brought else "",
        kept=kept,
        place=place.partition(":")[0].removeprefix("line "),
        member=place.partition(": ")[2],
        trouble=plain(why) if why else "",
    )


def bring(request: Request, body: Body) -> Response:
    """Say what a table would do, or do it; what was read stays in the form as cells to correct."""
    frame = frame_of(request)
    require_same_origin(request)
    given = fields_of(request, body)
    text = given.get("table", b"").decode("utf-8", "replace").replace("\r\n", "\n").lstrip("\n")
    keep = "keep" in given
    try:
        rows = [list(row) for row in (rows_in(given["file"]) if given.get("file") else rows_of_text(text))]
        if given.get("file"):
            text = "".join("\t".join(_cell(one) for one in row) + "\n" for row in rows)
        brought = import_table(frame.context, frame.named, rows, keep=keep)
    except (InvalidFieldError, BadRequestError) as why:
        return _page(frame, text, why=why)
    if keep:
        derive_changed_numbers(frame.backend.store, frame.backend.people)
    return _page(frame, "" if keep else text, brought, kept=keep)


def _cell(text: str) -> str:
    return " ".join(text.split())
