"""Working hours and holidays in a form: a line for every weekday, and the place whose holidays count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pbxtally.errors import InvalidFieldError
from pbxtally.hours import DENMARK, USUAL_HOURS, WEEKDAYS, DaysOff, UnknownPlaceError, WorkingHours, parse_place
from pbxtally.people import Customer
from pbxtally.web.administration.forms import Field, members_of

WORDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

FIELDS = (
    *(Field(name, word) for name, word in zip(WEEKDAYS, WORDS, strict=True)),
    Field("holidays", "Public holidays of", hint="A country such as DK, a region such as DE-BY, or NONE."),
)

YEAR = 2026
"""Any year will do to find out whether a place's holidays are known."""

TROUBLES = ("Use times such as 08:00-12:00, 12:30-16:00", "The holidays of this place are not known")
"""What may be wrong with them."""


def shown(customer: Customer) -> dict[str, str]:
    """What the form shows: the hours that apply, even if the customer has set none."""
    return {**(customer.working_hours or USUAL_HOURS).written(), "holidays": customer.holidays or DENMARK}


def members(customer: Customer, typed: Mapping[str, str], days_off: DaysOff) -> dict[str, Any]:
    """What the desk is given: weekdays that nobody changed in the form stay as the customer has them by now.

    InvalidFieldError names the weekday that cannot be read.
    """
    changed = members_of(FIELDS, typed)
    days = {name: text or "" for name, text in changed.items() if name in WEEKDAYS}
    for name, text in days.items():
        _check(name, text)
    week = {**shown(customer), **days}
    given: dict[str, Any] = {"workingHours": {name: week[name] for name in WEEKDAYS if week.get(name)}} if days else {}
    if "holidays" in changed:
        given["holidays"] = _place(changed["holidays"] or DENMARK, days_off)
    return given


def _check(weekday: str, text: str) -> None:
    try:
        WorkingHours.read({weekday: text} if text else {})
    except ValueError:
        raise InvalidFieldError(weekday, TROUBLES[0]) from None


def _place(text: str, days_off: DaysOff) -> str:
    """A place whose holidays can be worked out here."""
    try:
        place = parse_place(text)
        days_off(place, [YEAR])
    except (ValueError, UnknownPlaceError):
        raise InvalidFieldError("holidays", TROUBLES[1]) from None
    return place
