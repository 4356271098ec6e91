"""What the intake decides itself: whether a file is what it should be, whether its clock is right, what is rejected."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cli.office import COPENHAGEN, row
from kept_legs import legs_of
from pbxtally.calls import Numbering
from pbxtally.checked_reading import read_checked
from pbxtally.errors import SourceError
from pbxtally.file_checks import FIRST_LOOK
from pbxtally.intake import Intake, derive_changed_numbers, numbering_of
from pbxtally.people import SourceSetting, new_id
from pbxtally.sources import asterisk

NOW_MS = int(datetime(2021, 1, 1, tzinfo=COPENHAGEN).timestamp() * 1000)
UTC = ZoneInfo("UTC")


class Directory:
    """Knows the number 101, and what was said of a source."""

    def __init__(self, said=None, noted=()):
        self.said, self.noted = said, list(noted)

    def numbers(self, customer):
        return frozenset({"101"})

    def number_of_extension(self, customer):
        return {}.get

    def noted_numbers(self):
        return [(place, *one) for place, one in enumerate(self.noted)]

    def drop_notes(self, notes):
        self.noted = [one for place, one in enumerate(self.noted) if place not in notes]

    def source_setting(self, customer, source):
        return self.said


@pytest.fixture
def intake(shared_store):
    """A maker of intakes for a customer of the test's own."""
    customer = new_id()

    def made(zone=COPENHAGEN, now_ms=NOW_MS, **more):
        def read(lines, reading, latest_ms):
            return read_checked(asterisk.read, lines, reading, latest_ms)

        directory = Directory()
        numbering = numbering_of(directory, customer, "asterisk")
        return Intake(shared_store, directory, customer, "asterisk", read, zone, numbering, now_ms, **more)

    return made


def told(receipt):
    return receipt.read, receipt.kept, receipt.known, receipt.replaced, receipt.rejected


def many_rows(count, **more):
    return [row(f"01 09:{n // 60:02}:{n % 60:02}", "101", "102", **more) for n in range(count)]


# ── is it what it should be? ──


def test_a_file_without_one_good_record_in_the_beginning_is_refused(intake, shared_store):
    taken = intake()
    with pytest.raises(SourceError, match=r"^song\.mp3 does not look like asterisk: line 1: 1 column"):
        taken.take("song.mp3", [b"la\n"] * FIRST_LOOK + many_rows(1))
    assert legs_of(shared_store, taken.customer) == []
    assert [one for one in shared_store.rejections() if one.customer == taken.customer] == []
    assert not taken.has_kept


def test_broken_records_do_not_hide_good_ones(intake):
    assert told(intake().take("a.csv", [b"la\n"] * (FIRST_LOOK - 1) + many_rows(3))) == (502, 3, 0, 0, 499)


def test_records_after_a_second_beginning_of_broken_ones_are_still_read(intake):
    lines = [*many_rows(FIRST_LOOK), *([b"la\n"] * 600), row("30 09:00:00", "101", "102")]
    assert told(intake().take("a.csv", lines)) == (1101, 501, 0, 0, 600)


def test_a_call_from_the_future_is_rejected(intake):
    eve = int(datetime(2020, 12, 30, 9, tzinfo=COPENHAGEN).timestamp() * 1000)
    receipt = intake(now_ms=eve).take("a.csv", [row("31 08:59:00", "101", "102"), row("31 09:01:00", "101", "102")])
    assert told(receipt) == (2, 1, 0, 0, 1)
    why = "the call starts more than a day in the future, or before 1971: 2020-12-31 08:01:00 UTC"
    assert receipt.rejections[0].reason == why


def test_a_file_from_the_future_is_not_said_to_be_of_another_source(intake):
    eve = int(datetime(2020, 12, 1, 9, tzinfo=COPENHAGEN).timestamp() * 1000)
    with pytest.raises(SourceError, match=r"^a\.csv has times that cannot be: line 1: .* 2020-12-31 08:01:00 UTC; are"):
        intake(now_ms=eve).take("a.csv", [row("31 09:01:00", "101", "102")])


def test_a_call_that_ends_centuries_later_is_rejected_and_its_neighbours_are_kept(intake):
    good = row("01 09:00:00", "101", "102")
    endless = row("01 09:10:00", "101", "102").replace(b"2020-12-01 09:11", b"2242-12-01 09:11")
    assert endless != row("01 09:10:00", "101", "102")
    receipt = intake().take("a.csv", [good, endless])
    assert told(receipt) == (2, 1, 0, 0, 1)
    assert receipt.rejections[0].reason == "the call lasts longer than a year"


@pytest.mark.parametrize("rounded", ["1,60681E+09", "1.60681E+09", "1.606810e+09"])
def test_calls_whose_ids_a_spreadsheet_rounded_to_one_are_rejected(intake, rounded):
    def saved(time, sequence):
        cells = row(time, "101", "102").decode().rstrip("\n").split(",")
        return ",".join([*cells[:16], f'"{rounded}"', "", "", f'"{rounded}"', str(sequence)]).encode() + b"\n"

    receipt = intake().take(
        "excel.csv", [row("01 08:00:00", "101", "102"), saved("01 09:00:00", 1), saved("01 09:30:00", 2)]
    )
    assert told(receipt) == (3, 1, 0, 0, 2)
    assert receipt.rejections[0].reason == (
        f"the call's id was rounded to {rounded} by a spreadsheet; load the PBX's own file"
    )


def test_an_id_that_only_holds_such_a_number_is_kept(intake):
    cells = row("01 09:00:00", "101", "102").decode().rstrip("\n").split(",")
    pbx = ",".join([*cells[:16], '"pbx+1-1606809600.1"', "", "", '"a1E+09@pbx"', "1"]).encode() + b"\n"
    assert told(intake().take("a.csv", [pbx])) == (1, 1, 0, 0, 0)


def test_a_receipt_of_nothing_is_empty(intake):
    assert told(intake().take("empty", [])) == (0, 0, 0, 0, 0)


def test_what_is_only_looked_at_is_not_kept(intake, shared_store):
    looked = intake(keeps=False)
    assert told(looked.take("a.csv", [*many_rows(3), b"la\n"])) == (4, 3, 0, 0, 1)
    assert (looked.has_kept, legs_of(shared_store, looked.customer)) == (False, [])


def test_the_progress_adds_up_to_what_was_read(intake):
    steps = []
    intake(progress=steps.append).take("a.csv", many_rows(FIRST_LOOK + 7))
    assert steps == [FIRST_LOOK, 7]


def test_lines_before_a_damage_are_kept_and_the_damage_is_told(intake):
    def torn():
        yield from many_rows(3)
        raise SourceError("torn")

    receipt = intake().take("a.csv.gz", torn())
    assert (*told(receipt), receipt.damage) == (3, 3, 0, 0, 0, "torn")


# ── is its clock right? ──


@pytest.mark.parametrize(
    ("clock", "fits"),
    [
        ("UTC", r"UTC\+00:00 on 2020-12-01\. Use --timezone UTC "),
        ("Asia/Tokyo", r"UTC\+09:00 on 2020-12-01\. Use --timezone Etc/GMT-9 "),
        ("America/New_York", r"UTC-05:00 on 2020-12-01\. Use --timezone Etc/GMT\+5 "),
        ("Asia/Kathmandu", r"UTC\+05:45 on 2020-12-01\. Use --timezone a zone with that offset "),
        ("Pacific/Kiritimati", r"UTC\+14:00 on 2020-11-30\. Use --timezone Etc/GMT-14 "),
    ],
)
def test_another_clock_is_noticed_and_the_zone_that_fits_is_named(intake, shared_store, clock, fits):
    taken = intake()
    with pytest.raises(SourceError, match=fits):
        taken.take("a.csv", many_rows(30, clock=ZoneInfo(clock)))
    assert legs_of(shared_store, taken.customer) == []


@pytest.mark.parametrize(
    ("summer", "winter", "said"),
    [(10, 20, r"UTC\+01:00 on 2020-12-02\. Use --timezone Etc/GMT-1 "), (20, 20, r"UTC\+02:00 on 2020-12-01\. ")],
)
def test_of_a_clock_that_was_changed_an_offset_of_that_very_day_is_named(intake, summer, winter, said):
    two_hours, one_hour = ZoneInfo("Etc/GMT-2"), ZoneInfo("Etc/GMT-1")
    changed = [row(f"02 09:{n:02}:00", "101", "102", clock=one_hour) for n in range(winter)]
    with pytest.raises(SourceError, match=said):
        intake(UTC).take("a.csv", [*many_rows(summer, clock=two_hours), *changed])


def test_one_record_is_enough_to_notice_it(intake):
    with pytest.raises(SourceError, match="is not in the zone Europe/Copenhagen"):
        intake().take("a.csv", many_rows(1, clock=UTC))


def test_a_zone_with_the_same_offset_is_right(intake):
    assert told(intake(ZoneInfo("Etc/GMT-1")).take("a.csv", many_rows(3))) == (3, 3, 0, 0, 0)


def test_some_legs_that_begin_hours_after_their_channel_are_no_wrong_clock(intake):
    transferred = [row(f"2{hours} 1{hours}:00:00", "101", "102", channel_seconds=hours * 3600) for hours in (1, 2, 3)]
    assert told(intake().take("a.csv", [*transferred, *many_rows(30)])) == (33, 33, 0, 0, 0)


def test_a_channel_that_always_waits_some_minutes_is_no_other_zone(intake):
    assert told(intake().take("a.csv", many_rows(30, channel_seconds=400))) == (30, 30, 0, 0, 0)


def test_a_zone_that_turns_out_wrong_later_says_what_was_kept(intake):
    """The first 500 rows have the sixteen columns of an old Asterisk: no epoch in them."""
    old = [b",".join(line.split(b",")[:16]) + b"\n" for line in many_rows(FIRST_LOOK)]
    with pytest.raises(
        SourceError, match=r"The 500 records before were kept; loading the file again in the right zone"
    ):
        intake().take("a.csv", [*old, *many_rows(3, clock=UTC)])


# ── which numbers are extensions? ──


def test_where_nothing_was_said_of_a_source_extensions_have_two_to_six_digits():
    numbering = numbering_of(Directory(), "a" * 24, "asterisk")
    assert numbering == Numbering(frozenset({"101"}))
    assert [numbering.of_device(name) for name in ("1", "12", "123456", "1234567")] == ["", "12", "123456", ""]


def test_what_was_said_of_a_source_holds():
    numbering = numbering_of(Directory(SourceSetting("UTC", ("4599",), r"phone(\d+)")), "a" * 24, "asterisk")
    assert [numbering.of_device(name) for name in ("phone7", "4599", "12", "101")] == ["7", "", "", "101"]


def test_only_calls_with_a_number_that_changed_are_derived_again(intake, shared_store):
    taken = intake()
    taken.take("a.csv", many_rows(5))
    directory = Directory(noted=[(taken.customer, "102"), (new_id(), "102")])
    assert derive_changed_numbers(shared_store, directory) == 5
    assert derive_changed_numbers(shared_store, directory) == 0
    assert derive_changed_numbers(shared_store, Directory(noted=[(taken.customer, "999")])) == 0


def test_a_note_of_all_numbers_derives_every_call_of_the_customer(intake, shared_store):
    taken, other = intake(), intake()
    taken.take("a.csv", many_rows(5))
    other.take("a.csv", many_rows(3))
    assert derive_changed_numbers(shared_store, Directory(noted=[(taken.customer, ""), (taken.customer, "999")])) == 5


def test_a_changed_number_stays_noted_if_its_calls_could_not_be_derived(intake, shared_store):
    taken = intake()
    taken.take("a.csv", many_rows(5))
    directory = Directory(SourceSetting("UTC", (), "(no pattern"), noted=[(taken.customer, "102")])
    with pytest.raises(re.error):
        derive_changed_numbers(shared_store, directory)
    directory.said = None
    assert derive_changed_numbers(shared_store, directory) == 5
    assert directory.noted == []
