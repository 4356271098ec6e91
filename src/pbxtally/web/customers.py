"""`/customer`: a reseller's customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.directory import customer_desk as desk
from pbxtally.directory.parameters import MANY, refuse_unknown
from pbxtally.web.asking import answer, answer_done, asking, asking_with, parameters
from pbxtally.web.body import read_body
from pbxtally.web.house import house_of

PATH = "/customer"
ONE = "/customer/{customer_id}"
NAME = "/customer/{customer_id}/name"
OVERVIEW = "/customer/{customer_id}/overview"
RESELLERS = "/customer/resellers/list"


def list_all(request: Request) -> Response:
    """The customers one may see."""
    return answer(desk.list_customers(asking(request), parameters(request, MANY)))


def list_resellers(request: Request) -> Response:
    """The resellers one may see."""
    return answer(desk.list_resellers(asking(request), parameters(request)))


def get(request: Request, customer_id: str) -> Response:
    """One customer."""
    who = asking(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.read_customer(who, customer_id))


def get_name(request: Request, customer_id: str) -> Response:
    """One customer's name."""
    who = asking(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.read_customer_name(who, customer_id))


def get_overview(request: Request, customer_id: str) -> Response:
    """What a customer has, in numbers."""
    who = asking(request)
    refuse_unknown(parameters(request), ())
    return answer(desk.read_overview(who, customer_id))


def create(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make a customer."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.create_customer(who, members), is_new=True)


def update(request: Request, customer_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Change what the body names."""
    who, members = asking_with(request, body)
    return answer_done(house_of(request), desk.change_customer(who, customer_id, members))
