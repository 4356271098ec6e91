"""Any table of calls, by a mapping: rows and mapping above, what is understood below."""

import io
import json
from datetime import date, datetime, time, timedelta

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.cli.reading import LINES, NEARBY, read_aside
from pbxtally.errors import InvalidFieldError, SourceError
from pbxtally.records import Reading
from pbxtally.sources import SOURCES
from pbxtally.sources.generic_proposal import proposal
from pbxtally.streams import records_in
from sources.generic_rows import (
    CALL_IN,
    DANISH,
    FIELDS,
    HEADING,
    PLAIN,
    UTC,
    leg,
    no_number,
    read,
    reason,
    story,
)


def stream(content):
    return list(records_in(io.BufferedReader(io.BytesIO(content)), SOURCES["generic"]))


# ── what a row says ──


def test_a_danish_export_is_read_by_the_names_of_its_columns():
    assert leg(DANISH, HEADING, CALL_IN, zone="Europe/Copenhagen") == Leg(
        key="7001",
        call="7001",
        started_ms=ms("08:00:00"),
        ended_ms=ms("08:01:05"),
        answered_ms=ms("08:00:05"),
        ring_ms=5000,
        talk_ms=60_000,
        via=Via.DEVICE,
        result=Result.ANSWERED,
        caller_number="4599000001",
        callee_number="101",
        callee_device="101",
        dialled="101",
        words="Besvaret Indgående",
    )


@pytest.mark.parametrize(
    ("call", "sentences"),
    [
        (
            "1;01-12-2020;09:00:00;45;101;Indgående;Besvaret;0:05;1:00",
            ["101 IN outside: answered, rang 5 s, talked 60 s"],
        ),
        ("1;01-12-2020;09:00:00;101;45;Udgående;Optaget;0:12;0:00", ["101 OUT outside: busy, rang 12 s, talked 0 s"]),
        (
            "1;01-12-2020;09:00:00;101;102;Intern;Annulleret;0:07;0:00",
            [
                "101 OUT local: unanswered, caller_gave_up, rang 7 s, talked 0 s",
                "102 IN local: unanswered, caller_gave_up, rang 7 s, talked 0 s",
            ],
        ),
    ],
    ids=["in", "out", "local"],
)
def test_the_direction_says_which_side_is_an_extension(call, sentences):
    assert story(DANISH, HEADING, call) == sentences


def test_with_neither_direction_nor_device_only_numbers_of_the_directory_are_extensions():
    rows = ("at,from,to,talk", "2020-12-01 09:00:00,112,101,60")
    assert story(PLAIN, *rows) == []
    assert story(PLAIN, *rows, numbering=Numbering(frozenset({"101"}))) == [
        "101 IN outside: answered, rang 0 s, talked 60 s"
    ]


def test_a_device_column_wins_over_the_direction_and_may_be_cut_out_by_a_pattern():
    layout = "device = 'SIP/(.+)-[0-9a-f]+'\n" + PLAIN + 'caller_device = "channel"\ndirection = "way"\n'
    rows = ("at,from,to,talk,channel,way", "2020-12-01 09:00:00,4599,102,60,SIP/101-0a,internal")
    assert (leg(layout, *rows).caller_device, leg(layout, *rows).callee_device) == ("101", "102")
    assert leg(layout, rows[0], rows[1].replace("SIP", "Local")).caller_device == ""


@pytest.mark.parametrize(
    ("columns", "values", "times"),
    [
        ("answer end", "09:00:05 09:01:05", (5, 60)),
        ("ring talk", "5 60", (5, 60)),
        ("duration talk", "65 60", (5, 60)),
        ("end talk", "09:01:05 60", (5, 60)),
        ("answer talk", "09:00:05 60", (5, 60)),
    ],
)
def test_times_that_are_not_there_follow_from_those_that_are(columns, values, times):
    fields = "".join(f'{name} = "{name}"\n' for name in columns.split())
    written = (f"2020-12-01 {value}" if ":" in value else value for value in values.split())
    found = leg(
        FIELDS + fields, f"at,from,to,{columns.replace(' ', ',')}", ",".join(["2020-12-01 09:00:00,1,2", *written])
    )
    assert (found.ring_ms // 1000, found.talk_ms // 1000) == times
    assert (found.answered_ms, found.ended_ms, found.result) == (ms("09:00:05"), ms("09:01:05"), Result.ANSWERED)


def test_without_a_result_a_call_without_answer_and_talk_was_not_answered():
    found = leg(FIELDS + 'duration = "long"\ntalk = "talk"', "at,from,to,long,talk", "2020-12-01 09:00:00,1,2,20,0")
    assert (found.result, found.ring_ms, found.talk_ms, found.answered_ms) == (Result.UNANSWERED, 20_000, 0, None)


def test_a_call_that_was_not_answered_has_no_talk_whatever_the_record_says():
    layout = PLAIN + 'result = "how"\n'
    assert leg(layout, "at,from,to,talk,how", "2020-12-01 09:00:00,1,2,9,BUSY").talk_ms == 0


def test_what_the_pbx_itself_took_rang_nobody():
    layout = PLAIN + 'result = "how"\ndirection = "way"\n[results]\nIVR = "machine"\n'
    assert story(layout, "at,from,to,talk,how,way", "2020-12-01 09:00:00,1,101,9,ivr,in") == []


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("iso", "2020-12-01 09:00:00"),
        ("iso", "2020-12-01T10:00:00+01:00"),
        ("epoch-s", "1606813200"),
        ("epoch-ms", "1606813200000"),
        ("%d.%m.%Y %H:%M", "01.12.2020 09:00"),
        ("%d/%m/%Y %I:%M %p", "01/12/2020 09:00 AM"),
    ],
)
def test_dates_are_read_as_the_mapping_says(date, written):
    assert leg(f'date = "{date}"\n' + PLAIN, "at,from,to,talk", f"{written},1,2,3").started_ms == ms("09:00:00")


def test_the_zone_of_the_mapping_wins():
    layout = 'zone = "Asia/Tokyo"\n' + PLAIN
    assert leg(layout, "at,from,to,talk", "2020-12-01 18:00:00,1,2,3").started_ms == ms("09:00:00")


def test_in_the_doubled_hour_an_end_is_not_before_its_start():
    rows = ("at,end,from,to,talk", "2020-10-25 02:50:00,2020-10-25 02:10:00,1,2,60")
    found = leg(PLAIN + 'end = "end"', *rows, zone="Europe/Copenhagen")
    assert found.ended_ms - found.started_ms == 20 * 60_000


@pytest.mark.parametrize(
    ("unit", "written"),
    [("s", "62.5"), ("s", "62,5"), ("ms", "62500"), ("hh:mm:ss", "00:01:02.5"), ("hh:mm:ss", "1:02.5")],
)
def test_lengths_are_read_in_their_unit(unit, written):
    found = leg(f'delimiter = ";"\n{PLAIN}[units]\ntalk = "{unit}"', "at;from;to;talk", f"2020-12-01;1;2;{written}")
    assert found.talk_ms == 62_500


def test_json_lines_are_read_by_paths():
    layout = 'format = "jsonl"\ndate = "epoch-ms"\n[fields]\nstart = "at"\ntalk = "s"\n'
    layout += 'caller = "who.0.number"\ncallee = "to.x"'
    found = leg(layout, json.dumps({"at": 1606813200000, "s": 4, "who": [{"number": "101"}], "to": {"x": 45}}))
    assert (found.started_ms, found.caller_number, found.callee_number) == (ms("09:00:00"), "101", "45")


def test_columns_may_be_places():
    layout = "header = false\n[fields]\nstart = 1\ncaller = 2\ncallee = 3\ntalk = 4"
    assert leg(layout, "2020-12-01 09:00:00,101,102,60").callee_number == "102"


def test_a_workbook_is_read_like_any_table(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["at", "from", "to", "talk"])
    book.active.append(["2020-12-01 09:00:00", 101, 102, 60])
    book.save(tmp_path / "calls.xlsx")
    with (tmp_path / "calls.xlsx").open("rb") as stream:
        rows = list(records_in(stream, SOURCES["generic"]))
    assert leg('format = "xlsx"\n' + PLAIN, *rows).callee_number == "102"
    assert 'format = "xlsx"' in proposal(rows)


def test_in_a_workbook_the_day_may_stand_apart_and_a_length_be_longer_than_a_day(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["day", "at", "from", "to", "talk"])
    book.active.append([date(2020, 12, 1), time(9, 0, 0), 101, 102, timedelta(hours=25, seconds=30)])
    book.active.append([datetime(2020, 12, 1), time(9, 0, 0), 101, 102, time(0, 1, 30)])
    book.save(tmp_path / "calls.xlsx")
    with (tmp_path / "calls.xlsx").open("rb") as stream:
        rows = list(records_in(stream, SOURCES["generic"]))
    layout = (
        'format = "xlsx"\n' + PLAIN.replace('start = "at"', 'start = ["day", "at"]') + '[units]\ntalk = "hh:mm:ss"\n'
    )
    long, short = read(layout, *rows)
    assert (long.started_ms, long.talk_ms) == (ms("09:00:00"), (25 * 3600 + 30) * 1000)
    assert (short.started_ms, short.talk_ms) == (ms("09:00:00"), 90_000)


def test_a_workbook_that_is_damaged_is_told():
    with pytest.raises(SourceError, match="not a whole Excel workbook"):
        list(records_in(io.BufferedReader(io.BytesIO(b"PK\x03\x04 and no more")), SOURCES["generic"]))


def test_a_row_that_is_too_short_for_a_column_by_place_is_rejected():
    layout = "header = false\n[fields]\nstart = 1\ncaller = 2\ncallee = 3\ntalk = 4"
    assert reason(layout, "2020-12-01,101") == "2 columns; column 4 is needed"


def test_a_row_that_is_not_utf8_is_read_all_the_same_and_by_its_encoding_if_it_is_named():
    row = "2020-12-01,Søren,2,3\n".encode("cp1252")
    assert leg(PLAIN, "at,from,to,talk", row).caller_number == "Søren"
    assert leg('encoding = "cp1252"\n' + PLAIN, "at,from,to,talk", row).caller_number == "Søren"
    assert reason('encoding = "utf-8"\n' + PLAIN, "at,from,to,talk", row) == "encoding: the row is not utf-8"


# ── which row it is ──


def test_without_key_columns_a_row_is_known_by_all_of_itself():
    first, again, other = read(PLAIN, "at,from,to,talk", *["2020-12-01,1,2,3"] * 2, "2020-12-01,1,2,4")
    assert first.key == again.key != other.key
    assert first.call == first.key


def test_key_and_call_may_be_made_of_several_columns():
    found = leg(PLAIN + 'key = ["from", "to"]\ncall = "to"', "at,from,to,talk", "2020-12-01,1,2,3")
    assert (found.key, found.call) == ("1 2", "2")


@pytest.mark.parametrize(
    ("written", "number", "name"),
    [
        ("Anna<101>", "101", "Anna"),
        ('"""Anna Holm"" <101>"', "101", "Anna Holm"),
        ("Anna Holm (101)", "101", "Anna Holm"),
        ("<+4599000001>", "+4599000001", ""),
        ("(45) 99000001", "(45) 99000001", ""),
        ("Room (2)", "Room (2)", ""),
    ],
)
def test_a_number_is_told_from_the_name_before_it(written, number, name):
    found = leg(PLAIN + 'direction = "way"', "at,from,to,talk,way", f"2020-12-01,{written},{written},3,local")
    assert (found.caller_number, found.caller_name, found.caller_device) == (number, name, number)
    assert (found.callee_number, found.callee_name, found.callee_device) == (number, name, number)


def test_a_cell_of_blanks_and_a_bracket_is_no_name_and_takes_no_minutes():
    assert leg(PLAIN, "at,from,to,talk", f"2020-12-01,(45{' ' * 60_000}),102,3").caller_name == ""


def test_a_name_of_its_own_column_is_the_name():
    found = leg(PLAIN + 'caller_name = "who"', "at,from,to,talk,who", "2020-12-01,Anna (101),102,3,Anna Holm")
    assert (found.caller_number, found.caller_name, found.callee_name) == ("101", "Anna Holm", "")


# ── rows that are no call ──


def test_rows_to_be_skipped_blank_rows_and_a_heading_written_again_are_no_records():
    layout = PLAIN + '[skip]\nto = ["voicemail", ""]'
    heading = "at,from,to,talk"
    assert read(layout, heading, "2020-12-01,1,Voicemail,3", "2020-12-01,1,,3", "", heading) == []


@pytest.mark.parametrize(
    "above",
    [["sep=;"], ["Opkald for Nordlys;;;;;;;;", "Udskrevet;02-12-2020;;;;;;;", ""], ["Nordlys"] * 7],
    ids=["what Excel is told", "titles", "many titles"],
)
def test_titles_above_the_heading_are_no_records(above):
    assert read(DANISH, *above, HEADING, CALL_IN) == read(DANISH, HEADING, CALL_IN)
    lines = [f"{row}\n".encode() for row in (*above, HEADING, CALL_IN)]
    assert SOURCES["generic"].heading_length_in(lines[:8], DANISH) == len(above) + 1


def test_a_row_that_is_no_title_is_not_passed_over_in_search_of_the_heading():
    with pytest.raises(InvalidFieldError, match=r"there is no column 'Opkalds-id'; there are 7001, 01-12-2020"):
        read(DANISH, CALL_IN, HEADING, CALL_IN)


@pytest.mark.parametrize("rows", [["Nordlys"], ["Nordlys"] * 9, ["Nordlys", "at,from,to,talk"]])
def test_a_table_whose_heading_never_comes_is_refused(rows):
    with pytest.raises(InvalidFieldError, match=r"there is no column 'Opkalds-id'; there are "):
        read(DANISH, *rows)


@pytest.mark.parametrize("indent", [None, 1])
def test_objects_in_an_array_are_records_as_those_on_lines_are(indent):
    rows = [{"at": f"2020-12-0{day}", "from": "1", "to": {"number": "2"}, "talk": 3} for day in (1, 2)]
    layout = 'format = "jsonl"\n' + PLAIN.replace('"to"', '"to.number"')
    array = stream(json.dumps(rows, indent=indent).encode())
    assert [one.started_ms for one in read(layout, *array)] == [
        one.started_ms for one in read(layout, *map(json.dumps, rows))
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2020-12-01,1,2", "3 columns; the heading has 4"),
        ("2020-12-01,1,2,3,4", "5 columns; the heading has 4"),
        ("never,1,2,3", "start: 'never' is not a time; iso (date of the mapping) was expected"),
        (",1,2,3", "start: it is empty"),
        ("2020-12-01,1,2,long", "talk: 'long' is not a length in s"),
        ("2020-12-01,1,2,-1", "talk: '-1' is not a length in s"),
        ("2020-12-01,1,2,nan", "talk: 'nan' is not a length in s"),
        ("2020-12-01,1,2\0,3", "not text: the row holds a NUL byte"),
        ("x" * 70_000, "the row is longer than 65536 bytes"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_the_field(row, why):
    assert reason(PLAIN, "at,from,to,talk", row) == why


def test_an_unknown_word_is_rejected_and_named():
    row = CALL_IN.replace("Besvaret", "Parkeret")
    assert reason(DANISH, HEADING, row) == "result: 'Parkeret' is not in [results] of the mapping"
    assert leg(DANISH + '[results]\nParkeret = "answered"', HEADING, row).result == Result.ANSWERED
    row = CALL_IN.replace("Indgående", "Tværs")
    assert reason(DANISH, HEADING, row) == "direction: 'Tværs' is not in [directions] of the mapping"


# ── large files ──


def test_a_large_file_has_its_heading_in_every_piece_and_the_same_rows_as_in_one():
    rows = [f"2020-12-01 09:00:00,1,2,{place}\n".encode() for place in range(NEARBY * LINES + 2 * LINES)]
    for layout, lines in (
        (PLAIN, [b"at,from,to,talk\n", *rows]),
        ("header = false\n[fields]\nstart = 1\ncaller = 2\ncallee = 3\ntalk = 4", rows),
    ):
        reading = Reading(UTC, "c" * 24, no_number, layout)
        found = list(read_aside("generic")(iter(lines), reading, ms("23:00:00")))
        assert [one.talk_ms for one in found] == [place * 1000 for place in range(len(rows))]


@pytest.mark.parametrize(
    ("written", "number", "name"),
    [
        ("sip:101@pbx.example;transport=tcp", "101", ""),
        ('"Berg, Anna" <sip:101@pbx.example>', "101", "Berg, Anna"),
        ("<sips:+4599000001@pbx.example>", "+4599000001", ""),
        ("tel:+4599000001", "+4599000001", ""),
        ("Anna <101@pbx.example>", "101", "Anna"),
        ("sip:anna@pbx.example", "sip:anna@pbx.example", ""),
    ],
)
def test_a_number_is_told_from_the_address_that_a_proxy_writes(written, number, name):
    cell = '"' + written.replace('"', '""') + '"'
    found = leg(PLAIN, "at,from,to,talk", f"2020-12-01,{cell},102,3")
    assert (found.caller_number, found.caller_name) == (number, name)


@pytest.mark.parametrize(
    ("form", "at", "never"),
    [
        ("epoch-s", "1606813200", "0.0"),
        ("epoch-ms", "1606813200000", "0.000"),
        ("iso", "2020-12-01 10:00:00", "1970-01-01 01:00:00"),
        ("iso", "2020-12-01 10:00:00", "1970-01-01 00:00:00"),
    ],
)
def test_the_beginning_of_1970_is_never(form, at, never):
    layout = f'date = "{form}"\n{PLAIN}answer = "answer"\n'
    found = leg(layout, "at,answer,from,to,talk", f"{at},{never},101,102,0", zone="Europe/Copenhagen")
    assert (found.started_ms, found.answered_ms, found.result) == (ms("09:00:00"), None, Result.UNANSWERED)
