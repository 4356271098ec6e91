"""One customer, people with passwords, and a clock that moves only when told to."""

import pyotp

from pbxtally.login import set_password
from pbxtally.people import AccessLevel, Customer, Employee
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

RESELLER, ACME, OTHER = "c0" * 12, "a0" * 12, "b0" * 12
ANNA, BO, RIE, OLE = "0a" * 12, "0b" * 12, "0c" * 12, "0d" * 12
NOW_MS = 1_600_000_000_000
MINUTE_MS = 60_000
HERE = "192.0.2.7"
RIGHT = "Sommerhus7 ved havet"
PEOPLE = (
    Employee(ANNA, ACME, "Anna", AccessLevel.OWNER, email_address="anna@acme.example"),
    Employee(BO, ACME, "Bo", AccessLevel.VIEWER, email_address="bo@acme.example"),
    Employee(RIE, RESELLER, "Rie", AccessLevel.RESELLER, email_address="rie@top.example"),
    Employee(OLE, OTHER, "Ole", AccessLevel.VIEWER, email_address="ole@other.example"),
)


def fill(store, password=RIGHT):
    """Fill a store: Rie's company resells to Acme; Other is somebody else's."""
    with store.change() as change:
        change.keep_customers(
            [Customer(RESELLER, "Top", is_reseller=True), Customer(ACME, "Acme", RESELLER), Customer(OTHER, "Other")]
        )
        change.keep_employees(PEOPLE)
    for one in (ANNA, RIE):
        set_password(store, one, password, NOW_MS)


def open_store(folder):
    """A store with nobody in it."""
    return PeopleStore(sqlite_url(folder / "people.db"))


def change(store, one):
    """Keep an employee or a customer as given."""
    with store.change() as kept:
        (kept.keep_customers if isinstance(one, Customer) else kept.keep_employees)([one])


def code_of(store, employee_id, at_ms):
    """What the employee's app shows at a moment."""
    return pyotp.TOTP(store.authenticator(employee_id).secret).at(at_ms // 1000)


def actions(store, customer):
    """What happened according to a customer's audit, oldest first."""
    return [line.action.value for line in reversed(store.audit(customer, 0, 100)[1])]
