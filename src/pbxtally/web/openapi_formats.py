"""How to describe an answer in each of its formats, an object, and a request's members as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pbxtally.fields import Format
from pbxtally.query import Member
from pbxtally.renderers import MEDIA_TYPES
from pbxtally.web.cdrstats import REPEATABLE

Json = dict[str, Any]

GET_ERRORS = ("400", "401", "403", "422", "500", "503")
POST_ERRORS = (*GET_ERRORS[:3], "413", "415", *GET_ERRORS[3:])
"""Other answers to a request for statistics or calls; a body may be too long, or no JSON."""


def content(forms: Iterable[Format], as_json: Json) -> Json:
    """The media types with the schema of each: `as_json` for JSON, plain text or binary for the others."""
    return {MEDIA_TYPES[form]: as_json if form is Format.JSON else {"schema": _schema(form)} for form in forms}


def _schema(form: Format) -> Json:
    return {"type": "string"} if form is Format.CSV else {"type": "string", "contentMediaType": MEDIA_TYPES[form]}


def whole_object(properties: Json) -> Json:
    """An object that has all of these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def request_object(members: Mapping[str, Member]) -> Json:
    """The body of a request: `null` means not given, and unknown members are refused (D20)."""
    properties = {
        name: {"description": member.sentence, "anyOf": [member.schema, {"type": "null"}]}
        for name, member in members.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def parameters(members: Mapping[str, Member], form: Format | None) -> list[Json]:
    """Members as query parameters, of an address that may end in a format: arrays repeated or comma-separated (D30)."""
    return [_parameter(name, member, form) for name, member in members.items()]


def _parameter(name: str, member: Member, form: Format | None) -> Json:
    schema = member.schema
    if name == "format" and form:
        schema = {"type": "string", "enum": [form.value], "default": form.value}
    parameter = {"name": name, "in": "query", "description": member.sentence, "required": False, "schema": schema}
    return {**parameter, "style": "form", "explode": True} if name in REPEATABLE else parameter
