"""Who held which number when: another holder or number begins now, and the past stays."""

from directory.documents import ACME, ANNA, BO, CARL, DESK, HALL, JUNE, MARCH, NOW, at, extension, give, held, refused
from pbxtally.directory import Counted, import_people
from pbxtally.people import FOR_EVER


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
