"""The people of the demo company: who they are, which extensions they hold, how they telephone."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Europe/Copenhagen"


def demo_id(what: str) -> str:
    """An id that anybody can see belongs to the demo: 24 hex digits that begin with de30."""
    return "de30" + hashlib.sha256(what.encode()).hexdigest()[:20]


RESELLER_ID = demo_id("reseller")
RESELLER_EMPLOYEE_ID = demo_id("employee Inge Falk")
COMPANY_ID = demo_id("company")


class Habit(NamedTuple):
    """An ordinary working day of one person of a department, before personal differences."""

    dials: float  # calls made to the outside
    called: float  # calls from outside to the own number
    chats: float  # calls to colleagues
    talk_seconds: int  # half of the talks are shorter
    presence: float  # share of working days at the desk, holidays apart


HABITS = {
    "Direktion": Habit(3.0, 2.0, 2.0, 150, 0.75),
    "Reception": Habit(1.5, 0.5, 1.5, 45, 0.95),
    "Salg": Habit(7.5, 4.0, 1.2, 170, 0.85),
    "Support": Habit(2.2, 1.0, 0.9, 200, 0.92),
    "Økonomi": Habit(2.5, 2.5, 1.1, 110, 0.9),
    "Værksted": Habit(1.4, 1.2, 0.8, 70, 0.92),
    "Lager": Habit(1.6, 1.2, 1.2, 60, 0.93),
    "IT": Habit(1.5, 1.0, 2.2, 120, 0.9),
    "Montører": Habit(3.0, 2.2, 0.9, 95, 0.85),
}


class Person(NamedTuple):
    """An employee and the number of their extension."""

    number: str
    name: str
    department: str
    access_level: str = "NO_LOGIN"


STAFF = (
    Person("20", "Kirsten Bøgelund", "Direktion", "OWNER"),
    Person("21", "Torben Bøgelund", "Direktion", "VIEWER"),
    Person("10", "Gitte Holm", "Reception", "PERSONAL"),
    Person("11", "Susanne Vestergaard", "Reception", "PERSONAL"),
    Person("12", "Emma Riis", "Reception"),
    Person("201", "Peter Lindholm", "Salg", "MANAGER"),
    Person("202", "Camilla Juhl", "Salg", "PERSONAL"),
    Person("203", "Jesper Dahl", "Salg", "PERSONAL"),
    Person("204", "Mette Krogh", "Salg", "PERSONAL"),
    Person("205", "Anders Aagaard", "Salg", "PERSONAL"),
    Person("206", "Laura Winther", "Salg", "PERSONAL"),
    Person("207", "Thomas Bisgaard", "Salg", "PERSONAL"),
    Person("208", "Rikke Sølvsten", "Salg", "PERSONAL"),
    Person("209", "Nikolaj Frost", "Salg"),
    Person("301", "Lone Damgaard", "Support", "VIEWER"),
    Person("302", "Morten Skriver", "Support", "PERSONAL"),
    Person("303", "Heidi Ravnkilde", "Support", "PERSONAL"),
    Person("304", "Line Toft", "Support", "PERSONAL"),
    Person("305", "Kasper Ibsen", "Support", "PERSONAL"),
    Person("306", "Signe Hviid", "Support", "PERSONAL"),
    Person("307", "Ali Rahimi", "Support", "PERSONAL"),
    Person("308", "Dorthe Ågesen", "Support"),
    Person("401", "Bodil Nørskov", "Økonomi", "VIEWER"),
    Person("402", "Erik Thorup", "Økonomi", "PERSONAL"),
    Person("403", "Anja Møller-Kofoed", "Økonomi"),
    Person("404", "Jørgen Æbelø", "Økonomi"),
    Person("5001", "Finn Overby", "Værksted", "PERSONAL"),
    Person("5002", "Preben Lauge", "Værksted"),
    Person("5003", "Danny Holst", "Værksted"),
    Person("5004", "Marek Nowak", "Værksted"),
    Person("5005", "Stine Elkjær", "Værksted"),
    Person("5101", "Brian Skovgaard", "Lager"),
    Person("5102", "Tina Bundgaard", "Lager"),
    Person("601", "Jonas Wulff", "IT", "MANAGER"),
    Person("602", "Freja Lykke", "IT", "PERSONAL"),
    Person("70101", "René Kjærgaard", "Montører"),
    Person("70102", "Michael Stage", "Montører"),
    Person("70103", "Henrik Bjerre", "Montører"),
    Person("70104", "Søren Åkjær", "Montører"),
    Person("880001", "Ulla Rosenvinge", "Økonomi"),
)

LEFT = Person("206", "Mads Kruse", "Salg")
"""Had 206 until he left; Laura Winther has had it since."""

SUBSTITUTE = Person("304", "Oliver Krag", "Support")
"""Sat at 304 while Line Toft was on leave."""

SHARED_NUMBERS = {LEFT.number: "Salg 6", SUBSTITUTE.number: "Support 4"}
"""Extensions that changed hands; the PBX shows these names, whoever holds them."""

NOBODYS = {"19": "Porttelefon", "190": "Mødelokale Havnen", "199": "Fax", "5190": "Kantine"}
"""Extensions that nobody holds, and what they are."""

AWAY_TO_MOBILE = frozenset({"201", "203", "207", "21"})
"""Whose calls go on to their own mobile while they are out."""


def company_people(first_day: date) -> dict[str, Any]:
    """The reseller, the company, its employees and extensions, as `people import` takes them.

    `first_day` is the first day with calls: 206 changed hands half a year after it, 304 went to a substitute from the
    third to the eighth month. Who picked up is not in the calls' bytes, so those do not depend on it.
    """
    handover, leave, back = (_midnight(first_day + timedelta(days)) for days in (182, 91, 245))
    assignments = {
        LEFT.number: [_held(LEFT, until=handover), _held(_holder(LEFT.number), since=handover)],
        SUBSTITUTE.number: [
            _held(_holder(SUBSTITUTE.number), until=leave),
            _held(SUBSTITUTE, since=leave, until=back),
            _held(_holder(SUBSTITUTE.number), since=back),
        ],
    }
    employees = [_employee(who) for who in STAFF]
    employees += [_employee(LEFT) | {"state": "DELETED"}, _employee(SUBSTITUTE) | {"state": "DISABLED"}]
    extensions = [_extension(who.number, who.name) | {"employee": _employee_id(who)} for who in STAFF]
    for extension in extensions:
        if extension["number"] in assignments:
            extension["name"] = SHARED_NUMBERS[extension["number"]]
            extension["assignments"] = assignments[extension["number"]]
            del extension["employee"]
    extensions += [_extension(number, name) for number, name in NOBODYS.items()]
    return {
        "customers": [
            {"_id": RESELLER_ID, "name": "Falk Telefoni (demo)", "isReseller": True, "timezone": ZONE},
            {"_id": COMPANY_ID, "name": "Bøgelund Maskiner (demo)", "parentReseller": RESELLER_ID, "timezone": ZONE},
        ],
        "employees": [_reseller_employee(), *employees],
        "extensions": extensions,
    }


def _reseller_employee() -> dict[str, Any]:
    return {
        "_id": RESELLER_EMPLOYEE_ID,
        "customer": RESELLER_ID,
        "name": "Inge Falk",
        "accessLevel": "RESELLER",
        "emailAddress": "inge@falk.example",
    }


def _employee(who: Person) -> dict[str, Any]:
    written = {
        "_id": _employee_id(who),
        "customer": COMPANY_ID,
        "name": who.name,
        "accessLevel": who.access_level,
        "department": who.department,
    }
    if who.access_level != "NO_LOGIN":
        written["emailAddress"] = f"{who.number}@boegelund.example"
    return written


def _extension(number: str, name: str) -> dict[str, Any]:
    return {"_id": demo_id(f"extension {number}"), "customer": COMPANY_ID, "number": number, "name": name}


def _held(who: Person, **when: str) -> dict[str, Any]:
    return {"employee": _employee_id(who), "number": who.number, **when}


def _holder(number: str) -> Person:
    """Who holds the number today."""
    return next(who for who in STAFF if who.number == number)


def _employee_id(who: Person) -> str:
    return demo_id(f"employee {who.name}")


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
