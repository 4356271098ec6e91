"""The description of customers, employees and extensions, written from what their checks are written from."""

from __future__ import annotations

from typing import Any

from pbxtally.directory.employee_requests import DELETION, PASSWORD
from pbxtally.directory.members import CUSTOMER, EMPLOYEE, EXTENSION, SECTIONS, STRETCH, STRETCH_MEMBERS
from pbxtally.directory.parameters import (
    CUSTOMERS,
    DEPARTMENTS,
    EMPLOYEES,
    EXTENSIONS,
    MANY,
    RESELLERS,
    SENTENCES,
    UNKNOWN,
    Listing,
)
from pbxtally.hours import WEEKDAYS
from pbxtally.login import LEAST_CHARACTERS, MOST_CHARACTERS
from pbxtally.people import AccessLevel, CustomerState, EmployeeState

Json = dict[str, Any]

TAG = {"name": "People", "description": "Customers, their employees, and who holds which extension."}

_ID: Json = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}
_TEXT: Json = {"type": "string", "minLength": 1}
_MOMENT: Json = {"type": "string", "format": "date-time"}

_TYPES: dict[str, Json] = {
    "_id": _ID,
    "customer": _ID,
    "employee": _ID,
    "parentReseller": _ID,
    "isReseller": {"type": "boolean"},
    "noEmail": {"type": "boolean"},
    "smsValidation": {"type": "boolean"},
    "organizationResellers": {"type": "array", "items": _ID, "maxItems": 100},
    "password": {"type": "string", "minLength": LEAST_CHARACTERS, "maxLength": MOST_CHARACTERS},
    "accessLevel": {"type": "string", "enum": list(AccessLevel.__members__)},
    "assignments": {"type": "array", "items": {"$ref": "#/components/schemas/Assignment"}},
    "features": {"type": "array", "items": {"type": "string"}},
    "type": {"const": "EXTENSION"},
    "workingHours": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in WEEKDAYS},
        "additionalProperties": False,
    },
}
_STATES = {"customers": list(CustomerState.__members__), "employees": list(EmployeeState.__members__)}
_EXPECTED = {
    name: one.expected for table in (CUSTOMER, EMPLOYEE, EXTENSION, STRETCH) for name, one in table.items()
} | {
    "_id": "The object's id.",
    "customer": "Whose it is.",
    "employee": "Who holds it; null: nobody.",
    "assignments": "Who held it, under which number, from when until when; without since: from the beginning.",
    "features": "What the customer may use here.",
    "type": "Always EXTENSION.",
    "password": "Of oneself, or of who has noEmail; upper case, lower case and a digit, and none of the commonest.",
    "since": "The first moment.",
    "until": "The first moment after it.",
    "state": "Only some states can be set; deleting is a call of its own.",
}
_RENAMING: Json = {
    "customer": {"anyOf": [_ID, {"type": "null"}], "description": "Whose department; by default your own customer's."},
    "department": {**_TEXT, "description": "Its name now."},
    "name": {**_TEXT, "description": "Its new name."},
    "together": {
        "anyOf": [{"type": "boolean"}, {"type": "null"}],
        "description": "Whether it becomes one with the department that has this name; they cannot be parted again.",
    },
}
SENT_BESIDE = {"customers": (), "employees": (PASSWORD,), "extensions": ()}
SHOWN_BESIDE = {"customers": ("features",), "employees": (), "extensions": ("type",)}
_NAMES = {"customers": "Customer", "employees": "Employee", "extensions": "Extension"}


def schemas() -> Json:
    """Objects, what may be sent, lists, and the answer that it went well."""
    lists = {f"{name}List": _list(one, row) for name, (one, row) in _LISTS.items()}
    return {
        **{_NAMES[kind]: _object(kind, SHOWN_BESIDE[kind]) for kind in SECTIONS},
        **{f"{_NAMES[kind]}Change": _change(kind) for kind in SECTIONS},
        **lists,
        "Assignment": {
            "type": "object",
            "properties": {
                name: {**(_MOMENT if name in ("since", "until") else _typed(name)), "description": _EXPECTED[name]}
                for name in STRETCH_MEMBERS
            },
            "additionalProperties": False,
        },
        "UnknownExtension": {
            "type": "object",
            "description": "A number with calls that the directory does not know.",
            "properties": {
                "number": _TEXT,
                "calls": {"type": "integer", "minimum": 1},
                "first": _MOMENT,
                "last": _MOMENT,
            },
            "required": ["number", "calls", "first", "last"],
            "additionalProperties": False,
        },
        "CustomerOverview": {
            "type": "object",
            "properties": {
                "_id": _ID,
                "name": _TEXT,
                **{name: {"type": "integer", "minimum": 0} for name in ("employees", "extensions", "customers")},
            },
            "required": ["_id", "name", "employees", "extensions", "customers"],
            "additionalProperties": False,
        },
        "Department": {
            "type": "object",
            "description": "The word that some employees have as their department.",
            "properties": {
                "name": _TEXT,
                "employees": {"type": "integer", "minimum": 0, "description": "Who works there; 0: all have left."},
            },
            "required": ["name", "employees"],
            "additionalProperties": False,
        },
        "DepartmentRenaming": {
            "type": "object",
            "properties": _RENAMING,
            "required": ["department", "name"],
            "additionalProperties": False,
        },
        "Done": {
            "type": "object",
            "properties": {
                "success": {"const": True},
                "_id": {**_ID, "description": "Of what is new."},
                "deleteDate": {"type": "string", "description": "As it was given."},
            },
            "required": ["success"],
            "additionalProperties": False,
        },
    }


_LISTS: dict[str, tuple[Listing, str]] = {
    "Customer": (CUSTOMERS, "Customer"),
    "Reseller": (RESELLERS, "Customer"),
    "Employee": (EMPLOYEES, "Employee"),
    "Department": (DEPARTMENTS, "Department"),
    "Extension": (EXTENSIONS, "Extension"),
    "UnknownExtension": (UNKNOWN, "UnknownExtension"),
}


def _typed(name: str, kind: str = "") -> Json:
    if name == "state" and kind:
        return {"type": "string", "enum": _STATES[kind]}
    return _TYPES.get(name, _TEXT)


def _object(kind: str, beside: tuple[str, ...]) -> Json:
    properties = {name: {**_typed(name, kind), "description": _EXPECTED[name]} for name in (*SECTIONS[kind], *beside)}
    about = "What has no value is left out, and so is what the asker may not see."
    return {"type": "object", "description": about, "properties": properties, "required": ["_id"],
            "additionalProperties": False}  # fmt: skip


def _change(kind: str) -> Json:
    shown = _object(kind, (*SHOWN_BESIDE[kind], *SENT_BESIDE[kind]))
    anything = {
        name: {"description": one["description"], "anyOf": [_sent(name, one), {"type": "null"}]}
        for name, one in shown["properties"].items()
    }
    about = "Only what is to change; what is sent back as it was shown changes nothing."
    return {"type": "object", "description": about, "properties": anything, "additionalProperties": False}


def _sent(name: str, shown: Json) -> Json:
    return {key: value for key, value in shown.items() if key != "description"}


def _list(listing: Listing, row: str) -> Json:
    number = {"type": "integer", "minimum": 0}
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{row}"}}
    return {
        "type": "object",
        "properties": {"offset": number, "limit": number, "total": number, listing.name: rows},
        "required": ["offset", "limit", "total", listing.name],
        "additionalProperties": False,
    }


def paths(problems: Any) -> Json:
    """Every path; `problems` makes the error answers."""
    reading = problems(("400", "401", "403", "404", "422", "500", "503"))
    writing = problems(("400", "401", "403", "404", "413", "415", "422", "500", "503"))

    def listed(name: str, summary: str) -> Json:
        given = [_parameter(_LISTS[name][0], one) for one in _LISTS[name][0].parameters]
        return _operation(f"list{name}s", summary, given, f"{name}List", reading)

    def one(verb: str, name: str, summary: str, shown: str = "") -> Json:
        is_writing = verb in ("create", "update")
        operation = _operation(f"{verb}{name}", summary, [], shown or "Done", writing if is_writing else reading)
        if is_writing:
            operation["requestBody"] = _body(f"{name}Change", is_required=False)
        if verb == "delete" and name == "Employee":
            operation["parameters"] = [_deletion(each) for each in DELETION]
        return operation

    def crud(name: str, word: str, *, deletes: bool) -> tuple[Json, Json]:
        many = {"get": listed(name, f"The {word}s"), "post": one("create", name, f"Make one of the {word}s")}
        single = {
            "parameters": [_in_path(f"{word}_id")],
            "get": one("get", name, f"One of the {word}s", name),
            "post": one("update", name, "Change what the body names"),
            **({"delete": one("delete", name, "Delete; the past stays")} if deletes else {}),
        }
        return many, single

    customers, customer = crud("Customer", "customer", deletes=False)
    employees, employee = crud("Employee", "employee", deletes=True)
    extensions, extension = crud("Extension", "extension", deletes=True)
    name_of = {"parameters": [_in_path("customer_id")], "get": _name(reading)}
    return {
        "/customer": customers,
        "/customer/resellers/list": {"get": listed("Reseller", "The resellers")},
        "/customer/{customer_id}": customer,
        "/customer/{customer_id}/name": name_of,
        "/customer/{customer_id}/overview": {"parameters": [_in_path("customer_id")], "get": _overview(reading)},
        "/employee": employees,
        "/employee/departments/list": {
            "get": listed("Department", "The departments that a customer's employees are in")
        },
        "/employee/departments/rename": {"post": _rename(writing)},
        "/employee/{employee_id}": employee,
        "/pbx/extension": extensions,
        "/pbx/extension/unknown": {"get": listed("UnknownExtension", "Numbers with calls that are no extension yet")},
        "/pbx/extension/{extension_id}": extension,
    }


def _rename(writing: Json) -> Json:
    about = "Give a department another name, for everybody in it and in saved views"
    operation = _operation("renameDepartment", about, [], "Done", writing)
    return {**operation, "requestBody": _body("DepartmentRenaming", is_required=True)}


def _body(name: str, *, is_required: bool) -> Json:
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {"required": is_required, "content": {"application/json": schema}}


def _name(reading: Json) -> Json:
    return _operation("getCustomerName", "A customer's name, reseller and features", [], "Customer", reading)


def _overview(reading: Json) -> Json:
    return _operation("getCustomerOverview", "What a customer has now, in numbers", [], "CustomerOverview", reading)


def _operation(name: str, summary: str, given: list[Json], shown: str, problems: Json) -> Json:
    schema = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shown}"}}}
    return {
        "tags": ["People"],
        "operationId": name,
        "summary": summary,
        "parameters": given,
        "responses": {"200": {"description": "It went well.", "content": schema}, **problems},
    }


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _deletion(name: str) -> Json:
    schema = {"type": "string"} if name == "deleteDate" else {"type": "boolean"}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": _DELETION[name]}


_DELETION = {
    "deleteExtensions": "Also delete the extensions; otherwise nobody holds them.",
    "deleteMvnoAccounts": "Taken for the vendor's clients; there are none here to delete.",
    "deleteDate": "Today, or left out: employees are deleted at once.",
}


def _parameter(listing: Listing, name: str) -> Json:
    schema: Json = {"type": "boolean", "default": False}
    if name in listing.ids:
        schema = {"type": "array", "items": _ID} if name in MANY else _ID
    elif name == "offset":
        schema = {"type": "integer", "minimum": 0, "default": 0}
    elif name == "limit":
        schema = {"type": "integer", "minimum": 1, "maximum": listing.most, "default": listing.default}
    elif name == "filter":
        schema = {"type": "string"}
    elif name == "sort":
        schema = {"type": "string", "enum": list(listing.sorts), "default": listing.sorts[0]}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": SENTENCES[name]}
