"""The world of the vendor's page: its query example, its response example, and the people in them.

The page's response shows `inboundAnswered` as 0 in all nine cells, contrary to its own description; here it is what the
description says, inboundCalls − inboundUnanswered. The other 81 figures are the page's. The query's employees have ids
on the page but neither names nor numbers: those are ours.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PAGE_CUSTOMER = "12345678901234567890abcd"
PAGE_ZONE = "Europe/Copenhagen"


class PagePerson(NamedTuple):
    """An employee of the page's customer and their extension."""

    employee: str
    name: str
    extension: str
    number: str
    access_level: str


class Figures(NamedTuple):
    """One cell of the response, in the page's order."""

    outbound_calls: int
    outbound_seconds: int
    outbound_answered: int
    outbound_unanswered: int
    outbound_failed: int
    inbound_calls: int
    inbound_seconds: int
    inbound_answered: int
    inbound_unanswered: int
    inbound_busy: int


BO = PagePerson("5450f1834b75ff21032563a1", "Bo Madsen", "5bf2b81b462b727cd09b05cd", "232", "VIEWER")
BENNY = PagePerson("53da4c7552b2dbf05521c09b", "Benny Andersen", "5c5a97d983a3bc74d5891c51", "289", "PERSONAL")
HANS = PagePerson("534bf567221eb20000136767", "Hans Hansen", "5c5aa35183a3bc74d5891cd1", "302", "PERSONAL")
ANNE = PagePerson("12345678901234567890aaaa", "Anne Thygesen", "5c5aa2b283a3bc74d5891c9e", "210", "MANAGER")
KARL = PagePerson("12345678901234567890bbbb", "Karl Østerby", "5c5aa2f983a3bc74d5891cb4", "211", "NO_LOGIN")

RESPONSE_PEOPLE = (BO, BENNY, HANS)
QUERY_PEOPLE = (ANNE, KARL)

PAGE_FIGURES: dict[str, dict[int, Figures]] = {
    BO.employee: {
        49: Figures(80, 14276, 66, 14, 0, 111, 27041, 102, 9, 0),
        50: Figures(106, 33521, 85, 21, 0, 159, 45536, 156, 3, 0),
        51: Figures(58, 13651, 39, 19, 0, 77, 11903, 72, 5, 0),
    },
    BENNY.employee: {
        49: Figures(71, 8685, 63, 8, 1, 63, 9269, 52, 11, 1),
        50: Figures(114, 17523, 96, 18, 0, 83, 11317, 63, 20, 0),
        51: Figures(66, 14204, 60, 6, 0, 47, 5206, 32, 15, 5),
    },
    HANS.employee: {
        49: Figures(40, 9652, 36, 4, 0, 36, 9038, 28, 8, 3),
        50: Figures(73, 31671, 66, 7, 0, 91, 17661, 69, 22, 8),
        51: Figures(42, 13548, 31, 11, 0, 62, 7571, 46, 16, 5),
    },
}
"""By employee and ISO week of 2020."""

PAGE_QUERY = (
    "{ customer: '12345678901234567890ABCD', employees: ['12345678901234567890AAAA','12345678901234567890BBBB'],"
    " from: '2020-01-01-T00:00:00.000Z', to: '2020-01-31T00:00:00.000Z', ignoreBelow: 10, ignoreLocal: true,"
    " direction: 'BOTH', groupingInterval: 'DAY',"
    " fields: ['employeeName','extensionNumber','inboundCalls','outboundCalls'], sort: 'extensionNumber',"
    " format: 'JSON' }"
)
"""The page's query example in its own notation, its malformed first date included (D12)."""


def page_response_request() -> dict[str, Any]:
    """The request that brings the page's response back."""
    return {"customer": PAGE_CUSTOMER, "from": "2020-11-30", "to": "2020-12-20", "groupingInterval": "WEEK"}


def page_people(parent_reseller: str) -> dict[str, Any]:
    """The page's customer, its employees and extensions, as `people import` takes them."""
    people = (*QUERY_PEOPLE, *RESPONSE_PEOPLE)
    return {
        "customers": [
            {
                "_id": PAGE_CUSTOMER,
                "name": "The page's own customer (demo)",
                "parentReseller": parent_reseller,
                "timezone": PAGE_ZONE,
            }
        ],
        "employees": [
            {"_id": who.employee, "customer": PAGE_CUSTOMER, "name": who.name, "accessLevel": who.access_level}
            for who in people
        ],
        "extensions": [
            {"_id": who.extension, "customer": PAGE_CUSTOMER, "number": who.number, "employee": who.employee}
            for who in people
        ],
    }
