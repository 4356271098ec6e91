"""What could not be used can be looked at."""

from contextlib import closing

import pytest

from cli.office import ACME, DECEMBER, FOUR_CALLS, LOAD, calls
from pbxtally.records import MAYBE_TRUNCATED
from pbxtally.stores.duckdb_store import DuckStore


def test_where_nothing_was_rejected_nothing_is_listed(office):
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    assert office.does("rejected") == ""


def test_every_rejected_record_is_listed_with_its_place_its_reason_and_how_it_begins(office):
    office.run("load", office.write("a.csv", [FOUR_CALLS[0], b"half,a,row\n"]), *LOAD)
    office.run("load", office.write("b.csv", [*FOUR_CALLS[1:], b'"open' + b"x" * 500 + b"\n"]), *LOAD)
    assert office.does("rejected").splitlines() == [
        f"{ACME} asterisk a.csv:2: 3 columns; Asterisk writes 16 to 21",
        "  half,a,row",
        f"{ACME} asterisk b.csv:4: a quote is open at the end of the line; is the file cut off?",
        '  "open' + "x" * 195,
    ]


def test_a_record_that_is_rejected_again_is_listed_once(office):
    office.write("Master.csv", [FOUR_CALLS[0], b"half,a,row\n"])
    office.run("load", "Master.csv", *LOAD)
    office.run("load", "Master.csv", *LOAD)
    assert office.does("rejected").count("half,a,row") == 1


def test_what_a_stranger_sent_cannot_move_the_cursor(office):
    office.run("load", office.write("Master.csv", [FOUR_CALLS[0], b"\x1b[2Jgone,\xff\n"]), *LOAD)
    assert office.does("rejected").splitlines()[1] == "  �[2Jgone,�"


# ── reading them again ──

LATE = "e3" * 12
TELECOMX = ("--source", "telecomx", "--customer", ACME)
WITH_LATE = {"extensions": [{"_id": LATE, "customer": ACME, "number": "103"}]}


def record(extension, key="1"):
    return (
        f'{{"_id": "{key}", "started": "2020-12-01T08:00Z", "ended": "2020-12-01T08:01Z", "terminatedReason": "CANCEL",'
        f' "caller": {{"extension": "{extension}"}}, "callee": {{"number": "+4511"}}}}\n'
    ).encode()


def counted(office):
    return calls(office.ask(**DECEMBER, includeUnassigned=True))


def test_what_can_be_read_now_counts_and_leaves_the_list(office):
    office.run("load", office.write("a.jsonl", [record("e1" * 12), record(LATE, "2"), b"half\n"]), *TELECOMX)
    still = f"{ACME} telecomx a.jsonl:3: not JSON; is the line cut off?\n  half\n"
    assert office.run("rejected", "--retry").out.startswith(
        "tried 2 = kept 0 + known 0 + replaced 0 + still rejected 2\n"
    )
    office.does("people", "import", office.write("late.json", WITH_LATE))
    assert office.run("rejected", "--retry") == (
        1, "tried 2 = kept 1 + known 0 + replaced 0 + still rejected 1\n" + still, "",
    )  # fmt: skip
    assert counted(office) == {"101": (1, 0), "103": (1, 0)}
    assert office.run("rejected").out == still


def test_what_came_by_another_way_meanwhile_counts_once(office):
    office.run("load", office.write("a.jsonl", [record("e1" * 12), record(LATE, "2")]), *TELECOMX)
    office.does("people", "import", office.write("late.json", WITH_LATE))
    office.does("load", "a.jsonl", *TELECOMX)
    assert office.does("rejected", "--retry") == "tried 1 = kept 0 + known 1 + replaced 0 + still rejected 0\n"
    assert (counted(office), office.does("rejected")) == ({"101": (1, 0), "103": (1, 0)}, "")


def test_an_older_version_that_is_retried_does_not_replace_the_one_that_came_later(office):
    office.run("load", office.write("old.jsonl", [record("e1" * 12), record(LATE, "2")]), *TELECOMX)
    office.does("load", office.write("new.jsonl", record("102", "2")), *TELECOMX)
    office.does("people", "import", office.write("late.json", WITH_LATE))
    office.does("rebuild")
    assert office.does("rejected", "--retry") == "tried 1 = kept 0 + known 1 + replaced 0 + still rejected 0\n"
    assert (counted(office), office.does("rejected")) == ({"101": (1, 0), "102": (1, 0)}, "")


def test_a_newer_version_that_is_retried_replaces_the_one_that_came_earlier(office):
    office.does("load", office.write("old.jsonl", [record("e1" * 12), record("102", "2")]), *TELECOMX)
    office.run("load", office.write("new.jsonl", [record("e1" * 12), record(LATE, "2")]), *TELECOMX)
    office.does("people", "import", office.write("late.json", WITH_LATE))
    assert office.does("rejected", "--retry") == "tried 1 = kept 0 + known 0 + replaced 1 + still rejected 0\n"
    assert counted(office) == {"101": (1, 0), "103": (1, 0)}


@pytest.mark.parametrize("versions", [[record("102", "2"), record(LATE, "2")], [record(LATE, "2"), record("102", "2")]])
def test_of_versions_that_came_at_once_one_that_could_be_read_counts(office, versions):
    office.run("load", office.write("both.jsonl", [record("e1" * 12), *versions]), *TELECOMX)
    office.does("people", "import", office.write("late.json", WITH_LATE))
    assert office.does("rejected", "--retry") == "tried 1 = kept 0 + known 1 + replaced 0 + still rejected 0\n"
    assert counted(office) == {"101": (1, 0), "102": (1, 0)}


def test_a_line_that_was_cut_off_stays_however_whole_it_looks(office):
    cut = FOUR_CALLS[1].rstrip()[:-2]
    office.run("load", office.write("cut.csv", [FOUR_CALLS[0], cut]), *LOAD)
    done = office.run("rejected", "--retry")
    assert done.out.splitlines()[0] == "tried 1 = kept 0 + known 0 + replaced 0 + still rejected 1"
    assert MAYBE_TRUNCATED in done.out


def test_two_who_have_them_read_again_at_once_do_not_count_a_record_twice(office):
    many = 3_000
    office.run(
        "load", office.write("a.jsonl", [record("e1" * 12), *(record(LATE, n) for n in range(2, many + 2))]), *TELECOMX
    )
    office.does("people", "import", office.write("late.json", WITH_LATE))
    with office.server():
        retries = [office.start("rejected", "--retry") for _ in range(2)]
        said = [retry.communicate()[0].decode() for retry in retries]
    assert sum(int(one.split()[1]) for one in said) == many, said
    with closing(DuckStore(office.data, memory="256MB", threads=1, query_seconds=9)) as calls_file:
        [came] = calls_file.sources_kept([ACME])
    assert came[:5] == ("telecomx", many + 1, 0, 0, 0)


def test_only_one_source_or_customer_may_be_looked_at(office):
    office.run("load", office.write("a.csv", [FOUR_CALLS[0], b"half,a,row\n"]), *LOAD)
    office.run("load", office.write("a.jsonl", [record("e1" * 12), b"half\n"]), *TELECOMX)
    assert office.does("rejected", "--source", "asterisk").splitlines()[1] == "  half,a,row"
    assert office.run("rejected", "--retry", "--source", "telecomx").out.startswith("tried 1 = ")
    assert len(office.does("rejected", "--customer", ACME.upper()).splitlines()) == 4
    assert office.run("rejected", "--source", "cisco").err.startswith(
        "error: source: there is no source 'cisco' - use "
    )
    assert office.run("rejected", "--customer", "b0" * 12).err.startswith("error: customer: there is no customer b0b0")
