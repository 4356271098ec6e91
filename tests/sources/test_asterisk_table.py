"""Asterisk's table `cdr` of a database: a dump of it or an export gives the same legs as Master.csv."""

import csv
import io
import json

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Numbering, Result, involvements
from pbxtally.sources import asterisk
from sources.asterisk_rows import ANSWERED, UNANSWERED, csv_line, line_of, read, reason

TABLE = (
    "calldate clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition amaflags "
    "accountcode uniqueid userfield did recordingfile cnum cnam linkedid peeraccount sequence"
).split()
RING_GROUP = [
    {**ANSWERED, "linkedid": "1606813200.17", **UNANSWERED, "end": "2020-12-01 10:00:05", "duration": "5"},
    {**ANSWERED, "dstchannel": "PJSIP/103-0000000c", "sequence": "22"},
    {**ANSWERED, "uniqueid": "1606813300.1", "linkedid": "1606813300.1", "start": "2020-12-01 10:01:40", **UNANSWERED}
    | {"end": "2020-12-01 10:02:00", "disposition": "BUSY"},
    {**ANSWERED, "uniqueid": "1606813400.1", "linkedid": "1606813400.1", "start": "2020-12-01 10:03:20"}
    | {"answer": "2020-12-01 10:03:20", "end": "2020-12-01 10:03:50", "duration": "30", "billsec": "30"},
]


def in_table(row, **changes):
    said = {"calldate": row["start"], "did": "", "recordingfile": "", "cnum": row["src"], "cnam": "", **row, **changes}
    return [said[name] for name in TABLE]


def mysqldump(rows):
    values = ",".join("(" + ",".join("'" + cell.replace("'", "\\'") + "'" for cell in row) + ")" for row in rows)
    columns = ",\n".join(f"  `{name}` varchar(80) NOT NULL DEFAULT ''" for name in TABLE)
    return f"-- MySQL dump 10.19\nCREATE TABLE `cdr` (\n{columns}\n);\nINSERT INTO `cdr` VALUES {values};\n"


def export(rows, separator=",", quoting=csv.QUOTE_MINIMAL):
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=quoting).writerows([TABLE, *rows])
    return written.getvalue()


def printed(rows):
    """As `mysql -B` prints a table: tabs, backslashes before what would be taken for one, nothing in quotes."""
    lines = ["\t".join(cell.replace("\\", "\\\\").replace("\t", "\\t") for cell in row) for row in [TABLE, *rows]]
    return "\n".join(lines) + "\n"


def as_json(rows, indent=None):
    return json.dumps([dict(zip(TABLE, row, strict=True)) for row in rows], indent=indent)


def read_file(text):
    return read(*asterisk.records(io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    "write",
    [
        mysqldump,
        export,
        lambda rows: export(rows, ";"),
        lambda rows: export(rows, "\t"),
        lambda rows: "\ufeff" + export(rows, ";", csv.QUOTE_ALL),
        lambda rows: export(rows, "\t", csv.QUOTE_ALL),
        printed,
        as_json,
        lambda rows: as_json(rows, indent=1),
    ],
    ids=[
        "mysqldump",
        "CSV",
        "semicolons",
        "tabs",
        "semicolons and quotes",
        "tabs and quotes",
        "mysql -B",
        "JSON",
        "JSON over lines",
    ],
)
def test_a_table_gives_the_same_legs_as_master_csv(write):
    from_files = read(*(line_of(row, asterisk.COLUMNS) for row in RING_GROUP))
    assert read_file(write([in_table(row) for row in RING_GROUP])) == from_files
    assert len(from_files) == 4


NUMBERS = {"0": "UNANSWERED", "1": "UNANSWERED", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "FAILED"}


@pytest.mark.parametrize(("number", "result"), NUMBERS.items())
def test_a_disposition_may_be_a_number(number, result):
    [found] = read_file(mysqldump([in_table(ANSWERED, disposition=number)]))
    assert found.result == Result[result]


def test_rows_of_a_table_without_a_date_or_without_columns_say_why():
    [no_date] = read_file(mysqldump([in_table(ANSWERED, calldate="0000-00-00 00:00:00")]))
    [no_columns] = read_file("INSERT INTO `cdr` VALUES ('2020-12-01 10:00:00','101');\n")
    [too_few] = read_file(export([["2020-12-01 10:00:00", "101"]]))
    assert no_date.reason == "start is an all-zero date"
    assert no_columns.reason.startswith("a row of a SQL dump that does not fit its columns")
    assert too_few.reason == "2 columns; the heading has 23"


def test_without_the_time_of_the_answer_who_stopped_ringing_as_a_colleague_answered_did_not_miss_the_call():
    rang = in_table({**ANSWERED, **UNANSWERED}, duration="9")  # 9.7 seconds
    taken = in_table(ANSWERED, dstchannel="PJSIP/103-0000000c", duration="78", billsec="68", sequence="22")
    assert [sentence(one) for one in involvements(read_file(export([rang, taken])), Numbering())][1:] == [
        "102 IN local: elsewhere, answered_elsewhere, rang 9 s, talked 0 s",
        "103 IN local: answered, rang 10 s, talked 68 s",
    ]


def test_an_answer_that_is_all_zeros_is_none():
    [found] = read(json.dumps({**ANSWERED, **UNANSWERED, "answer": "0000-00-00 00:00:00"}).encode())
    assert found.answered_ms is None


def test_a_time_may_have_fractions_and_an_offset():
    [local] = read(json.dumps({**ANSWERED, "start": "2020-12-01 10:00:00.250"}).encode())
    [offset] = read(json.dumps({**ANSWERED, "start": "2020-12-01 09:00:00.25+00"}).encode())
    assert local.started_ms == offset.started_ms == ms("2020-12-01 09:00:00.250")


def test_a_heading_is_given_again_to_every_piece():
    assert asterisk.heading_length([export([]).encode()]) == 1
    assert asterisk.heading_length([csv_line()]) == asterisk.heading_length([]) == 0


def test_a_first_line_that_is_no_text_is_no_heading():
    assert asterisk.heading_length([b'uniqueid,"channel"x,\0\n']) == 0
    assert reason(b"uniqueid,channel\0\n") == "not text: the line holds a NUL byte"
