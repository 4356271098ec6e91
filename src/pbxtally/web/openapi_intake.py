"""The description of deliveries, generated from what a receipt is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pbxtally.web.intake import MOST_KEY_CHARACTERS, PATH

Json = dict[str, Any]
Problems = Callable[[tuple[str, ...]], Json]

TAG = {"name": "Intake", "description": "A PBX delivers its records, with an intake key."}

_NUMBER: Json = {"type": "integer", "minimum": 0}
_FATES = {
    "received": "Records in the body.",
    "kept": "New ones.",
    "known": "The same as before; they count once.",
    "replaced": "Put in the place of an older version.",
    "rejected": "Not usable; kept with their reason.",
    "accepted": "In place of kept, known and replaced: on the disk, and not counted yet.",
}

_FINDINGS: dict[str, tuple[Json, str]] = {
    "impossibleTimes": (_NUMBER, "Rejected records whose times cannot be."),
    "orphans": (_NUMBER, "Calls of which, as far as this body tells, no party is an extension."),
    "orphanDevices": ({"type": "array", "items": {"type": "string"}}, "What they name most often."),
    "toldTwice": (_NUMBER, "Legs told more than once in this body; each counts once."),
    "clockSetBack": (_NUMBER, "Legs that begin before their channel was made, by the PBX's own clock."),
    "clockAheadSeconds": (_NUMBER, "How far calls end in the future, by this server's clock."),
}


def paths(problems: Problems) -> Json:
    """The one path."""
    return {
        PATH: {
            "post": {
                "tags": ["Intake"],
                "summary": "Deliver CDRs",
                "description": "The body holds the PBX's own records, as they would stand in its file; gzip is read,"
                " too. Answered once every record is on the disk.",
                "security": [{"bearer": []}, {"basic": []}, {"query": []}],
                "parameters": [
                    {"name": "source", "in": "path", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "description": "The same body under the same key is answered the same for three days.",
                        "schema": {"type": "string", "maxLength": MOST_KEY_CHARACTERS},
                    },
                ],
                "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}},
                "responses": {
                    "200": _receipt("What became of every record."),
                    "202": _receipt("Everything is on the disk and will be counted."),
                    **problems(("400", "401", "413", "415", "422", "500", "503")),
                },
            }
        }
    }


def schemas() -> Json:
    """The receipt."""
    rejection = {"type": "object", "properties": {"record": _NUMBER, "reason": {"type": "string"}}}
    return {
        "Receipt": {
            "type": "object",
            "properties": {
                **{name: {**_NUMBER, "description": sentence} for name, sentence in _FATES.items()},
                "rejections": {"type": "array", "items": rejection, "description": "The first hundred."},
                "findings": {
                    "type": "object",
                    "description": "What was noticed; contains only what was found.",
                    "properties": {name: {**kind, "description": said} for name, (kind, said) in _FINDINGS.items()},
                    "additionalProperties": False,
                },
                "unknownWords": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"word": {"type": "string"}, "records": _NUMBER}},
                    "description": "Of a hosted switch: what is not in its map, and how many records have it.",
                },
            },
            "required": ["received", "rejected", "rejections"],
            "additionalProperties": False,
        }
    }


def _receipt(description: str) -> Json:
    schema = {"$ref": "#/components/schemas/Receipt"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
