"""The description of the lists of calls, generated from the members in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pbxtally.call_list import LATEST
from pbxtally.call_query import CALL_MEMBERS, FAILURES, TerminatedBy, TerminatedReason
from pbxtally.call_summary import ENDS, PartyType
from pbxtally.fields import Format
from pbxtally.renderers.call_list import MEMBERS, PARTY_MEMBERS
from pbxtally.web import cdr
from pbxtally.web.openapi_formats import GET_ERRORS, POST_ERRORS, content, request_object, whole_object

Json = dict[str, Any]
Problems = Callable[[tuple[str, ...]], Json]

_LATEST_ERRORS = ("400", "401", "403", "404", "422", "500", "503")

_TEXT: Json = {"type": "string"}
_ID: Json = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
_NUMBER: Json = {"type": "integer", "minimum": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_PARTY: Json = {"$ref": "#/components/schemas/CallParty"}
_ANSWERED_WORDS = [one.value for one in TerminatedReason if one in FAILURES | {end for end, _ in ENDS.values()}]

_TYPES: dict[str, Json] = {
    "_id": _ID,
    **dict.fromkeys(("started", "answered", "ended"), _MOMENT),
    "answeredByCallee": {"type": "boolean"},
    "caller": _PARTY,
    "callee": _PARTY,
    "customer": _ID,
    "terminatedBy": {"type": "string", "enum": list(TerminatedBy.__members__)},
    "terminatedReason": {"type": "string", "enum": _ANSWERED_WORDS},
    "recorded": {"type": "boolean"},
}
_PARTY_TYPES: dict[str, Json] = {
    **dict.fromkeys(("number", "name", "divertedBy"), _TEXT),
    "type": {"type": "string", "enum": list(PartyType.__members__)},
    "extension": _ID,
}
_MAY_BE_MISSING = {"answered", "terminatedBy", "recorded"}


def paths(problems: Problems) -> Json:
    """The list, asked for in the body or in the address, and the latest calls."""
    return {cdr.PATH: {"post": _post(problems), "get": _get(problems)}, cdr.LATEST: {"get": _latest(problems)}}


def schemas() -> Json:
    """The request, the answers, a call, and either side of it."""
    calls = {"type": "array", "items": {"$ref": "#/components/schemas/Call"}}
    few = {**calls, "maxItems": LATEST}
    page = {"offset": _NUMBER, "limit": _NUMBER, "total": {**_NUMBER, "description": "How many there are in all."}}
    return {
        "CallListRequest": request_object(CALL_MEMBERS),
        "CallList": whole_object({**page, "cdr": calls}),
        "LatestCalls": whole_object(
            {
                "outbound": {**few, "description": "Calls that the extension made."},
                "inbound": {**few, "description": "Calls that it took."},
                "missed": {**few, "description": "Calls for it that it did not take."},
            }
        ),
        "Call": {
            **whole_object({name: _said(_TYPES[name], sentence) for name, sentence in MEMBERS.items()}),
            "required": [name for name in MEMBERS if name not in _MAY_BE_MISSING],
        },
        "CallParty": {
            **whole_object({name: _said(_PARTY_TYPES[name], sentence) for name, sentence in PARTY_MEMBERS.items()}),
            "required": ["type"],
        },
    }


def _said(schema: Json, sentence: str) -> Json:
    return {**schema, "description": sentence}


def _post(problems: Problems) -> Json:
    example = {"from": "2020-12-01", "extension": "101", "direction": "IN", "terminatedReason": "CANCEL"}
    schema = {"$ref": "#/components/schemas/CallListRequest"}
    return {
        "tags": ["Calls"],
        "operationId": "postCdr",
        "summary": "A list of calls",
        "description": "Each call once, all its legs in one, by start. Who is of level PERSONAL gets the calls they "
        "made or received.",
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": schema, "examples": {"misses": {"value": example}}}},
        },
        "responses": {"200": _answer(), **problems(POST_ERRORS)},
    }


def _get(problems: Problems) -> Json:
    return {
        "tags": ["Calls"],
        "operationId": "getCdr",
        "summary": "The same list, for programs that can only load an address",
        "parameters": [
            {"name": name, "in": "query", "description": one.sentence, "required": False, "schema": one.schema}
            for name, one in CALL_MEMBERS.items()
        ],
        "responses": {"200": _answer(), **problems(GET_ERRORS)},
    }


def _latest(problems: Problems) -> Json:
    extension = {"name": "extension", "in": "query", "required": True, "description": "Id of the extension."}
    return {
        "tags": ["Calls"],
        "operationId": "getLatestCdr",
        "summary": f"The latest calls of an extension, at most {LATEST} of each kind",
        "description": "The newest first. Who is of level PERSONAL or VIEWER may ask for an extension they hold, and "
        "gets the calls since they hold it.",
        "parameters": [{**extension, "schema": {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}}],
        "responses": {
            "200": {
                "description": "The three lists.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LatestCalls"}}},
            },
            **problems(_LATEST_ERRORS),
        },
    }


def _answer() -> Json:
    return {
        "description": "The calls of the page, and how many there are in all. All but JSON have a line for each call.",
        "content": content(Format, {"schema": {"$ref": "#/components/schemas/CallList"}}),
    }


TAG: Json = {"name": "Calls", "description": "The calls themselves."}
