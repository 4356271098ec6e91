"""Tenants beside, above and below each other, with a person of every level, canaries and primes everywhere.

top ── north ── acme            (the people who ask are north's and acme's)
       north ── sub ── deep     (sub is a reseller below north)
       north ── shut            (a blocked customer)
top ── south ── stall           (a sibling of north)
other ── shop                   (another reseller)
"""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from copies import filled
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.directory import import_people
from pbxtally.intake import derive_changed_numbers
from pbxtally.login import fingerprint, make_token
from pbxtally.people import AccessLevel, KnownToken
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.web.backend import Backend

NOW_MS = round(datetime(2020, 12, 1, 12, tzinfo=UTC).timestamp() * 1000)

PARENTS = {
    "top": None,
    "north": "top",
    "acme": "north",
    "sub": "north",
    "deep": "sub",
    "shut": "north",
    "south": "top",
    "stall": "south",
    "other": None,
    "shop": "other",
}
RESELLERS = {above for above in PARENTS.values() if above}
PRIMES = dict(
    zip(
        PARENTS, (700_001, 710_009, 720_007, 730_003, 740_011, 750_019, 760_007, 770_027, 780_029, 790_003), strict=True
    )
)
"""Every tenant's own number: its person's extension."""

UNSEEN_PRIMES = dict(
    zip(
        PARENTS, (701_009, 711_017, 721_037, 731_041, 741_001, 751_001, 761_003, 771_019, 781_007, 791_003), strict=True
    )
)
"""Each tenant's extension that nobody has entered."""

CUSTOMER = {name: f"c{index:x}" * 12 for index, name in enumerate(PARENTS)}
PERSON = {name: f"e{index:x}" * 12 for index, name in enumerate(PARENTS)}
EXTENSION = {name: f"b{index:x}" * 12 for index, name in enumerate(PARENTS)}
STAFF = {level: f"{int(level)}f" * 12 for level in AccessLevel}
"""One person of each level, all of them north's."""
STAFF_EXTENSION = {level: f"{int(level)}b" * 12 for level in AccessLevel}
ACMES = {level: f"{int(level)}a" * 12 for level in AccessLevel if level <= AccessLevel.OWNER}
"""One person of each level that acme's own people have."""
NOBODY = "9" * 24


def canary(customer):
    """A word that is in everything a tenant has."""
    return f"canary{customer}feather"


def people():
    """The document that makes them."""
    return {
        "customers": [
            {
                "_id": CUSTOMER[one],
                "name": f"{canary(one)} house",
                "parentReseller": above and CUSTOMER[above],
                "isReseller": one in RESELLERS,
                "notes": f"{canary(one)} notes",
                "emailAddress": f"house@{canary(one)}.example",
            }
            for one, above in PARENTS.items()
        ],
        "employees": [
            *(
                {
                    "_id": PERSON[one],
                    "customer": CUSTOMER[one],
                    "name": f"{canary(one)} person",
                    "accessLevel": "PERSONAL",
                    "emailAddress": f"person@{canary(one)}.example",
                    "department": f"{canary(one)} room",
                }
                for one in PARENTS
            ),
            *(
                {"_id": STAFF[one], "customer": CUSTOMER["north"], "name": f"N {one.name}", "accessLevel": one.name}
                for one in AccessLevel
            ),
            *(
                {"_id": ACMES[one], "customer": CUSTOMER["acme"], "name": f"A {one.name}", "accessLevel": one.name}
                for one in ACMES
            ),
        ],
        "extensions": [
            *(
                {
                    "_id": EXTENSION[one],
                    "customer": CUSTOMER[one],
                    "number": str(PRIMES[one]),
                    "employee": PERSON[one],
                    "name": f"{canary(one)} phone",
                }
                for one in PARENTS
            ),
            *(
                {
                    "_id": STAFF_EXTENSION[one],
                    "customer": CUSTOMER["north"],
                    "number": f"30{int(one)}",
                    "employee": STAFF[one],
                }
                for one in AccessLevel
            ),
        ],
    }


def call(number, key, hour=9):
    """A call out, today, as many seconds long as the number has thousands."""
    start = NOW_MS - (12 - hour) * 3_600_000
    talk_ms = int(number) // 1000 * 1000
    return Leg(
        key=key,
        call=key,
        started_ms=start,
        ended_ms=start + talk_ms + 5000,
        answered_ms=start + 5000,
        ring_ms=5000,
        talk_ms=talk_ms,
        via=Via.DEVICE,
        result=Result.ANSWERED,
        caller_device=str(number),
        callee_device="trunk",
        dialled="+4599000001",
    )


class Tenants:
    """A house with all of them in it, and everybody's token."""

    def __init__(self, folder, calls_of=tuple(PARENTS)):
        self.tokens, self.spares = dict(filled(folder, _fill, calls_of)), {}
        self.store, self.people = _open(folder)
        self.now_ms = NOW_MS
        self.backend = Backend(self.store, self.people, ZoneInfo("Europe/Copenhagen"), "da", lambda: self.now_ms)

    def headers(self, employee):
        """Signed in by header."""
        return {"Authorization": f"Bearer {self.tokens[employee]}"}

    def spare(self, employee):
        """Somebody's token that may be deleted; a new one if it was."""
        known = self.people.token(fingerprint(self.spares.get(employee, "")))
        if known is None or known.revoked_ms is not None:
            self.spares[employee] = make_token(self.people, employee, NOW_MS)
        return self.spares[employee]

    def give_back(self, employee):
        """Restore the token of somebody who was deleted."""
        token = self.tokens.get(employee)
        if token and self.people.token(fingerprint(token)) is None:
            self.people.keep_token(KnownToken(fingerprint(token), employee, token[:11], NOW_MS))

    def close(self):
        self.store.close()
        self.people.close()


def _open(folder):
    store = DuckStore(folder, memory="256MB", threads=2, query_seconds=30)
    return store, PeopleStore(sqlite_url(folder / "people.db"))


def _fill(folder, calls_of):
    store, kept = _open(folder)
    import_people(kept, people(), NOW_MS)
    derive_changed_numbers(store, kept)
    for one in calls_of:
        legs = [call(PRIMES[one], "1"), call(UNSEEN_PRIMES[one], "2")]
        store.keep(CUSTOMER[one], "made", legs, Numbering(kept.numbers(CUSTOMER[one]), trunks=frozenset({"trunk"})))
    tokens = {}
    for one in (*STAFF.values(), *ACMES.values(), *PERSON.values()):
        with suppress(Exception):  # those who cannot sign in have none
            tokens[one] = make_token(kept, one, NOW_MS)
    store.close()
    kept.close()
    return tokens


def told(answer):
    """Status and word of an error."""
    return answer.status_code, answer.json()["message"]
