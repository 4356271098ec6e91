"""`/pbx/extension`: a customer's extensions, who holds them, and numbers with calls that are no extensions yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.directory import extension_requests as directory
from pbxtally.directory.parameters import refuse_unknown
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

PATH = "/pbx/extension"
ONE = "/pbx/extension/{extension_id}"
UNKNOWN = "/pbx/extension/unknown"


def list_all(request: Request) -> Response:
    """The extensions of a customer."""
    return json_answer(directory.list_extensions(context_of(request), parameters(request)))


def list_unknown(request: Request) -> Response:
    """Numbers with calls that the directory does not know."""
    backend = backend_of(request)
    return json_answer(directory.list_unknown(context_of(request), backend.store, backend.people, parameters(request)))


def get(request: Request, extension_id: str) -> Response:
    """One extension, with everybody who held it."""
    who = context_of(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.read_extension(who, extension_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make an extension."""
    who, members = context_and_members(request, body)
    return saved_answer(backend_of(request), directory.create_extension(who, members), is_new=True)


def update(request: Request, extension_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = context_and_members(request, body)
    return saved_answer(backend_of(request), directory.change_extension(who, extension_id, members))


def delete(request: Request, extension_id: str) -> Response:
    """Delete an extension."""
    who = context_for_delete(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.delete_extension(who, extension_id))
