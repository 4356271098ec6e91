"""Forms of the administration that are carried out once however often they are sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from fastapi import Request, Response

from pbxtally.web.administration.forms import Body
from pbxtally.web.administration.frame import sent
from pbxtally.web.form_answers import answer_once

More = ParamSpec("More")


def once(handler: Callable[Concatenate[Request, Body, More], Response]) -> Callable[..., Response]:
    """The handler of a form, which carries it out once however often it is sent."""

    @wraps(handler)
    def answered(request: Request, body: Body, *more: More.args, **named: More.kwargs) -> Response:
        frame, typed = sent(request, body)
        who = frame.session.employee.id
        return answer_once(request, who, typed, body, lambda: handler(request, body, *more, **named))

    return answered
