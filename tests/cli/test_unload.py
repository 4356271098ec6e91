"""What came to the wrong customer leaves again, by the file that it came from, and stays away."""

import pytest

from cli.office import ACME, COPENHAGEN, DECEMBER, FOUR_CALLS, LOAD, calls, counted, receipt, row
from cli.processes import wait_for
from pbxtally.records import Delivery
from pbxtally.stores.journal import Journal
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from reads import Reads

OURS, THEIRS = row("02 09:00:00", "101", "102"), row("02 10:00:00", "102", "101")


def told(name, read, away, **more):
    counts = {"not found": 0, "unreadable": 0} | {word.replace("_", " "): many for word, many in more.items()}
    rest = " + ".join(f"{word} {many}" for word, many in counts.items())
    return f"{name}: read {read} = removed {away} + {rest}\n"


def test_what_a_file_holds_leaves_and_everything_else_stays(office):
    office.does("load", office.write("ours.csv", OURS), *LOAD)
    before = calls(office.ask(**DECEMBER))
    office.does("load", office.write("theirs.csv", FOUR_CALLS), *LOAD)
    assert calls(office.ask(**DECEMBER)) != before
    assert office.does("unload", "theirs.csv", *LOAD) == told("theirs.csv", 4, 4)
    assert calls(office.ask(**DECEMBER)) == before
    assert office.does("unload", "theirs.csv", *LOAD) == told("theirs.csv", 4, 0, not_found=4)
    assert office.does("verify").endswith("no problems found\n")


def test_loaded_once_more_it_counts_as_if_it_had_never_left(office):
    office.does("load", office.write("a.csv", FOUR_CALLS), *LOAD)
    before = calls(office.ask(**DECEMBER))
    office.does("unload", "a.csv", *LOAD)
    assert office.ask(**DECEMBER) == []
    assert office.does("load", "a.csv", *LOAD) == receipt("a.csv", kept=4)
    assert calls(office.ask(**DECEMBER)) == before


def test_what_is_left_of_a_call_is_counted_anew(office):
    first = row("02 09:00:00", "4599000001", "101", talk=0)
    second = row("02 09:00:00", "4599000001", "102", talk=0).replace(b",1\n", b",2\n")
    office.does("load", office.write("group.csv", [first, second]), *LOAD)
    assert calls(office.ask(**DECEMBER)) == {"101": (0, 1), "102": (0, 1)}
    assert office.does("unload", office.write("half.csv", second), *LOAD) == told("half.csv", 1, 1)
    assert calls(office.ask(**DECEMBER)) == {"101": (0, 1)}


def test_what_could_not_be_read_leaves_the_list_of_the_rejected(office):
    office.run("load", office.write("a.csv", [OURS, b"nonsense\n"]), *LOAD)
    office.run("load", office.write("b.csv", [THEIRS, b"other nonsense\n"]), *LOAD)
    assert office.does("unload", "a.csv", *LOAD) == told("a.csv", 2, 1, unreadable=1)
    assert office.does("rejected").count("nonsense") == office.does("rejected").count("other nonsense") == 1


def unanswered(key, extension):
    """The vendor's record of a call that somebody at this extension, known by its id, made."""
    return (
        f'{{"_id": "{key}", "started": "2020-12-01T08:00Z", "ended": "2020-12-01T08:01Z", "terminatedReason": "CANCEL",'
        f' "caller": {{"extension": "{extension}"}}, "callee": {{}}}}\n'
    ).encode()


def test_a_rejected_record_that_can_be_read_by_now_leaves_the_list_as_well(office):
    known, late, telecomx = "e1" * 12, "e3" * 12, ("--source", "telecomx", "--customer", ACME)
    office.run("load", office.write("a.jsonl", [unanswered(1, known), unanswered(2, late)]), *telecomx)
    office.run("load", office.write("b.jsonl", [unanswered(3, known), unanswered(4, late)]), *telecomx)
    people = {"extensions": [{"_id": late, "customer": ACME, "number": "103"}]}
    office.does("people", "import", office.write("late.json", people))
    assert office.does("unload", "a.jsonl", *telecomx) == told("a.jsonl", 2, 1, not_found=1)
    assert office.does("rejected", "--retry") == "tried 1 = kept 1 + known 0 + replaced 0 + still rejected 0\n"
    assert counted(office, includeUnassigned=True) == {"101": (1, 0), "103": (1, 0)}


def test_what_was_delivered_to_a_server_leaves_while_it_runs_and_stays_away_when_the_calls_are_made_anew(office):
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        server.get("/intake/asterisk", key, OURS + THEIRS)
        wait_for(lambda: calls(office.ask(**DECEMBER)) == {"101": (1, 1), "102": (1, 1)})
        assert office.does("unload", office.write("theirs.csv", THEIRS), *LOAD) == told("theirs.csv", 1, 1)
        left = calls(office.ask(**DECEMBER))
        assert left == {"101": (1, 0), "102": (0, 1)}
        assert office.does("verify").endswith("no problems found\n")
    office.does("rebuild")
    assert calls(office.ask(**DECEMBER)) == left
    (office.data / "calls.duckdb").unlink()
    office.does("rebuild")
    assert calls(office.ask(**DECEMBER)) == left
    assert office.does("verify").endswith("no problems found\n")


def test_a_file_that_was_taken_away_has_not_to_be_loaded_again_when_the_calls_are_lost(office):
    office.does("load", office.write("ours.csv", OURS), *LOAD)
    corrected = row("02 10:00:00", "102", "101", talk=61)
    office.does("load", office.write("theirs.csv", [THEIRS, corrected]), *LOAD)
    office.does("unload", "theirs.csv", *LOAD)
    (office.data / "calls.duckdb").unlink()
    said = office.run("rebuild")
    assert "ours.csv" in said.out + said.err
    assert "theirs.csv" not in said.out + said.err


def test_what_was_delivered_and_waits_in_the_journal_leaves_as_well(office):
    office.does("load", office.write("ours.csv", OURS), *LOAD)
    journal = Journal(office.data)  # of a server that was killed
    journal.write([Delivery(ACME, "asterisk", 0, Reads("asterisk").read(THEIRS), [])])
    journal.close()
    assert office.does("unload", office.write("theirs.csv", THEIRS), *LOAD) == told("theirs.csv", 1, 1)
    assert calls(office.ask(**DECEMBER)) == {"101": (1, 0), "102": (0, 1)}


def test_what_came_of_a_file_before_it_was_written_anew_is_missed_when_the_calls_are_lost(office):
    office.does("load", office.write("Master.csv", OURS), *LOAD)
    office.does("load", office.write("Master.csv", THEIRS), *LOAD)
    office.does("unload", "Master.csv", *LOAD)
    (office.data / "calls.duckdb").unlink()
    assert "Master.csv, 1 record of asterisk" in office.run("rebuild").out


def test_an_older_copy_of_the_calls_loses_it_as_well(office):
    office.does("load", office.write("theirs.csv", FOUR_CALLS), *LOAD)
    older = (office.data / "calls.duckdb").read_bytes()
    office.does("unload", "theirs.csv", *LOAD)
    (office.data / "calls.duckdb").write_bytes(older)
    assert len(office.ask_so_far(**DECEMBER)) > 0
    with office.server():
        wait_for(lambda: office.ask_so_far(**DECEMBER) == [])


def test_of_a_hosted_switch_only_the_customer_who_is_named_loses_it(office):
    other = "b0" * 12
    office.does("people", "import", office.write("two.json", {"customers": [{"_id": other, "name": "Bolt"}]}))
    office.does("pbx", "add", "hosted", "--source", "asterisk", "--word", "context", "--timezone", COPENHAGEN.key)
    office.does("pbx", "map", "hosted", "office", "--customer", ACME)
    office.does("pbx", "map", "hosted", "bolt", "--customer", other)
    of_bolt = row("02 13:00:00", "201", "4599000001").replace(b",office,", b",bolt,")
    office.does("load", office.write("all.csv", [*FOUR_CALLS, of_bolt]), "--pbx", "hosted")
    assert office.does("unload", "all.csv", *LOAD) == told("all.csv", 5, 4, not_found=1)
    assert office.ask(**DECEMBER, customer=ACME) == []
    assert calls(office.ask(**DECEMBER, customer=other, includeUnassigned=True)) == {"201": (1, 0)}


def test_a_file_of_a_hosted_switch_is_read_as_is_said_of_the_switch(office):
    office.write("mapping.toml", b'[fields]\nstart = "At"\ncaller = "A"\ncallee = "B"\ntalk = "Talk"\ntenant = "Of"\n')
    described = ("--source", "generic", "--word", "tenant", "--layout", "@mapping.toml")
    office.does("pbx", "add", "hosted", *described)
    office.does("pbx", "map", "hosted", "Acme", "--customer", ACME)
    office.write("all.csv", b"At,A,B,Talk,Of\n2020-12-01 09:00:00,101,102,60,Acme\n")
    office.does("load", "all.csv", "--pbx", "hosted")
    assert office.does("unload", "all.csv", "--pbx", "hosted", "--customer", ACME) == told("all.csv", 1, 1)
    assert office.ask(**DECEMBER) == []


def test_once_all_of_a_source_has_left_another_may_tell_of_the_same_calls(office):
    office.does("load", office.write("theirs.csv", THEIRS), *LOAD)
    queue = office.write("queue_log", b"1606813200|1606813200.1|support|NONE|ENTERQUEUE||4599000001|1\n")
    of_queues = ("--source", "queue_log", "--customer", ACME)
    assert office.run("load", queue, *of_queues).err.startswith("error: queue_log reports calls that asterisk")
    office.does("unload", "theirs.csv", *LOAD)
    assert office.run("load", queue, *of_queues).err == ""


def test_the_customers_audit_says_how_much_left(office):
    office.does("load", office.write("theirs.csv", FOUR_CALLS), *LOAD)
    office.does("unload", "theirs.csv", *LOAD)
    office.does("unload", "theirs.csv", *LOAD)  # nothing is there any more
    people = PeopleStore(sqlite_url(office.data / "people.db"))
    lines = [line for line in people.audit(ACME, 0, 9)[1] if line.action == "DELETED"]
    assert [line.detail.partition(",")[0] for line in lines] == ["4 records of asterisk"]
    people.close()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("gone.csv", *LOAD), "file: gone.csv cannot be read: No such file or directory"),
        (("a.csv", "--source", "3cx", "--customer", ACME), "a.csv does not look like 3cx: line 1: "),
        (("a.csv", "--pbx", "hosted", "--customer", ACME), "pbx: there is no PBX hosted"),
        (("a.csv", "--source", "abacus", "--customer", ACME), "source: there is no source 'abacus'"),
        (("a.csv", "--source", "asterisk", "--customer", "Nobody"), "customer: there is no customer"),
    ],
)
def test_a_mistake_is_told_and_nothing_leaves(office, words, wrong):
    office.does("load", office.write("a.csv", FOUR_CALLS), *LOAD)
    refused = office.run("unload", *words)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"error: {wrong}")
    assert len(office.ask(**DECEMBER)) > 0
