"""A database of people with two customers and two employees, and the kinds of database there are."""

import pytest

from pbxtally.people import AccessLevel, Customer, Employee
from pbxtally.stores.people_store import PeopleStore

ACME, OTHER = "a0" * 12, "b0" * 12
ANNA, BO = "0a" * 12, "0b" * 12
DESK, HALL = "e1" * 12, "e2" * 12

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)


def anna_and_bo(url):
    """A store with Anna and Bo of Acme in it, and another customer."""
    store = PeopleStore(url)
    with store.change() as change:
        change.keep_customers([Customer(ACME, "Acme", timezone="Europe/Oslo", language="da"), Customer(OTHER, "Other")])
        change.keep_employees([Employee(ANNA, ACME, "Anna", AccessLevel.VIEWER), Employee(BO, ACME, "Bo")])
    return store


def keep(store, extension, *held):
    with store.change() as change:
        change.keep_extensions([extension], {extension.id: held})
