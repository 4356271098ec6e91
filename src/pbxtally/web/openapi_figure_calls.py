"""The description of the calls behind a figure, generated from the members and columns in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pbxtally.calls import Outcome, Result, Via
from pbxtally.fields import Format
from pbxtally.figure import ALL_MEMBERS, RULES
from pbxtally.measures import REASONS
from pbxtally.renderers.figure_calls import COLUMNS
from pbxtally.renderers.figure_legs import LEG_MEMBERS
from pbxtally.web.cdrstats import FORMATS
from pbxtally.web.figure_calls import PATH
from pbxtally.web.openapi_formats import GET_ERRORS, POST_ERRORS, content, parameters, request_object

Json = dict[str, Any]
Problems = Callable[[tuple[str, ...]], Json]

_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_NUMBER: Json = {"type": "integer", "minimum": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}

_TYPES: dict[str, Json] = {
    "started": _MOMENT,
    "extensionId": _MAYBE,
    "employeeName": _MAYBE,
    "employeeId": _MAYBE,
    "direction": {"type": "string", "enum": ["OUT", "IN"]},
    "local": {"type": "boolean"},
    "outcome": {"type": "string", "enum": [one.name.lower() for one in Outcome]},
    "reason": {"type": "string", "enum": [one.name.lower() for one in REASONS]},
    "ringSeconds": _NUMBER,
    "talkSeconds": _NUMBER,
    "counts": _NUMBER,
    "leftOut": {"anyOf": [{"$ref": "#/components/schemas/LeftOut"}, {"type": "null"}]},
}

_LEG_TYPES: dict[str, Json] = {
    "started": _MOMENT,
    "answered": {"type": ["string", "null"]},
    "ended": _MOMENT,
    "via": {"type": "string", "enum": [one.name.lower() for one in Via]},
    "result": {"type": "string", "enum": [one.name.lower() for one in Result]},
}


def paths(problems: Problems) -> Json:
    """POST, and GET with and without a format at its end."""
    by_suffix = {PATH + suffix: {"get": _get(suffix, problems)} for suffix in ("", *FORMATS)}
    return by_suffix | {PATH: {"post": _post(problems), **by_suffix[PATH]}}


def schemas() -> Json:
    """The request, the answer, a call, a leg, and the rule that left a call out."""
    return {
        "CallsRequest": request_object(ALL_MEMBERS),
        "OpenedFigure": _object(
            {
                "measure": _MAYBE,
                "sentence": _MAYBE,
                "interval": _MAYBE,
                "figure": {"type": ["integer", "null"], "description": "What the answer says; null without a measure."},
                "total": {**_NUMBER, "description": "How many calls are behind it."},
                "leftOut": {**_NUMBER, "description": "With near: how many a rule left out."},
                "offset": _NUMBER,
                "limit": {"type": ["integer", "null"]},
                "calls": {"type": "array", "items": {"$ref": "#/components/schemas/OpenedCall"}},
            }
        ),
        "OpenedCall": _object(
            {name: {**_TYPES.get(name, _TEXT), "description": sentence} for name, sentence in COLUMNS.items()}
            | {"legs": {"type": "array", "items": {"$ref": "#/components/schemas/OpenedLeg"}}}
        ),
        "OpenedLeg": _object(
            {name: {**_LEG_TYPES.get(name, _TEXT), "description": sentence} for name, sentence in LEG_MEMBERS.items()}
        ),
        "LeftOut": _object(
            {
                "rule": {"type": "string", "enum": [one.value for one in RULES]},
                "number": {"type": "string", "enum": [number for number, _ in RULES.values()]},
                "sentence": _TEXT,
            }
        ),
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _post(problems: Problems) -> Json:
    example = {"from": "2020-12-01", "to": "2020-12-01", "interval": "1", "measure": "inboundCalls", "near": True}
    schema = {"$ref": "#/components/schemas/CallsRequest"}
    return {
        "tags": ["Statistics"],
        "operationId": "postCdrstatsCalls",
        "summary": "The calls behind a figure",
        "description": "The members of the statistics request, and which figure of its answer is meant. There are as "
        "many calls as the figure says; of a figure of seconds, `counts` adds up to it.",
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": schema, "examples": {"a day": {"value": example}}}},
        },
        "responses": {"200": _answer(tuple(Format)), **problems(POST_ERRORS)},
    }


def _get(suffix: str, problems: Problems) -> Json:
    form = FORMATS.get(suffix)
    return {
        "tags": ["Statistics"],
        "operationId": f"getCdrstatsCalls{form.title() if form else ''}",
        "summary": f"The same list{f' as {form}' if form else ''}, for programs that can only load an address",
        "parameters": parameters(ALL_MEMBERS, form),
        "responses": {"200": _answer((form,) if form else tuple(Format)), **problems(GET_ERRORS)},
    }


def _answer(forms: tuple[Format, ...]) -> Json:
    return {
        "description": "The figure, and the calls behind it by start. In CSV and PARQUET `lines` says what a "
        "line is; EXCEL has a sheet of calls and one of their legs.",
        "content": content(forms, {"schema": {"$ref": "#/components/schemas/OpenedFigure"}}),
    }
