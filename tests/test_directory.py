"""Importing people: what an operator writes, who held what when, and all or nothing."""

from datetime import UTC, datetime

import pytest

from pbxtally.directory import Counted, import_people
from pbxtally.directory.sheet import read_sheet
from pbxtally.errors import BadRequestError, InvalidFieldError
from pbxtally.people import FOR_EVER, AccessLevel, Assignment, Customer, Employee, EmployeeState
from pbxtally.stores.people_store import PeopleStore

ACME, OTHER = "a0" * 12, "b0" * 12
ANNA, BO, CARL = "0a" * 12, "0b" * 12, "0c" * 12
DESK, HALL = "e1" * 12, "e2" * 12
NOBODY = "99" * 12


def at(text):
    """Milliseconds of a UTC clock time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


MARCH, JUNE, NOW = at("2021-03-01"), at("2021-06-01"), at("2021-09-01")


@pytest.fixture
def store(people_url):
    store = PeopleStore(people_url)
    yield store
    store.close()


@pytest.fixture
def acme(store):
    """A customer with three employees and no extension."""
    names = {ANNA: "Anna", BO: "Bo", CARL: "Carl"}
    employees = [{"_id": one, "customer": ACME, "name": name} for one, name in names.items()]
    import_people(store, {"customers": [{"_id": ACME, "name": "Acme"}], "employees": employees}, at("2021-01-01"))
    return store


def extension(**members):
    return {"customer": ACME, **members}


def give(store, *extensions, now_ms=NOW):
    return import_people(store, {"extensions": list(extensions)}, now_ms)


def held(store):
    """Who held which number from when until when, in time order."""
    return [(one.number, one.employee, one.since_ms, one.until_ms) for one in store.assignments(ACME)]


def counted_rows(store):
    with store.change() as change:
        people = [(len(change.employees(one.id)), len(change.extensions(one.id))) for one in change.customers()]
        return people, sum(len(change.assignments(one.id)) for one in change.customers())


def refused(store, document, now_ms=NOW):
    """The place and the sentence of the first mistake."""
    with pytest.raises(InvalidFieldError) as mistake:
        import_people(store, document, now_ms)
    return mistake.value.word, mistake.value.description


# What comes in


def test_a_name_or_an_address_finds_nobody_who_was_deleted(acme):
    gone = {"customer": ACME, "name": "Bo", "emailAddress": "bo@acme.example"}
    import_people(acme, {"employees": [{"_id": BO, **gone, "state": "DELETED"}]}, MARCH)
    assert import_people(acme, {"employees": [{**gone, "state": "DELETED"}]}, JUNE).employees == Counted(0, 0, 1)
    assert import_people(acme, {"employees": [gone]}, JUNE).employees == Counted(1, 0, 0)
    assert import_people(acme, {"employees": [gone]}, NOW).employees == Counted(0, 0, 1)


def test_a_table_gives_no_extension_to_who_was_deleted(acme):
    import_people(acme, {"employees": [{"_id": BO, "state": "DELETED"}]}, MARCH)
    sheet = read_sheet([["number", "employee"], ["101", "Bo"]], ACME, acme.employees(ACME), {})
    assert import_people(acme, sheet.document, NOW).employees == Counted(1, 0, 0)
    [(_, holder, _, _)] = held(acme)
    assert holder not in (None, BO)


def test_a_whole_document_comes_in_with_the_vendors_names(store):
    receipt = import_people(
        store,
        {
            "extensions": [{"customer": ACME.upper(), "number": "101", "employee": ANNA.upper()}],
            "employees": [
                {
                    "_id": ANNA,
                    "customer": ACME,
                    "name": " Anna Holm ",
                    "accessLevel": "Manage",
                    "state": "disabled",
                    "emailAddress": "anna@acme.example",
                    "department": "Sales",
                }
            ],
            "customers": [
                {"_id": ACME.upper(), "name": "Acme", "parentReseller": OTHER, "timezone": "Europe/Oslo"},
                {"_id": OTHER, "name": "Other", "isReseller": True, "language": "da"},
            ],
        },
        NOW,
    )
    assert store.customer(ACME) == Customer(ACME, "Acme", OTHER, timezone="Europe/Oslo")
    assert store.customer(OTHER) == Customer(OTHER, "Other", None, True, language="da")
    level, state = AccessLevel.MANAGER, EmployeeState.DISABLED
    assert store.employee(ANNA) == Employee(ANNA, ACME, "Anna Holm", level, state, "anna@acme.example", "Sales")
    assert held(store) == [("101", ANNA, 0, FOR_EVER)]
    assert (receipt.customers, receipt.employees) == (Counted(2, 0, 0), Counted(1, 0, 0))
    assert receipt.extensions == Counted(1, 0, 0)
    assert receipt.changed_numbers == {ACME: {"101"}}


def test_importing_again_changes_what_is_named_and_only_that(acme):
    document = {
        "customers": [{"_id": ACME, "timezone": "Europe/Oslo"}],
        "employees": [{"_id": ANNA, "accessLevel": "VIEWER"}, {"_id": BO, "name": "Bo"}],
    }
    receipt = import_people(acme, document, NOW)
    assert acme.customer(ACME) == Customer(ACME, "Acme", timezone="Europe/Oslo")
    assert acme.employee(ANNA) == Employee(ANNA, ACME, "Anna", AccessLevel.VIEWER)
    assert (receipt.customers, receipt.employees) == (Counted(0, 1, 0), Counted(0, 1, 1))
    assert import_people(acme, document, NOW).customers == Counted(0, 0, 1)


def test_null_empties_what_may_be_empty(acme):
    import_people(acme, {"employees": [{"_id": ANNA, "department": "Sales", "emailAddress": "a@acme.example"}]}, NOW)
    import_people(acme, {"employees": [{"_id": ANNA, "department": None}]}, NOW)
    assert acme.employee(ANNA) == Employee(ANNA, ACME, "Anna", email_address="a@acme.example")


def test_objects_without_an_id_get_one_and_are_known_again(acme):
    document = {
        "customers": [{"name": "Third"}],
        "employees": [
            {"customer": ACME, "name": "Dora"},
            {"customer": ACME, "name": "Eva", "emailAddress": "eva@acme.example"},
            {"customer": ACME, "name": "Eva", "emailAddress": "eva.2@acme.example"},
        ],
        "extensions": [extension(number="101", employee=ANNA), extension(number="102")],
    }
    import_people(acme, document, NOW)
    receipt = import_people(acme, document, NOW + 5)
    assert len(acme.parents()) == 2
    assert sorted(acme.employee_names(ACME).values()) == ["Anna", "Bo", "Carl", "Dora", "Eva", "Eva"]
    assert receipt.customers == Counted(0, 0, 1)
    assert receipt.employees == Counted(0, 0, 3)
    assert receipt.extensions == Counted(0, 0, 2)


def test_an_employee_without_an_id_is_known_by_the_address_even_under_another_name(acme):
    import_people(acme, {"employees": [{"_id": ANNA, "emailAddress": "Anna@Acme.example"}]}, NOW)
    import_people(
        acme, {"employees": [{"customer": ACME, "name": "Anna Ny", "emailAddress": "anna@acme.example"}]}, NOW
    )
    assert acme.employee_names(ACME) == {ANNA: "Anna Ny", BO: "Bo", CARL: "Carl"}


def test_nobody_takes_an_address_that_signs_somebody_in_whatever_customer_is_theirs(acme):
    import_people(acme, {"employees": [{"_id": ANNA, "emailAddress": "Åse@acme.example"}]}, MARCH)
    rie = {"customer": OTHER, "name": "Rie", "emailAddress": "åse@ACME.example"}
    others = {"customers": [{"_id": OTHER, "name": "Other"}], "employees": [{"customer": OTHER, "name": "Ib"}, rie]}
    taken = ("employees[1].emailAddress", "Somebody signs in with this address already")
    assert refused(acme, others) == taken
    swap = [{"_id": ANNA, "emailAddress": "bo@acme.example"}, {"_id": BO, "emailAddress": "åse@acme.example"}]
    assert import_people(acme, {"employees": swap}, JUNE).employees == Counted(0, 2, 0)
    twice = [{"_id": one, "emailAddress": "info@acme.example"} for one in (ANNA, BO)]
    assert refused(acme, {"employees": twice}) == taken


def test_an_address_of_who_was_deleted_is_free_and_whoever_comes_back_does_not_take_it_again(acme):
    import_people(acme, {"employees": [{"_id": BO, "emailAddress": "bo@acme.example", "state": "DELETED"}]}, MARCH)
    import_people(acme, {"employees": [{"_id": ANNA, "emailAddress": "bo@acme.example"}]}, JUNE)
    back = {"_id": BO, "state": "ENABLED"}
    assert refused(acme, {"employees": [back]})[0] == "employees[0].emailAddress"
    import_people(acme, {"employees": [{**back, "emailAddress": "bo2@acme.example"}]}, NOW)


def test_two_who_have_one_address_from_before_keep_it_until_somebody_changes_it(acme):
    with acme.change() as change:
        change.keep_employees([Employee(one, ACME, "Both", email_address="b@acme.example") for one in (ANNA, BO)])
    changed = {"_id": BO, "department": "Sales", "emailAddress": "B@acme.example"}
    assert import_people(acme, {"employees": [changed]}, NOW).employees == Counted(0, 1, 0)


def test_people_of_other_customers_are_not_mistaken_for_ours(acme):
    import_people(acme, {"customers": [{"_id": OTHER, "name": "Other"}]}, NOW)
    give(acme, extension(number="101", employee=ANNA))
    document = {
        "employees": [{"_id": CARL.replace("0", "1"), "customer": OTHER, "name": "Anna"}],
        "extensions": [{"customer": OTHER, "number": "101"}],
    }
    receipt = import_people(acme, document, NOW)
    assert (receipt.employees.created, receipt.extensions.created) == (1, 1)
    assert receipt.changed_numbers == {OTHER: {"101"}}
    assert held(acme) == [("101", ANNA, 0, FOR_EVER)]


# Who held what when


def test_another_employee_holds_the_extension_from_now_on(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA), now_ms=MARCH)
    receipt = give(acme, extension(_id=DESK, employee=BO), now_ms=JUNE)
    assert held(acme) == [("101", ANNA, 0, JUNE), ("101", BO, JUNE, FOR_EVER)]
    assert receipt.extensions == Counted(0, 1, 0)
    assert receipt.changed_numbers == {}


def test_nobody_who_was_deleted_gets_an_extension_from_now_on(acme):
    give(acme, extension(_id=DESK, number="101", employee=BO))
    import_people(acme, {"employees": [{"_id": one, "state": "DELETED"} for one in (BO, CARL)]}, MARCH)
    for one in (extension(_id=DESK, employee=CARL), extension(number="102", employee=CARL)):
        assert refused(acme, {"extensions": [one]})[0] == "extensions[0].employee"
    past = [{"employee": CARL, "until": "2021-06-01T00:00:00Z"}]
    give(acme, extension(_id=DESK, employee=BO), extension(number="102", assignments=past))
    assert held(acme) == [("101", BO, 0, FOR_EVER), ("102", CARL, 0, JUNE)]


def test_the_same_employee_again_changes_nothing(acme):
    give(acme, extension(number="101", employee=ANNA), now_ms=MARCH)
    assert give(acme, extension(number="101", employee=ANNA), now_ms=JUNE).extensions == Counted(0, 0, 1)
    assert held(acme) == [("101", ANNA, 0, FOR_EVER)]


def test_an_extension_that_nobody_takes_over_is_nobodys_from_now_on(acme):
    give(acme, extension(number="101", employee=ANNA), now_ms=MARCH)
    give(acme, extension(number="101", employee=None), now_ms=JUNE)
    give(acme, extension(number="101", employee=BO), now_ms=NOW)
    assert held(acme) == [("101", ANNA, 0, JUNE), ("101", None, JUNE, NOW), ("101", BO, NOW, FOR_EVER)]


def test_the_first_holder_of_an_extension_has_it_since_ever(acme):
    give(acme, extension(number="101"), now_ms=MARCH)
    give(acme, extension(number="101", employee=ANNA), now_ms=JUNE)
    assert held(acme) == [("101", ANNA, 0, FOR_EVER)]


def test_another_number_begins_now_and_stays_with_the_holder(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA), now_ms=MARCH)
    receipt = give(acme, extension(_id=DESK, number="201"), now_ms=JUNE)
    assert held(acme) == [("101", ANNA, 0, JUNE), ("201", ANNA, JUNE, FOR_EVER)]
    assert receipt.changed_numbers == {ACME: {"201"}}
    assert acme.numbers(ACME) == {"101", "201"}


def test_two_changes_in_one_moment_leave_only_the_last(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA), now_ms=MARCH)
    give(acme, extension(_id=DESK, employee=BO), now_ms=JUNE)
    give(acme, extension(_id=DESK, employee=CARL), now_ms=JUNE)
    assert held(acme) == [("101", ANNA, 0, JUNE), ("101", CARL, JUNE, FOR_EVER)]


def test_two_extensions_swap_their_numbers(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA), extension(_id=HALL, number="102", employee=BO))
    receipt = give(acme, extension(_id=DESK, number="102"), extension(_id=HALL, number="101"), now_ms=NOW + 1)
    assert sorted(held(acme)) == [
        ("101", ANNA, 0, NOW + 1),
        ("101", BO, NOW + 1, FOR_EVER),
        ("102", ANNA, NOW + 1, FOR_EVER),
        ("102", BO, 0, NOW + 1),
    ]
    assert receipt.changed_numbers == {}


def test_a_number_that_was_given_up_is_the_next_ones_from_then_on(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA), now_ms=MARCH)
    give(acme, extension(_id=DESK, number="201"), now_ms=JUNE)
    give(acme, extension(_id=HALL, number="101", employee=BO), now_ms=NOW)
    assert held(acme) == [("101", ANNA, 0, JUNE), ("101", BO, JUNE, FOR_EVER), ("201", ANNA, JUNE, FOR_EVER)]
    assert acme.number_of_extension(ACME)(DESK, MARCH) == "101"
    assert acme.number_of_extension(ACME)(DESK, NOW) == "201"


def test_assignments_tell_the_whole_history(acme):
    give(
        acme,
        extension(
            _id=DESK,
            number="201",
            assignments=[
                {"employee": BO, "since": JUNE, "until": None},
                {"employee": ANNA, "number": "101", "since": "2021-03-01T00:00:00Z", "until": JUNE},
            ],
        ),
        extension(_id=HALL, number="101", assignments=[{"employee": CARL, "since": "2021-06-01T00:00Z"}]),
    )
    assert held(acme) == [("101", ANNA, MARCH, JUNE), ("101", CARL, JUNE, FOR_EVER), ("201", BO, JUNE, FOR_EVER)]


def test_assignments_replace_the_history_and_their_numbers_leave_the_directory(acme):
    give(acme, extension(_id=DESK, number="101", employee=ANNA))
    receipt = give(acme, extension(_id=DESK, assignments=[{"number": "201", "employee": BO}]))
    assert held(acme) == [("201", BO, 0, FOR_EVER)]
    assert receipt.changed_numbers == {ACME: {"101", "201"}}


def test_times_without_an_offset_are_the_customers(acme):
    import_people(acme, {"customers": [{"_id": ACME, "timezone": "America/New_York"}]}, NOW)
    give(acme, extension(number="101", assignments=[{"since": "2021-03-01", "until": "2021-06-01 08:00"}]))
    assert held(acme) == [("101", None, at("2021-03-01T05:00"), at("2021-06-01T12:00"))]


def test_times_of_a_customer_without_a_zone_are_the_servers(acme):
    give(acme, extension(number="101", assignments=[{"since": "2021-03-01"}]))
    assert held(acme) == [("101", None, at("2021-02-28T23:00"), FOR_EVER)]


def test_a_change_now_does_not_touch_what_is_planned(acme):
    planned = [{"employee": ANNA, "until": NOW + 500}, {"employee": CARL, "since": NOW + 500}]
    give(acme, extension(_id=DESK, number="101", assignments=planned))
    give(acme, extension(_id=DESK, employee=BO), now_ms=NOW)
    assert held(acme) == [("101", ANNA, 0, NOW), ("101", BO, NOW, NOW + 500), ("101", CARL, NOW + 500, FOR_EVER)]


def test_an_extension_that_had_ended_begins_again_now(acme):
    give(acme, extension(_id=DESK, number="101", assignments=[{"employee": ANNA, "until": MARCH}]))
    assert give(acme, extension(_id=DESK, number="101"), now_ms=JUNE).extensions == Counted(0, 0, 1)
    give(acme, extension(_id=DESK, employee=BO), now_ms=NOW)
    assert held(acme) == [("101", ANNA, 0, MARCH), ("101", BO, NOW, FOR_EVER)]


# What is refused, and where


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


def test_a_reseller_with_customers_stays_one(acme):
    top = {"_id": OTHER, "name": "Other", "isReseller": True}
    import_people(acme, {"customers": [top, {"_id": ACME, "parentReseller": OTHER}]}, NOW)
    word, description = refused(acme, {"customers": [{"_id": OTHER, "isReseller": False}]})
    assert (word, description) == (
        "customers[0].isReseller",
        "It has customers - put them under another reseller first",
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


# Many


def test_five_hundred_employees_come_in_and_come_back(store):
    ids = [f"{index:024x}" for index in range(500)]
    document = {
        "customers": [{"_id": ACME, "name": "Acme"}],
        "employees": [{"_id": one, "customer": ACME, "name": f"Employee {one[-3:]}"} for one in ids],
        "extensions": [extension(number=str(1000 + index), employee=one) for index, one in enumerate(ids)],
    }
    assert import_people(store, document, NOW).extensions == Counted(500, 0, 0)
    assert import_people(store, document, NOW).extensions == Counted(0, 0, 500)
    assert len(store.employee_names(ACME)) == 500
    assert store.assignments(ACME)[-1].number == "1499"
    assert isinstance(store.assignments(ACME)[0], Assignment)
