"""The description of the lists of missed calls, generated from the members in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pbxtally.fields import Format
from pbxtally.missed import RULE, Sequel
from pbxtally.missed_list import ALL_MEMBERS
from pbxtally.renderers.missed_list import HOLDER_MEMBERS, MEMBERS
from pbxtally.web.cdrstats import FORMATS
from pbxtally.web.missed import PATH
from pbxtally.web.openapi_formats import GET_ERRORS, POST_ERRORS, content, parameters, request_object, whole_object

Json = dict[str, Any]
Problems = Callable[[tuple[str, ...]], Json]

_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "minimum": 0}
_HOLDER: Json = {"$ref": "#/components/schemas/MissedParty"}

_TYPES: dict[str, Json] = {
    "started": {"type": "string", "format": "date-time"},
    "missedBy": {"type": "array", "items": _HOLDER, "minItems": 1},
    "sequel": {"type": "string", "enum": list(Sequel)},
    "returned": {"type": "boolean"},
    "followed": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    "followedBy": {"anyOf": [_HOLDER, {"type": "null"}]},
}


def paths(problems: Problems) -> Json:
    """POST, and GET with and without a format at its end."""
    by_suffix = {PATH + suffix: {"get": _get(suffix, problems)} for suffix in ("", *FORMATS)}
    return by_suffix | {PATH: {"post": _post(problems), **by_suffix[PATH]}}


def schemas() -> Json:
    """The request, the answer, a call, and who of the customer missed it or got back."""
    called: Json = {name: {**_TYPES.get(name, _TEXT), "description": sentence} for name, sentence in MEMBERS.items()}
    return {
        "MissedRequest": request_object(ALL_MEMBERS),
        "MissedList": whole_object(
            {
                "missed": {**_NUMBER, "description": "How many calls were missed."},
                "returned": {**_NUMBER, "description": "How many of those are returned."},
                "total": {**_NUMBER, "description": "How many of them are asked for."},
                "offset": _NUMBER,
                "limit": {"type": ["integer", "null"]},
                "calls": {"type": "array", "items": {"$ref": "#/components/schemas/MissedCall"}},
            }
        ),
        "MissedCall": whole_object(called),
        "MissedParty": whole_object(
            {
                name: {"type": "string" if name == "extensionNumber" else ["string", "null"], "description": sentence}
                for name, sentence in HOLDER_MEMBERS.items()
            }
        ),
    }


def _post(problems: Problems) -> Json:
    example = {"from": "2020-12-01", "to": "2020-12-07", "returned": False}
    schema = {"$ref": "#/components/schemas/MissedRequest"}
    return {
        "tags": ["Statistics"],
        "operationId": "postCdrstatsMissed",
        "summary": "Missed calls, and whether anybody got back to the caller",
        "description": f"The members of the statistics request, and which of its missed calls are meant. {RULE}",
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": schema, "examples": {"who still waits": {"value": example}}}},
        },
        "responses": {"200": _answer(tuple(Format)), **problems(POST_ERRORS)},
    }


def _get(suffix: str, problems: Problems) -> Json:
    form = FORMATS.get(suffix)
    return {
        "tags": ["Statistics"],
        "operationId": f"getCdrstatsMissed{form.title() if form else ''}",
        "summary": f"The same list{f' as {form}' if form else ''}, for programs that can only load an address",
        "parameters": parameters(ALL_MEMBERS, form),
        "responses": {"200": _answer((form,) if form else tuple(Format)), **problems(GET_ERRORS)},
    }


def _answer(forms: tuple[Format, ...]) -> Json:
    return {
        "description": "How many there are, and the calls, the newest first. All but JSON have a line for each call.",
        "content": content(forms, {"schema": {"$ref": "#/components/schemas/MissedList"}}),
    }
