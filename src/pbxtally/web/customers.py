"""`/customer`: a reseller's customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.directory import customer_requests as directory
from pbxtally.directory.parameters import MANY, refuse_unknown
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.directory_requests import context_and_members, context_of, json_answer, parameters, saved_answer

PATH = "/customer"
ONE = "/customer/{customer_id}"
NAME = "/customer/{customer_id}/name"
OVERVIEW = "/customer/{customer_id}/overview"
RESELLERS = "/customer/resellers/list"


def list_all(request: Request) -> Response:
    """The customers one may see."""
    return json_answer(directory.list_customers(context_of(request), parameters(request, MANY)))


def list_resellers(request: Request) -> Response:
    """The resellers one may see."""
    return json_answer(directory.list_resellers(context_of(request), parameters(request)))


def get(request: Request, customer_id: str) -> Response:
    """One customer."""
    who = context_of(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.read_customer(who, customer_id))


def get_name(request: Request, customer_id: str) -> Response:
    """One customer's name."""
    who = context_of(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.read_customer_name(who, customer_id))


def get_overview(request: Request, customer_id: str) -> Response:
    """What a customer has, in numbers."""
    who = context_of(request)
    refuse_unknown(parameters(request), ())
    return json_answer(directory.read_overview(who, customer_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make a customer."""
    who, members = context_and_members(request, body)
    return saved_answer(backend_of(request), directory.create_customer(who, members), is_new=True)


def update(request: Request, customer_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = context_and_members(request, body)
    return saved_answer(backend_of(request), directory.change_customer(who, customer_id, members))
