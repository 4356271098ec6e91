"""The description of the API, generated from the same tables as the checks and the counting.

Members and their schemas come from `query.MEMBERS`, measures and their sentences from `measures.MEASURES`, error words
from `errors.py`: what is described is what happens.
"""

from __future__ import annotations

from typing import Any

from pbxtally.errors import (
    AccessDeniedError,
    BadRequestError,
    BodyTooLargeError,
    BusyError,
    CredentialsInvalidError,
    ExpiredError,
    ForeignPageError,
    InvalidFieldError,
    MediaTypeError,
    PbxTallyError,
    RefusedFieldError,
    TooManyAttemptsError,
    UnknownError,
    WrongAddressError,
)
from pbxtally.fields import IDENTITY_FIELDS, Format
from pbxtally.measures import MEASURES, PAGE_MEASURES
from pbxtally.query import MEMBERS
from pbxtally.renderers.request import SENTENCES
from pbxtally.web import (
    metrics,
    openapi_auth,
    openapi_cdr,
    openapi_figure_calls,
    openapi_intake,
    openapi_missed,
    openapi_people,
)
from pbxtally.web.cdrstats import FORMATS, PATH
from pbxtally.web.openapi_formats import GET_ERRORS, POST_ERRORS, content, parameters, request_object
from pbxtally.web.problems import CHALLENGES, RETRY_SECONDS

Json = dict[str, Any]

ABOUT = """\
Call statistics: who called, who was called, how it went and how long it took, for every employee and extension.

Sign in with a token: as `Authorization: Bearer`, as the password of HTTP Basic (with any name), as the parameter
`token` in the address, or as the cookie `token` (over TLS `__Host-token`). The first one found counts.
A person gets one from `POST /auth/login`; it is over 15 minutes after its last use.

A path that does not exist answers 404 `not_found`, a method that a path does not have 405 `method_not_allowed`.
Enum values are read in any case, `null` is as good as not given, and an unknown member is an error.
"""

_SERVER_FAULT = PbxTallyError("Something went wrong on our side; see the log under 6f1c2f0f5a3b9d1e")

ERRORS: dict[str, tuple[str, list[PbxTallyError]]] = {
    "400": (
        "The request cannot be read.",
        [
            BadRequestError("The body is not a JSON object (line 1, column 14)"),
            BadRequestError('Member "from" is given twice'),
        ],
    ),
    "401": (
        "Nobody is signed in.",
        [
            CredentialsInvalidError("Not signed in - send a valid token"),
            ExpiredError("The token has expired - create a new one"),
            WrongAddressError("The token may not be used from this address"),
        ],
    ),
    "403": (
        "The level of access does not reach that far; nor to a customer that does not exist.",
        [
            AccessDeniedError(),
            RefusedFieldError("authenticatorToken", "Send the code your authenticator app shows now"),
            ForeignPageError(),
        ],
    ),
    "404": ("There is no such object, or you have no access to it; both look the same.", [UnknownError()]),
    "413": ("The body is too long.", [BodyTooLargeError("The body is longer than 1048576 bytes")]),
    "415": (
        "Signed in by cookie, and the body is not said to be JSON; or a delivery is packed, and not as gzip.",
        [MediaTypeError("A request that signs in by cookie must send Content-Type: application/json")],
    ),
    "422": (
        "A member holds something that cannot be used; `message` is its name.",
        [
            InvalidFieldError("format", "Invalid format"),
            InvalidFieldError("from", "Invalid date range"),
            InvalidFieldError("groupingInterval", "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR"),
        ],
    ),
    "429": ("Too many attempts failed; wait.", [TooManyAttemptsError(30)]),
    "500": ("A fault of ours; `errorId` stands in the log.", [_SERVER_FAULT]),
    "503": ("Not now.", [BusyError("The server is busy - try again in a moment")]),
}
"""Every error status: its sentence, and examples of its errors."""

HEADERS: dict[str, Json] = {
    "401": {
        "WWW-Authenticate": {
            "description": f"How to sign in: {' and '.join(CHALLENGES)}.",
            "schema": {"type": "string"},
        }
    },
    "429": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    "503": {
        "Retry-After": {
            "description": f"Seconds to wait: {RETRY_SECONDS}.",
            "schema": {"type": "integer"},
        }
    },
}


def document(version: str) -> Json:
    """The whole description, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "pbxtally", "version": version, "description": ABOUT},
        "paths": {
            PATH: {"post": _post(), "get": _get("")},
            **_by_suffix(),
            **openapi_figure_calls.paths(_problems),
            **openapi_missed.paths(_problems),
            **openapi_cdr.paths(_problems),
            **openapi_people.paths(_problems),
            **openapi_auth.paths(_problems),
            **openapi_intake.paths(_problems),
            **_health(),
        },
        "security": [{"bearer": []}, {"basic": []}, {"query": []}, {"cookie": []}],
        "tags": [
            {"name": "Statistics", "description": "How many calls, how long, how they went."},
            openapi_cdr.TAG,
            openapi_people.TAG,
            openapi_auth.TAG,
            openapi_intake.TAG,
            {"name": "Health", "description": "For whoever operates the server; no token needed."},
        ],
        "components": {
            "schemas": {
                "StatsRequest": request_object(MEMBERS),
                "StatsRow": _row(),
                "Measures": _measures(),
                **openapi_figure_calls.schemas(),
                **openapi_missed.schemas(),
                **openapi_cdr.schemas(),
                **openapi_people.schemas(),
                **openapi_auth.schemas(),
                **openapi_intake.schemas(),
                "Error": _error(),
            },
            "responses": {code: _problem(code) for code in ERRORS},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "Any name; the token is the password."},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
            },
        },
    }


def _post() -> Json:
    return {
        "tags": ["Statistics"],
        "operationId": "postCdrstats",
        "summary": "Call statistics for employees",
        "description": "All members are optional, and an empty body is a request, too. Only the token may stand in the "
        "address. The body is read as JSON whatever its Content-Type, except if the request signs in by cookie.",
        "requestBody": {
            "required": False,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/StatsRequest"},
                    "examples": {
                        "today": {"summary": "Today, everybody", "value": {}},
                        "weeks": {
                            "summary": "Three weeks",
                            "value": {"from": "2020-11-30", "to": "2020-12-20", "groupingInterval": "WEEK"},
                        },
                    },
                }
            },
        },
        "responses": {"200": _answer(tuple(Format)), **_problems(POST_ERRORS)},
    }


def _get(suffix: str) -> Json:
    form = FORMATS.get(suffix)
    return {
        "tags": ["Statistics"],
        "operationId": f"getCdrstats{form.title() if form else ''}",
        "summary": f"The same{f' as {form}' if form else ''}, for programs that can only load an address",
        "parameters": parameters(MEMBERS, form),
        "responses": {"200": _answer((form,) if form else tuple(Format)), **_problems(GET_ERRORS)},
    }


def _by_suffix() -> Json:
    return {PATH + suffix: {"get": _get(suffix)} for suffix in FORMATS}


READY = "A real query works, deliveries are taken, and none has waited over a minute to be counted."


def _health() -> Json:
    return {
        "/healthz": {"get": _health_get("healthz", "The process answers.", "alive", ())},
        "/readyz": {"get": _health_get("readyz", READY, "ready", ("500", "503"))},
        metrics.PATH: {
            "get": {
                "tags": ["Health"],
                "operationId": "metrics",
                "summary": "What the server counts of itself, for Prometheus; the token is that of the settings.",
                "security": [{"bearer": []}, {"basic": []}],
                "responses": {
                    "200": {
                        "description": "Numbers with their sentences.",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    },
                    **_problems(("401", "500")),
                },
            }
        },
    }


def _health_get(name: str, summary: str, word: str, errors: tuple[str, ...]) -> Json:
    schema = {"type": "object", "properties": {"status": {"const": word}}, "required": ["status"]}
    return {
        "tags": ["Health"],
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": schema}}},
            **_problems(errors),
        },
    }


def _row() -> Json:
    properties: Json = {
        name: {"type": ["string", "null"] if name != "extensionNumber" else "string", "description": SENTENCES[name]}
        for name in IDENTITY_FIELDS
    }
    properties["data"] = {
        "type": "object",
        "description": "The measures of each interval with calls, by the interval's name, in time order.",
        "additionalProperties": {"$ref": "#/components/schemas/Measures"},
    }
    return {
        "type": "object",
        "description": "An employee's extension. Only the fields that were asked for are there, in this order.",
        "properties": properties,
        "additionalProperties": False,
    }


def _measures() -> Json:
    return {
        "type": "object",
        "description": "Only the measures that were asked for are there, in this order.",
        "properties": {
            name: {"type": "integer", "minimum": 0, "description": measure.sentence}
            for name, measure in MEASURES.items()
        },
        "additionalProperties": False,
    }


def _error() -> Json:
    return {
        "type": "object",
        "properties": {
            "code": {"type": "integer", "description": "The HTTP status."},
            "message": {"type": "string", "description": "The error's name, or that of the member that is wrong."},
            "description": {"type": "string", "description": "What is wrong, for people."},
            "errorId": {"type": "string", "description": "Only with 500: what to look for in the log."},
        },
        "required": ["code", "message", "description"],
        "additionalProperties": False,
    }


EXAMPLE_ROW: Json = {
    "employeeId": "5450f1834b75ff21032563a1",
    "employeeName": "Bo Madsen",
    "extensionId": "5bf2b81b462b727cd09b05cd",
    "extensionNumber": "232",
    "data": {
        "49": dict(zip((one.name for one in PAGE_MEASURES), (80, 14276, 66, 14, 0, 111, 27041, 102, 9, 0), strict=True))
    },
}
"""The beginning of the page's response."""

_ROWS = {"type": "array", "items": {"$ref": "#/components/schemas/StatsRow"}}


_FRESH = {
    "description": "What was acknowledged before that moment is counted in the answer.",
    "schema": {"type": "string", "format": "date-time"},
}
_FILE_NAME = {
    "description": "With all but JSON: a file name that tells whose calls, of which days, by what.",
    "schema": {"type": "string"},
}


def _answer(forms: tuple[Format, ...]) -> Json:
    headers = {"X-Complete-Until": _FRESH}
    if forms != (Format.JSON,):
        headers["Content-Disposition"] = _FILE_NAME
    return {
        "description": "An entry for each employee's extension with calls, sorted as asked.",
        "headers": headers,
        "content": content(forms, {"schema": _ROWS, "example": [EXAMPLE_ROW]}),
    }


def _problems(codes: tuple[str, ...]) -> Json:
    return {code: {"$ref": f"#/components/responses/{code}"} for code in codes}


def _problem(code: str) -> Json:
    sentence, errors = ERRORS[code]
    examples = {error.word: {"value": _body(error)} for error in errors}
    if len(examples) < len(errors):
        examples = {f"{error.word} {place}": {"value": _body(error)} for place, error in enumerate(errors, start=1)}
    return {
        "description": sentence,
        "headers": HEADERS.get(code, {}),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}},
    }


def _body(error: PbxTallyError) -> Json:
    body: Json = {"code": error.code, "message": error.word, "description": error.description}
    return {**body, "errorId": "6f1c2f0f5a3b9d1e"} if error.code == 500 else body
