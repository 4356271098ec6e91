"""A store with calls in it and people who hold extensions, for tests that ask questions."""

import json
from itertools import count
from zoneinfo import ZoneInfo

from calls_table import NUMBERING, ms
from pbxtally.calls import Direction, Outcome, Reason, involvements
from pbxtally.hours import WEEKDAYS, Calendar, WorkingHours
from pbxtally.people import AccessLevel, Assignment, Customer, Employee
from pbxtally.query import Asker, parse_query
from pbxtally.renderers.to_json import json_chunks
from pbxtally.stats import ask

_ids = count(1)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")

BUSY_DAY = "00:00-07:30, 09:00-12:00, 12:30-16:00"
CALENDAR = Calendar(WorkingHours.read({**dict.fromkeys(WEEKDAYS[:6], BUSY_DAY), "sunday": "01:30-02:30, 23:59-24:00"}))
"""Hours that a clock change at night falls into, and the holidays of Denmark."""


def new_id(kind="c"):
    """An unused id that tells what it is an id of."""
    return f"{kind}{next(_ids):023x}"


class Office:
    """One customer: its people, and its calls in a store."""

    def __init__(self, store, source="test", language=None):
        self.store, self.source = store, source
        self.me = Customer(new_id("c"), "Nordlys", language=language)
        self.names = {}
        self.of_department = {}
        self.calendar = CALENDAR
        self.settings = {}
        self.held = []

    # what `stats` wants of a directory

    def customer(self, customer_id):
        return self.me if customer_id == self.me.id else None

    def parents(self):
        return {self.me.id: None}

    def employee_names(self, customer_id):
        assert customer_id == self.me.id
        return self.names

    def departments(self, customer_id):
        assert customer_id == self.me.id
        return self.of_department

    def assignments(self, customer_id):
        assert customer_id == self.me.id
        return sorted(self.held, key=lambda one: one.since_ms)

    def numbers(self, customer_id):
        assert customer_id == self.me.id
        return frozenset(one.number for one in self.held)

    def source_settings(self, customer_id):
        assert customer_id == self.me.id
        return self.settings

    # what a test does

    def hires(self, name, *numbers, since=None, until=None, extension=None):
        """An employee who holds numbers, each an extension of its own unless one is given."""
        employee = next((id for id, known in self.names.items() if known == name), None) or new_id("e")
        self.names[employee] = name
        for number in numbers:
            times = {"since_ms": ms(since)} if since else {}
            times |= {"until_ms": ms(until)} if until else {}
            self.held.append(Assignment(extension or new_id("a"), number, employee, **times))
        return employee

    def keeps(self, legs, numbering=NUMBERING):
        return self.store.keep(self.me.id, self.source, legs, numbering)

    def asker(self):
        return Asker(self.me.id, ms("2020-12-23 09:00:00"), lambda _: COPENHAGEN, lambda _: self.calendar)

    def query(self, **members):
        asker = self.asker()
        return parse_query({"from": "2020-12-01", "to": "2020-12-01", **members}, asker)

    def report(self, asker=None, **members):
        asker = asker or Employee(new_id("e"), self.me.id, "Ask", AccessLevel.VIEWER)
        return ask(self.store, self, asker, self.query(**members), "en")

    def asks(self, **members):
        """The answer as a client reads it."""
        return json.loads(b"".join(json_chunks(self.report(**members))))

    def rows(self, **members):
        """The answer as the oracle gives it."""
        identity = ("employeeId", "employeeName", "extensionId", "extensionNumber")
        answer = self.asks(**members)
        rows = {tuple(row[name] for name in identity): row.get("data", {}) for row in answer}
        assert len(rows) == len(answer)
        return rows


def told(legs, numbering=NUMBERING):
    """What several calls were for each extension, with words for enums, derived call by call."""
    calls = {}
    for leg in {leg.key: leg for leg in legs}.values():
        calls.setdefault(leg.call, []).append(leg)
    return [
        one._replace(direction=Direction(one.direction), outcome=Outcome(one.outcome), reason=Reason(one.reason))
        for call in calls.values()
        for one in involvements(call, numbering)
    ]
