"""Importing people: what an operator writes, and which of those who are there is meant."""

from directory.documents import ACME, ANNA, BO, CARL, JUNE, MARCH, NOW, OTHER, extension, give, held, refused
from pbxtally.directory import Counted, import_people
from pbxtally.directory.sheet import read_sheet
from pbxtally.people import FOR_EVER, AccessLevel, Assignment, Customer, Employee, EmployeeState


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
    taken = ("employees[1].emailAddress", "Another employee already signs in with this address")
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
