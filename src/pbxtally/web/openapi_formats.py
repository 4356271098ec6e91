"""How an answer is described in each of its formats: an object of ours as JSON, the others as what they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pbxtally.fields import Format
from pbxtally.renderers import MEDIA_TYPES

Json = dict[str, Any]


def content(forms: Iterable[Format], as_json: Json) -> Json:
    """The media types with what stands behind each; `as_json` is that of JSON."""
    return {MEDIA_TYPES[form]: as_json if form is Format.JSON else {"schema": _schema(form)} for form in forms}


def _schema(form: Format) -> Json:
    return {"type": "string"} if form is Format.CSV else {"type": "string", "contentMediaType": MEDIA_TYPES[form]}
