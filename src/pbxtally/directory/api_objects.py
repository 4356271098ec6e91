"""Customers, employees and extensions as the API shows them, with the vendor's names; what has no value is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pbxtally.intervals import iso_utc
from pbxtally.people import FOR_EVER, SINCE_EVER, Assignment, Customer, Employee, Extension

Json = dict[str, Any]

FEATURES = ["CUSTOMER", "PBX"]
"""What a customer's clients may use."""

ITS_RESELLERS = ("state", "parentReseller", "isReseller", "notes")
"""Members of a customer that only its reseller may set."""

PUBLIC_OF_EXTENSION = ("_id", "type", "customer", "name", "number")
"""What PERSONAL sees of a colleague's extension."""

CONDENSED_CUSTOMER = ("_id", "name", "state", "parentReseller", "isReseller")
CONDENSED_EMPLOYEE = ("_id", "customer", "name", "accessLevel", "state", "emailAddress", "department")


def customer_members(one: Customer, *, with_notes: bool, full: bool = True) -> Json:
    """A customer; only its reseller sees its notes."""
    shown = {
        "_id": one.id,
        "name": one.name,
        "state": one.state.value,
        "parentReseller": one.parent_reseller,
        "isReseller": one.is_reseller,
        "timezone": one.timezone,
        "language": one.language,
        "phoneNumber": one.phone_number,
        "emailAddress": one.email_address,
        "website": one.website,
        "workingHours": one.working_hours and one.working_hours.written(),
        "holidays": one.holidays,
        "notes": one.notes if with_notes else None,
        "features": FEATURES,
    }
    return _with_values(shown if full else {name: shown[name] for name in CONDENSED_CUSTOMER})


def customer_name(one: Customer) -> Json:
    """The light form."""
    return _with_values({"_id": one.id, "name": one.name, "parentReseller": one.parent_reseller, "features": FEATURES})


def employee_members(one: Employee, *, full: bool = True) -> Json:
    """An employee, without anything to sign in with."""
    shown = {
        "_id": one.id,
        "customer": one.customer,
        "name": one.name,
        "accessLevel": one.access_level.name,
        "state": one.state.value,
        "emailAddress": one.email_address,
        "noEmail": one.no_email or None,
        "smsValidation": one.sms_validation or None,
        "smsNumber": one.sms_number,
        "organizationResellers": list(one.organization_resellers) or None,
        "title": one.title,
        "department": one.department,
        "language": one.language,
        "ipRestriction": one.ip_restriction,
    }
    return _with_values(shown if full else {name: shown[name] for name in CONDENSED_EMPLOYEE})


def extension_members(
    one: Extension, held: Sequence[Assignment], now: Assignment | None, names: Mapping[str, str], *, full: bool = True
) -> Json:
    """An extension with its holder `now`; without a name of its own it has its holder's."""
    shown = _with_values(
        {
            "_id": one.id,
            "type": "EXTENSION",
            "customer": one.customer,
            "name": one.name or names.get((now and now.employee) or ""),
            "number": one.number,
            "employee": now and now.employee,
        }
    )
    return {**shown, "assignments": [stretch_members(part) for part in held]} if full else shown


def stretch_members(one: Assignment) -> Json:
    """A stretch of time; no `since`: from the beginning; no `until`: for ever."""
    return _with_values(
        {
            "employee": one.employee,
            "number": one.number,
            "since": None if one.since_ms == SINCE_EVER else iso_utc(one.since_ms),
            "until": None if one.until_ms == FOR_EVER else iso_utc(one.until_ms),
        }
    )


def without_unchanged(members: Mapping[str, Any], shown: Json) -> Json:
    """Only what a client wants to change: it may send back an object as it was shown, with one member altered."""
    return {name: value for name, value in members.items() if value != shown.get(name)}


def _with_values(shown: Json) -> Json:
    return {name: value for name, value in shown.items() if value is not None}
