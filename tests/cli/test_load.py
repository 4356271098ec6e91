"""Loading files: what the receipt says, what is kept, and what is refused in one line."""

import bz2
import gzip
import lzma
import os
import signal
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest

from cli.office import ACME, DECEMBER, FOUR_CALLS, LOAD, counted, receipt, row
from cli.processes import children, is_running, wait_for
from pbxtally.people import SourceSetting
from pbxtally.records import MAYBE_TRUNCATED
from pbxtally.sources import SOURCES
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

UTC = ZoneInfo("UTC")
BROKEN = b'"","101,no end of this quote\n'
OPEN_QUOTE = "a quote is open at the end of the line; is the file cut off?"
FOUR = {"101": (2, 0), "102": (1, 2)}
"""Calls out and in of each extension in FOUR_CALLS."""


# ── every record is accounted for, and counts once ──


def test_a_good_file_is_kept(office):
    office.write("Master.csv", FOUR_CALLS)
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=4)
    assert counted(office) == FOUR


def test_the_same_file_again_changes_nothing(office):
    office.write("Master.csv", FOUR_CALLS)
    office.does("load", "Master.csv", *LOAD)
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", known=4)
    assert counted(office) == FOUR


@pytest.mark.parametrize("bytes_missing", [1, 2, 25, 40])
def test_after_a_file_that_was_cut_off_the_whole_one_brings_what_was_missing(office, bytes_missing):
    whole = b"".join(FOUR_CALLS)
    office.write("cut.csv", whole[:-bytes_missing])
    office.write("whole.csv", whole)
    done = office.run("load", "cut.csv", *LOAD)
    assert (done.code, done.out.partition("  line 4: ")[0]) == (1, receipt("cut.csv", kept=3, rejected=1))
    assert office.does("load", "whole.csv", *LOAD) == receipt("whole.csv", kept=1, known=3)
    assert counted(office) == FOUR


def test_a_file_of_one_line_without_its_newline_is_of_the_right_source_and_says_what_is_missing(office):
    office.write("one.csv", FOUR_CALLS[0].rstrip(b"\n"))
    assert office.run("load", "one.csv", *LOAD) == (
        1, receipt("one.csv", rejected=1) + f"  line 1: {MAYBE_TRUNCATED}\n", "",
    )  # fmt: skip
    office.write("one.csv", FOUR_CALLS[0])
    assert office.does("load", "one.csv", *LOAD) == receipt("one.csv", kept=1)


def test_a_record_that_was_corrected_takes_the_place_of_the_old_one(office):
    office.write("first.csv", [row("01 09:00:00", "101", "4599000001", talk=0)])
    office.write("second.csv", [row("01 09:00:00", "101", "4599000001", talk=60)])
    office.does("load", "first.csv", *LOAD)
    assert office.does("load", "second.csv", *LOAD) == receipt("second.csv", replaced=1)
    [anna] = office.ask(**DECEMBER)
    assert (anna["data"]["12"]["outboundCalls"], anna["data"]["12"]["outboundSeconds"]) == (1, 60)


@pytest.mark.parametrize(
    "files",
    [
        [FOUR_CALLS[:1], FOUR_CALLS[1:]],
        [FOUR_CALLS[::-1]],
        [FOUR_CALLS[2:], FOUR_CALLS[:3]],
        [FOUR_CALLS + FOUR_CALLS],
        [[FOUR_CALLS[0], b"\n", b"\r\n", *FOUR_CALLS[1:]]],
    ],
    ids=["in two", "backwards", "the later first", "twice in one", "with blank lines"],
)
def test_however_the_records_are_delivered_they_count_once(office, files):
    names = [office.write(f"{place}.csv", lines) for place, lines in enumerate(files)]
    office.does("load", *names, *LOAD)
    assert counted(office) == FOUR


def test_several_files_have_a_receipt_each(office):
    office.write("a.csv", FOUR_CALLS[:2])
    office.write("b.csv", FOUR_CALLS[1:])
    assert office.does("load", "a.csv", "b.csv", *LOAD) == receipt("a.csv", kept=2) + receipt("b.csv", kept=2, known=1)


def test_a_file_whose_name_is_not_utf_8_is_kept_with_what_is_rejected_of_it(office):
    name = os.fsdecode(b"opkald_\xe6.csv")
    (office.folder / name).write_bytes(b"".join([*FOUR_CALLS, b"no row\n"]))
    done = office.run("load", name, *LOAD)
    assert (done.code, done.out.startswith(receipt("opkald_\\xe6.csv", kept=4, rejected=1))) == (1, True)
    assert "opkald_\\xe6.csv:5: " in office.does("rejected")


def test_compressed_files_are_read_whatever_they_are_called(office):
    office.write("old.csv", gzip.compress(b"".join(FOUR_CALLS)))
    assert office.does("load", "old.csv", *LOAD) == receipt("old.csv", kept=4)


def test_a_minus_is_standard_input_which_may_be_compressed(office):
    packed = gzip.compress(b"".join(FOUR_CALLS))
    assert office.process("load", "-", *LOAD, stdin=packed) == (0, receipt("-", kept=4), "")


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"calldate,src,dst,channel,dstchannel,duration,billsec,disposition,uniqueid\n"]
)
def test_of_a_file_without_a_record_it_is_said_that_it_has_none(office, content):
    office.write("Master.csv", content)
    assert office.run("load", "Master.csv", *LOAD) == (0, receipt("Master.csv"), "Master.csv contains no record\n")


# ── what is broken ──


def test_a_broken_line_among_many_is_rejected_with_its_place_and_the_others_are_kept(office):
    office.write("Master.csv", [*FOUR_CALLS[:2], BROKEN, *FOUR_CALLS[2:]])
    done = office.run("load", "Master.csv", *LOAD)
    assert done == (1, receipt("Master.csv", kept=4, rejected=1) + f"  line 3: {OPEN_QUOTE}\n", "")
    assert counted(office) == FOUR


def test_of_many_broken_lines_the_first_twenty_are_shown(office):
    office.write("Master.csv", [*FOUR_CALLS, *(BROKEN.replace(b"101", b"%d" % n) for n in range(30))])
    shown = office.run("load", "Master.csv", *LOAD).out.splitlines()
    assert shown[0] + "\n" == receipt("Master.csv", kept=4, rejected=30)
    assert shown[1:21] == [f"  line {line}: {OPEN_QUOTE}" for line in range(5, 25)]
    assert shown[21:] == ["  and 10 more; ./run rejected lists all"]


def test_what_was_good_in_a_damaged_compressed_file_is_kept(office):
    packed = gzip.compress(b"".join(FOUR_CALLS), compresslevel=0)
    office.write("Master.csv.gz", packed[:-250])
    done = office.run("load", "Master.csv.gz", *LOAD)
    assert (done.code, done.out) == (1, receipt("Master.csv.gz", kept=2))
    assert done.err.startswith("error: Master.csv.gz: compressed data is damaged or cut off, what came before is good")
    office.write("Master.csv.gz", packed)
    assert office.does("load", "Master.csv.gz", *LOAD) == receipt("Master.csv.gz", kept=2, known=2)


def test_a_file_of_another_source_is_refused_and_nothing_is_kept(office):
    office.write("Master.csv", FOUR_CALLS)
    refused = office.run("load", "Master.csv", "--source", "telecomx", "--customer", ACME)
    said = "error: Master.csv does not look like telecomx: line 1: not JSON; is the line cut off?\n"
    assert refused == (1, "", said)
    assert (counted(office), office.does("rejected")) == ({}, "")


@pytest.mark.parametrize(("pack", "hint"), [(bz2.compress, "bzip2"), (lzma.compress, "xz")])
def test_of_a_file_packed_in_a_way_that_is_not_read_it_is_said_what_it_is(office, pack, hint):
    office.write("Master.csv", pack(b"".join(FOUR_CALLS)))
    refused = office.run("load", "Master.csv", *LOAD)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith(f"; it is compressed with {hint}: decompress it\n")


def test_a_file_that_windows_saved_as_unicode_is_read(office):
    office.write("Master.csv", b"".join(FOUR_CALLS).decode().encode("utf-16"))
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=4)
    assert counted(office) == FOUR
    office.write("Master.csv", FOUR_CALLS)
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", known=4)


def test_a_mapping_with_the_mark_that_an_editor_on_windows_writes_is_read(office):
    office.write("calls.csv", b"at,from,to,talk\n2020-12-01 09:00:00,101,102,5\n")
    fields = b'\xef\xbb\xbf[fields]\r\nstart = "at"\r\ncaller = "from"\r\ncallee = "to"\r\ntalk = "talk"\r\n'
    office.write("mapping.toml", fields)
    said = ("--source", "generic", "--customer", ACME, "--layout", "@mapping.toml")
    assert office.does("load", "calls.csv", *said) == receipt("calls.csv", kept=1)


def test_a_mapping_named_without_its_sign_is_refused_with_it(office):
    office.write("calls.csv", b"a\n")
    refused = office.run("load", "calls.csv", "--source", "generic", "--customer", ACME, "--layout", "mapping.toml")
    assert refused == (1, "", "error: layout: put @ before a file name: --layout @mapping.toml\n")


def test_a_layout_for_records_that_have_none_is_refused_and_one_remembered_from_before_is_no_obstacle(office):
    office.write("Master.csv", FOUR_CALLS)
    assert office.run("load", "Master.csv", *LOAD, "--layout", "callid") == (
        1,
        "",
        "error: layout: asterisk has no layouts - only 3cx, fusionpbx, generic, kamailio, yeastar have\n",
    )
    with closing(PeopleStore(sqlite_url(office.data / "people.db"))) as people:
        people.keep_source_setting(ACME, "asterisk", SourceSetting(layout="callid"))
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=4)


def test_a_binary_file_is_refused(office):
    office.write("song.mp3", bytes(range(256)) * 400)
    refused = office.run("load", "song.mp3", *LOAD)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "error: song.mp3 does not look like asterisk: line 1: not text: the line holds a NUL byte\n"


def test_records_of_another_customer_are_rejected(office):
    mine, foreign = (
        f'{{"_id": "{key}", "customer": "{customer}", "started": "2020-12-01T08:00Z", "ended": "2020-12-01T08:01Z",'
        ' "caller": {"extension": "101"}, "callee": {"number": "+4511"}, "terminatedReason": "CANCEL"}\n'.encode()
        for key, customer in (("1", ACME), ("2", "b0" * 12))
    )
    office.write("calls.jsonl", [mine, foreign])
    done = office.run("load", "calls.jsonl", "--source", "telecomx", "--customer", ACME)
    assert done.out == receipt("calls.jsonl", kept=1, rejected=1) + (
        "  line 2: customer: the record belongs to another customer\n"
    )


def test_check_keeps_and_remembers_nothing(office):
    office.write("Master.csv", [*FOUR_CALLS, BROKEN])
    done = office.run("load", "Master.csv", *LOAD, "--check", "--trunk", "101")
    said = "Master.csv: read 5 = readable 4 + rejected 1; nothing was kept\n"
    said += "  calls with no known extension: 1 (4599000001 1); a trunk, pattern or number missing?\n"
    said += f"  line 5: {OPEN_QUOTE}\n"
    shown = """\
  caller         callee         start                                       result      ring  talk
  4599000002     extension 102  2020-12-01 10:00:00+0100 Europe/Copenhagen  unanswered  5 s   0 s
"""
    assert done.code == 1
    assert done.out.startswith(said + shown.splitlines(keepends=True)[0])
    assert shown.splitlines(keepends=True)[1] in done.out
    assert (counted(office), office.does("rejected")) == ({}, "")
    assert office.run("load", "Master.csv", *LOAD).out.startswith(receipt("Master.csv", kept=4, rejected=1))
    assert counted(office) == FOUR


# ── words that make no sense ──


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no.csv", *LOAD), "file: no.csv cannot be read: No such file or directory"),
        ((".", *LOAD), "file: . is a folder; name the files in it, or use: follow ."),
        (
            ("a.csv", "--source", "cisco", "--customer", ACME),
            f"source: there is no source 'cisco' - use {' or '.join(SOURCES)}",
        ),
        (
            ("a.csv", "--source", "asterisk", "--customer", "b0" * 12),
            f"customer: there is no customer {'b0' * 12} - create one with: people add, or people import",
        ),
        (
            ("a.csv", *LOAD, "--timezone", "Mars/Crater"),
            "timezone: 'Mars/Crater' is not an IANA zone such as Europe/Copenhagen or UTC",
        ),
        (
            ("a.csv", *LOAD, "--extensions", "(1"),
            "extensions: '(1' is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        (
            ("a.csv", *LOAD, "--extensions", "(1+)+"),
            "extensions: '(1+)+' may take too long for some names: a group may be optional, (…)?, but not repeated; "
            "characters in brackets may be, [a-z.]+",
        ),
        (
            ("a.csv", *LOAD, "--extensions", "(1)(2)"),
            "extensions: the pattern may have at most one group: the extension's number",
        ),
    ],
    ids=["no file", "a folder", "source", "customer", "zone", "pattern", "long", "groups"],
)
def test_what_cannot_be_done_is_said_in_one_line(office, words, said):
    office.write("a.csv", FOUR_CALLS)
    assert office.run("load", *words) == (1, "", f"error: {said}\n")
    assert counted(office) == {}


def test_nothing_is_loaded_for_a_customer_that_was_deleted(office):
    office.does("people", "import", office.write("gone.json", {"customers": [{"_id": ACME, "state": "DELETED"}]}))
    done = office.run("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    assert (done.code, done.out, done.err) == (1, "", "error: customer: Acme is deleted\n")


def test_a_customer_may_be_written_in_capitals(office):
    office.write("a.csv", FOUR_CALLS)
    office.does("load", "a.csv", "--source", "asterisk", "--customer", ACME.upper())
    assert counted(office) == FOUR


# ── pipes, terminals, signals ──


def test_in_a_pipe_there_is_the_receipt_and_nothing_else(office):
    office.write("Master.csv", FOUR_CALLS)
    assert office.process("load", "Master.csv", *LOAD) == (0, receipt("Master.csv", kept=4), "")


def test_on_a_terminal_it_shows_how_far_it_is_and_leaves_the_receipt_on_a_line_of_its_own(office):
    office.write("Master.csv", FOUR_CALLS)
    done = office.on_a_screen("load", "Master.csv", *LOAD)
    assert done.code == 0
    assert "100%" in done.out
    assert "4 records, " in done.out
    assert done.out.rpartition("\x1b[2K")[2] == receipt("Master.csv", kept=4).replace("\n", "\r\n")


def test_two_loads_at_once_both_succeed(office):
    loads = [office.start("load", office.write(f"{n}.csv", FOUR_CALLS[n:]), *LOAD) for n in (0, 1)]
    ended = [(*load.communicate(), load.returncode) for load in loads]
    assert [(err, code) for _, err, code in ended] == [(b"", 0)] * 2
    assert counted(office) == FOUR


def test_a_load_that_is_killed_leaves_no_process_behind(office):
    """Of a large file most is read in a process beside."""
    load = office.start("load", "-", *LOAD, stdin=-1)
    many = b"".join(row(f"01 09:{n // 60:02}:{n % 60:02}", "101", "4599000001") for n in range(3600)) * 6
    load.stdin.write(many + b"\n" * 5000)
    load.stdin.flush()
    beside = wait_for(lambda: children(load.pid))
    load.send_signal(signal.SIGTERM)
    load.communicate()
    wait_for(lambda: not any(map(is_running, beside)))


# ── what stands out ──


def test_the_receipt_names_what_stands_out(office):
    """A call between devices that are no extensions, one row twice, and one whose times cannot be."""
    strange = row("03 09:00:00", "alice", "carrier")
    backwards = FOUR_CALLS[0].replace(b"2020-12-01 09:00:05", b"2020-12-01 08:00:05")
    done = office.run("load", office.write("Master.csv", [*FOUR_CALLS, FOUR_CALLS[1], strange, backwards]), *LOAD)
    assert done.out.splitlines() == [
        receipt("Master.csv", kept=5, known=1, rejected=1).strip(),
        "  records with impossible times, rejected: 1",
        "  calls with no known extension: 1 (carrier 1); a trunk, pattern or number missing?",
        "  legs told twice, counted once: 1",
        "  line 7: impossible times: start, answer and end are not in this order",
    ]
