"""`/pbx/extension`: a customer's extensions, who holds them, and numbers with calls that are no extensions yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.directory import extension_desk as desk
from pbxtally.directory.parameters import refuse_unknown
from pbxtally.web.asking import answer, answer_done, asking, asking_to_delete, asking_with, parameters
from pbxtally.web.body import read_body
from pbxtally.web.house import house_of

PATH = "/pbx/extension"
ONE = "/pbx/extension/{extension_id}"
UNKNOWN = "/pbx/extension/unknown"


def list_all(request: Request) -> Response:
    """The extensions of a customer."""
    return answer(desk.list_extensions(asking(request), parameters(request)))


def list_unknown(request: Request) -> Response:
    """Numbers with calls that the directory does not know."""
    house = house_of(request)
    return answer(desk.list_unknown(asking(request), house.store, house.people, parameters(request)))


def get(request: Request, extension_id: str) -> Response:
    """One extension, with everybody who held it."""
    who = asking(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.read_extension(who, extension_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make an extension."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.create_extension(who, members), is_new=True)


def update(request: Request, extension_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.change_extension(who, extension_id, members))


def delete(request: Request, extension_id: str) -> Response:
    """Delete an extension."""
    who = asking_to_delete(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.delete_extension(who, extension_id))
