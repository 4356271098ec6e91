"""Holidays of every country, and of its parts: Denmark's are ours, all others come from the extra `holidays`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pbxtally.hours import DENMARK, NO_HOLIDAYS, UnknownPlaceError, built_in


def days_off(place: str, years: Iterable[int]) -> frozenset[date]:
    """The holidays of a place such as DK, DE or DE-BY; UnknownPlaceError where nobody here knows them."""
    if place in (DENMARK, NO_HOLIDAYS):
        return built_in(place, years)
    try:
        import holidays
    except ImportError:
        raise UnknownPlaceError(place) from None
    country, _, part = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=list(years)))
    except NotImplementedError:
        raise UnknownPlaceError(place) from None
