"""The description of signing in and of what belongs to it."""

from __future__ import annotations

from typing import Any

from pbxtally.audit import SENTENCES, Action
from pbxtally.people import AccessLevel, Security
from pbxtally.web.auth import IMPERSONATE, LOGIN, LOGIN_MEMBERS, LOGOUT, ORGANIZATION, RESET, VALIDATE
from pbxtally.web.auth_tokens import AUDIT, AUDIT_LIST, AUTHENTICATOR, CLEAR, SECURITY, TOKEN, TOKEN_LIST, TOKENS

Json = dict[str, Any]

TAG = {"name": "Login", "description": "Sign in and out, machine tokens, what signing in needs, who did what."}

_ID: Json = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
_TEXT: Json = {"type": "string"}
_FLAG: Json = {"type": "boolean", "default": False}
_OFFSET: Json = {"type": "integer", "minimum": 0, "default": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_SECURITY: Json = {"type": "string", "enum": [one.value for one in Security]}
_RANGE: Json = {"type": "string", "minLength": 1, "maxLength": 1024}
_LEVEL: Json = {"type": "string", "enum": list(AccessLevel.__members__)}

MEMBERS: dict[str, tuple[Json, str]] = {
    "username": ({"type": "string", "minLength": 1, "maxLength": 256}, "E-mail address or user name, in any case."),
    "password": ({"type": "string", "minLength": 1, "maxLength": 256}, "The password."),
    "smsKey": (
        {
            "anyOf": [
                {"type": ["string", "null"], "maxLength": 256},
                {"type": "integer", "minimum": 0, "maximum": 999999},
            ]
        },
        "The code that came by SMS when the same was asked without it; an error where no gateway is set.",
    ),
    "authenticatorToken": (
        {"anyOf": [{"type": "string", "maxLength": 256}, {"type": "integer", "minimum": 0, "maximum": 999999}]},
        "What the authenticator app shows now, or a recovery code; needed where an app is set up.",
    ),
    "cookie": ({"type": ["boolean", "integer"], "enum": [True, False, 0, 1]}, "Set the cookie `token`, too."),
    "persist": (
        {"type": ["boolean", "integer"], "enum": [True, False, 0, 1]},
        "The token holds until somebody signs out; otherwise until 15 minutes after its last use.",
    ),
    "resellerId": (_ID, "One of the employee's organizationResellers, or the own customer to switch back."),
    "method": ({"type": "string", "enum": ["EMAIL"], "default": "EMAIL"}, "How the link comes."),
    "expires": (
        {"anyOf": [_TEXT, {"type": "integer", "minimum": 0}]},
        "From when on the token opens nothing; a day means its beginning. Never by default.",
    ),
    "ipRange": (_RANGE, "IP addresses or networks it may be used from, separated by commas. From anywhere by default."),
    "authenticationSecurity": (_SECURITY, "What everybody needs beside the password, at least."),
}
"""Every member of a body: its schema, and its sentence for people."""

_WHO = {"employee": _ID, "customer": _ID, "accessLevel": _LEVEL}
_MORE = {"name": _TEXT, "language": _TEXT, "customerName": _TEXT, "customerFeatures": {"type": "array", "items": _TEXT}}
_LINE = {
    "date": _MOMENT,
    "action": {
        "type": "string",
        "enum": [one.value for one in Action],
        "description": " ".join(f"{one.value}: {sentence}" for one, sentence in SENTENCES.items()),
    },
    "actor": {"type": ["string", "null"], "description": "Who did it; null: nobody signed in, or a command."},
    "actorName": {"type": ["string", "null"], "description": "Only of the customer's own people."},
    "subject": {"type": ["string", "null"], "description": "To whom, or to what."},
    "subjectName": {"type": ["string", "null"], "description": "Only of the customer's own people."},
    "detail": {"type": ["string", "null"], "description": "Never a secret, nor a whole outside number."},
    "address": {"type": ["string", "null"], "description": "From where."},
}


def schemas() -> Json:
    """What is sent and what comes back."""
    return {
        "Login": _object(dict.fromkeys(LOGIN_MEMBERS), ("username", "password"), sent=True),
        "Session": _object({"token": _TEXT, "expiresInMinutes": {"type": "integer"}, **_WHO, **_MORE}),
        "Validated": _object({"success": {"const": True}, **_WHO, **_MORE}, ("success",)),
        "Organization": _object({"resellerId": None}, ("resellerId",), sent=True),
        "Counted": _object({"success": {"const": True}, **_WHO}),
        "Reset": _object({"username": None, "method": None}, ("username",), sent=True),
        "ResetDone": _object({"success": {"const": True}, "method": {"const": "EMAIL"}}),
        "NewToken": _object({"expires": None, "ipRange": None}, (), sent=True),
        "TokenMade": _object({"success": {"const": True}, "token": _TEXT}),
        "TokenList": _list(
            TOKEN_LIST.name,
            _object(
                {
                    "token": {**_TEXT, "description": "Its beginning."},
                    "created": _MOMENT,
                    "expires": _MOMENT,
                    "ipRange": _TEXT,
                },
                ("token", "created"),
            ),
        ),
        "Security": _object({"authenticationSecurity": _SECURITY}),
        "AuditList": _list(AUDIT_LIST.name, _object(_LINE)),
        "Success": _object({"success": {"const": True}}),
        "Nothing": _object({}),
    }


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None, *, sent: bool = False) -> Json:
    if sent:
        properties = {name: {"description": MEMBERS[name][1], **MEMBERS[name][0]} for name in properties}
    if required is None:
        required = tuple(properties)
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def _list(name: str, row: Json) -> Json:
    number = {"type": "integer", "minimum": 0}
    return _object({"offset": number, "limit": number, "total": number, name: {"type": "array", "items": row}})


def paths(problems: Any) -> Json:
    """Every path; `problems` makes the error answers."""
    read = ("400", "401", "403", "422", "500", "503")
    entrance = ("400", "401", "403", "413", "422", "429", "500", "503")
    of_one = ("400", "401", "403", "404", "422", "500", "503")
    change = ("400", "401", "403", "404", "413", "415", "422", "500", "503")

    def operation(name: str, summary: str, shown: str, codes: tuple[str, ...], body: str = "", **given: Json) -> Json:
        return {
            "tags": ["Login"],
            "operationId": name,
            "summary": summary,
            "parameters": [_parameter(one, schema) for one, schema in given.items()],
            **({"requestBody": _body(body)} if body else {}),
            **({"security": []} if codes is entrance else {}),
            "responses": {"200": _answer(shown), **problems(codes)},
        }

    return {
        LOGIN: {"post": operation("login", "Sign in with a password", "Session", entrance, "Login")},
        LOGOUT: {"get": operation("logout", "End every session of who asks; machine tokens stay", "Success", read)},
        VALIDATE: {
            "get": operation(
                "validateToken", "Whose a token is", "Validated", read, ip=_TEXT, simple=_FLAG, extend=_FLAG
            )
        },
        IMPERSONATE: {
            "parameters": [_in_path("employee_id")],
            "get": operation("impersonate", "A session as somebody else; audited", "Session", of_one, ip=_TEXT),
        },
        ORGANIZATION: {
            "post": operation("countAs", "Count as one of another reseller", "Counted", change, "Organization")
        },
        RESET: {
            "post": operation("resetPassword", "Ask for a link for a new password", "ResetDone", entrance, "Reset")
        },
        TOKENS: {
            "parameters": [_in_path("employee_id")],
            "get": operation(
                "listTokens", "Machine tokens", "TokenList", of_one, offset=_OFFSET, limit=_limit(TOKEN_LIST)
            ),
            "post": operation("createToken", "Make one of oneself, shown once", "TokenMade", change, "NewToken"),
        },
        TOKEN: {
            "parameters": [_in_path("employee_id"), _in_path("token")],
            "delete": operation("deleteToken", "End one, by itself or its beginning", "Success", of_one),
        },
        CLEAR: {
            "parameters": [_in_path("employee_id")],
            "get": operation("clearTokens", "End sessions; with all machine tokens, too", "Success", of_one, all=_FLAG),
        },
        AUTHENTICATOR: {
            "parameters": [_in_path("employee_id")],
            "post": operation("resetAuthenticator", "Take an authenticator app away", "Success", change, "Nothing"),
        },
        SECURITY: {
            "parameters": [_in_path("customer_id")],
            "get": operation("getSecurity", "What signing in needs", "Security", of_one),
            "post": operation("setSecurity", "Set what signing in needs", "Success", change, "Security"),
        },
        AUDIT: {
            "parameters": [_in_path("customer_id")],
            "get": operation(
                "listAudit", "Who did what", "AuditList", of_one, offset=_OFFSET, limit=_limit(AUDIT_LIST)
            ),
        },
    }


def _limit(listing: Any) -> Json:
    return {"type": "integer", "minimum": 1, "maximum": listing.most, "default": listing.default}


def _parameter(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _body(name: str) -> Json:
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {"required": name in ("Login", "Organization", "Reset", "Security"), "content": {"application/json": schema}}


def _answer(name: str) -> Json:
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {"description": "It went well.", "content": {"application/json": schema}}
