"""What a document may not say: the first mistake is told by its place, and nothing of the document stays."""

import pytest

from directory.documents import (
    ACME,
    ANNA,
    BO,
    CARL,
    DESK,
    HALL,
    JUNE,
    MARCH,
    NOBODY,
    NOW,
    OTHER,
    counted_rows,
    extension,
    give,
    held,
    refused,
)
from pbxtally.directory import Counted, import_people
from pbxtally.errors import BadRequestError
from pbxtally.people import FOR_EVER, Customer


@pytest.mark.parametrize(
    ("section", "wrong", "place"),
    [
        ("customers", "Acme", "customers[1]"),
        ("customers", {"nmae": "Acme"}, "customers[1].nmae"),
        ("customers", {}, "customers[1].name"),
        ("customers", {"name": ""}, "customers[1].name"),
        ("customers", {"name": None}, "customers[1].name"),
        ("customers", {"name": "x" * 257}, "customers[1].name"),
        ("customers", {"name": "a\x00b"}, "customers[1].name"),
        ("customers", {"name": "\ud800"}, "customers[1].name"),
        ("customers", {"_id": "123", "name": "A"}, "customers[1]._id"),
        ("customers", {"_id": 5, "name": "A"}, "customers[1]._id"),
        ("customers", {"_id": OTHER, "name": "A"}, "customers[1]._id"),
        ("customers", {"name": "A", "isReseller": "yes"}, "customers[1].isReseller"),
        ("customers", {"name": "A", "timezone": "Europe/Copenhaven"}, "customers[1].timezone"),
        ("customers", {"name": "A", "timezone": "../../etc/passwd"}, "customers[1].timezone"),
        ("customers", {"name": "A", "language": "Danish!"}, "customers[1].language"),
        ("customers", {"name": "A", "parentReseller": NOBODY}, "customers[1].parentReseller"),
        ("customers", {"_id": NOBODY, "name": "A", "parentReseller": NOBODY}, "customers[1].parentReseller"),
        ("employees", {"name": "Eva"}, "employees[1].customer"),
        ("employees", {"customer": NOBODY, "name": "Eva"}, "employees[1].customer"),
        ("employees", {"customer": ACME}, "employees[1].name"),
        ("employees", {"customer": ACME, "name": "Eva", "accessLevel": "BOSS"}, "employees[1].accessLevel"),
        ("employees", {"customer": ACME, "name": "Eva", "accessLevel": 3}, "employees[1].accessLevel"),
        ("employees", {"customer": ACME, "name": "Eva", "state": []}, "employees[1].state"),
        ("employees", {"_id": ANNA, "customer": OTHER}, "employees[1].customer"),
        ("employees", {"_id": CARL, "name": "Carl", "customer": ACME}, "employees[1]._id"),
        ("extensions", {"customer": ACME}, "extensions[1].number"),
        ("extensions", {"customer": ACME, "_id": NOBODY}, "extensions[1].number"),
        ("extensions", {"customer": ACME, "number": 101}, "extensions[1].number"),
        ("extensions", {"customer": ACME, "number": "1 01"}, "extensions[1].number"),
        ("extensions", {"customer": ACME, "number": "101", "employee": NOBODY}, "extensions[1].employee"),
        ("extensions", {"customer": OTHER, "number": "101", "employee": ANNA}, "extensions[1].employee"),
        ("extensions", {"customer": ACME, "number": "300"}, "extensions[1]._id"),
        ("extensions", {"customer": ACME, "number": "300", "_id": NOBODY}, "extensions[1].number"),
        ("extensions", {"customer": ACME, "number": "101", "assignments": []}, "extensions[1].assignments"),
        ("extensions", {"customer": ACME, "number": "101", "assignments": {}}, "extensions[1].assignments"),
        ("extensions", {"customer": ACME, "number": "101", "assignments": [5]}, "extensions[1].assignments[0]"),
    ],
)
def test_a_mistake_is_named_by_its_place_and_nothing_stays(acme, section, wrong, place):
    good = {
        "customers": {"_id": OTHER, "name": "Other"},
        "employees": {"_id": CARL, "customer": ACME, "department": "Hall"},
        "extensions": extension(_id=HALL, number="300", employee=BO),
    }
    before = counted_rows(acme)
    document = {name: [one, wrong] if name == section else [one] for name, one in good.items()}
    assert refused(acme, document)[0] == place
    assert counted_rows(acme) == before == ([(3, 0)], 0)
    assert acme.employee(CARL).department is None


@pytest.mark.parametrize(
    ("assignments", "place"),
    [
        ([{"since": "yesterday"}], "assignments[0].since"),
        ([{"until": True}], "assignments[0].until"),
        ([{"since": JUNE, "until": JUNE}], "assignments[0].until"),
        ([{"holder": ANNA}], "assignments[0].holder"),
        ([{"employee": NOBODY}], "assignments[0].employee"),
        ([{"employee": ANNA, "until": JUNE}, {"employee": BO, "since": MARCH}], "assignments[1].since"),
        ([{"since": JUNE}, {"since": MARCH}], "assignments[1].since"),
        ([{"number": "102"}], "number"),
        ([{"employee": ANNA}], "employee"),
    ],
)
def test_a_mistake_in_a_history_is_named_by_its_place(acme, assignments, place):
    wrong = extension(number="101", employee=BO if place == "employee" else None, assignments=assignments)
    if place != "employee":
        del wrong["employee"]
    assert refused(acme, {"extensions": [wrong]})[0] == f"extensions[0].{place}"


def test_a_history_needs_numbers(acme):
    wrong = extension(_id=DESK, assignments=[{"number": "101", "until": JUNE}, {"since": JUNE}])
    assert refused(acme, {"extensions": [wrong]})[0] == "extensions[0].assignments[1].number"


def test_no_two_extensions_hold_one_number_at_one_time(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA))
    new = extension(_id=HALL, number="101", assignments=[{"employee": BO, "since": MARCH, "until": JUNE}])
    assert refused(acme, {"extensions": [extension(number="102"), new]}) == (
        "extensions[1].number",
        f"extension {DESK} holds 101 at the same time - give each its time in assignments",
    )
    assert held(acme) == [("101", ANNA, 0, FOR_EVER)]


def test_of_two_extensions_of_the_document_the_later_one_is_wrong(acme):
    pair = [extension(_id=DESK, number="101"), extension(_id=HALL, number="101")]
    word, description = refused(acme, {"extensions": pair})
    assert word == "extensions[1].number"
    assert description.startswith("extensions[0] holds 101")


def test_resellers_cannot_stand_above_themselves(acme):
    first = {"_id": ACME, "parentReseller": OTHER}
    loop = [first, {"_id": OTHER, "name": "Other", "parentReseller": ACME}]
    assert refused(acme, {"customers": loop})[0] == "customers[0].parentReseller"
    assert refused(acme, {"customers": [{"_id": ACME, "parentReseller": ACME}]})[0] == "customers[0].parentReseller"
    assert acme.parents() == {ACME: None}


def test_a_customer_is_put_under_a_reseller_only_which_the_same_document_may_make(acme):
    other, under = {"_id": OTHER, "name": "Other"}, {"_id": ACME, "parentReseller": OTHER}
    assert refused(acme, {"customers": [under, other]}) == (
        "customers[0].parentReseller",
        "This customer is not a reseller - set its isReseller first",
    )
    import_people(acme, {"customers": [under, {**other, "isReseller": True}]}, NOW)
    assert acme.parents() == {ACME: OTHER, OTHER: None}


def test_a_customer_that_stands_under_no_reseller_since_an_older_version_is_imported_as_it_is(acme):
    with acme.change() as kept:
        kept.keep_customers([Customer(OTHER, "Other"), Customer(ACME, "Acme", OTHER)])
    there = {"_id": ACME, "parentReseller": OTHER, "timezone": "Europe/Oslo"}
    assert import_people(acme, {"customers": [there]}, NOW).customers == Counted(0, 1, 0)
    assert acme.parents() == {ACME: OTHER, OTHER: None}


def test_a_reseller_with_customers_stays_one(acme):
    top = {"_id": OTHER, "name": "Other", "isReseller": True}
    import_people(acme, {"customers": [top, {"_id": ACME, "parentReseller": OTHER}]}, NOW)
    word, description = refused(acme, {"customers": [{"_id": OTHER, "isReseller": False}]})
    assert (word, description) == (
        "customers[0].isReseller",
        "It has customers - move them to another reseller first",
    )
    import_people(acme, {"customers": [{"_id": OTHER, "isReseller": False}, {"_id": ACME, "state": "DELETED"}]}, NOW)
    assert not acme.customer(OTHER).is_reseller


def test_an_object_that_fits_two_must_say_which(acme):
    import_people(acme, {"employees": [{"_id": NOBODY, "customer": ACME, "name": "Anna"}]}, NOW)
    word, description = refused(acme, {"employees": [{"customer": ACME, "name": "Anna"}]})
    assert word == "employees[0]._id"
    assert ANNA in description
    assert NOBODY in description


def test_the_same_person_twice_is_a_mistake_of_the_second(acme):
    twice = [{"customer": ACME, "name": "Eva"}, {"customer": ACME, "name": "Eva"}]
    assert refused(acme, {"employees": twice})[0] == "employees[1]._id"


def test_the_first_mistake_is_the_one_that_is_told(store):
    document = {
        "extensions": [{"nonsense": 1}],
        "customers": [{"_id": ACME, "name": "Acme", "timezone": "Mars"}, {"name": 5}],
    }
    assert refused(store, document)[0] == "customers[0].timezone"


def test_a_document_that_is_no_object_of_arrays_is_refused(store):
    for document in (None, [], "people", 5):
        with pytest.raises(BadRequestError):
            import_people(store, document, NOW)
    assert refused(store, {"employes": []})[0] == "employes"
    assert refused(store, {"employees": {}})[0] == "employees"
    assert import_people(store, {"employees": None}, NOW).employees == Counted(0, 0, 0)
