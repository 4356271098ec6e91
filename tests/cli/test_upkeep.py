"""`verify`, `backup`, `restore`, `rebuild`: what is wrong is said, what is lost comes back, and the rest is named."""

import json
import shutil
from contextlib import closing

import duckdb
import pytest

from cli.office import ACME, ANNA, DECEMBER, FOUR_CALLS, LOAD, PEOPLE, row
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal

OF_ANOTHER_SOURCE = {
    "_id": "5e0f00000000000000000001",
    "started": "2020-12-01T08:00:00Z",
    "ended": "2020-12-01T08:00:20Z",
    "caller": {"number": "4599000009"},
    "callee": {"number": "101", "extension": "101"},
    "terminatedReason": "CANCEL",
}


@pytest.fixture
def office(office):
    """With four calls."""
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    return office


def december(office, *words):
    return office.ask(*words, customer=ACME, **DECEMBER)


def deliver(office, *rows):
    """Deliver over HTTP to a server of its own."""
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        receipt = json.loads(server.get("/intake/asterisk", key, b"".join(rows)))
        assert server.stop()[0] == 0
    return receipt


def change_calls(office, *statements):
    with duckdb.connect(str(office.data / "calls.duckdb")) as calls:
        for one in statements:
            calls.execute(one)


def verified(office):
    """What `verify` finds wrong."""
    done = office.run("verify")
    wrong = [line.removeprefix("WRONG ") for line in done.out.splitlines() if line.startswith("WRONG")]
    assert done.code == (1 if wrong else 0)
    return wrong


# ── verify ──


def test_of_a_whole_folder_verify_says_what_there_is_and_that_nothing_is_wrong(office):
    deliver(office, row("03 09:00:00", "101", "102"))
    assert office.does("verify").splitlines() == [
        "ok    people: whole, 1 customer, every number is in the calls",
        "ok    calls: whole, 5 legs of 5 calls, 0 rejected records, every call matches its legs",
        "ok    journal: whole, 1 delivery, counted in the calls",
        "no problems found",
    ]


def test_a_leg_that_is_there_twice_is_found(office):
    change_calls(office, "INSERT INTO legs SELECT * FROM legs LIMIT 1")
    assert "calls: 1 leg is there twice" in verified(office)


def test_a_call_that_is_not_counted_as_its_legs_say_is_found(office):
    change_calls(office, "UPDATE involvements SET talk_seconds = 61 WHERE talk_seconds = 60 AND extension = 1")
    [one] = verified(office)
    assert "are not counted as their legs say" in one


def test_a_delivered_leg_that_is_gone_is_found(office):
    deliver(office, row("03 09:00:00", "101", "102"))
    change_calls(office, "DELETE FROM involvements WHERE call_id = (SELECT max_by(call_id, started_ms) FROM legs)",
                 "DELETE FROM legs WHERE started_ms = (SELECT max(started_ms) FROM legs)")  # fmt: skip
    assert verified(office) == ["journal: 1 leg of asterisk that was delivered is not among the calls"]


def test_a_file_of_calls_that_does_not_open_is_said_to_be_damaged(office):
    path = office.data / "calls.duckdb"
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])
    done = office.run("verify")
    assert done.code == 1
    assert "calls.duckdb" in done.err


# ── backup and restore ──


def test_a_backup_of_a_serving_folder_answers_the_same_questions_elsewhere(office):
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        server.get("/intake/asterisk", key, row("03 09:00:00", "101", "102"))
        office.does("backup", "copy")
        before = december(office)
        server.get("/intake/asterisk", key, row("04 09:00:00", "101", "102"))
        office.does("restore", "copy", "--data", "elsewhere")
        assert december(office, "--data", "elsewhere") == before != december(office)
    assert office.does("verify", "--data", "elsewhere").endswith("no problems found\n")
    with office.server("--data", "elsewhere") as server:  # its keys and its journal came along
        again = json.loads(server.get("/intake/asterisk", key, row("03 09:00:00", "101", "102")))
    assert (again["received"], again["known"]) == (1, 1)


def test_in_folders_that_everybody_may_enter_the_files_are_for_their_owner_alone(terminal):
    folders = [terminal.folder / name for name in ("pbxtally-data", "copy", "elsewhere")]
    for one in folders:
        one.mkdir(mode=0o755)
    terminal.does("people", "import", terminal.write("people.json", PEOPLE))
    with terminal.server():
        terminal.does("backup", "copy")
        terminal.does("restore", "copy", "--data", "elsewhere")
        files = [file for one in folders for file in one.iterdir()]
    assert {"people.db", "calls.duckdb", "journal.db", "backup.json"} <= {file.name for file in files}
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def test_what_a_collector_is_just_writing_is_not_in_a_backup(office):
    places = office.data / "follow"
    places.mkdir(exist_ok=True)
    for name in ("a.json", "a.unfinished", "a.taken", "b.db-journal"):
        (places / name).write_text("1")
    office.does("backup", "copy")
    assert sorted(one.name for one in (office.folder / "copy" / "follow").iterdir()) == ["a.json", "a.taken"]


def test_a_backup_with_one_changed_byte_is_not_restored(office):
    office.does("backup", "copy")
    calls = office.folder / "copy" / "calls.duckdb"
    content = bytearray(calls.read_bytes())
    content[len(content) // 2] ^= 1
    calls.write_bytes(content)
    done = office.run("restore", "copy", "--data", "elsewhere")
    assert done.code == 1
    assert "this backup is damaged" in done.err
    assert list((office.folder / "elsewhere").iterdir()) == []


def test_a_backup_that_was_not_finished_is_none(office):
    office.does("backup", "copy")
    (office.folder / "copy" / "backup.json").unlink()
    assert "is not a backup" in office.run("restore", "copy", "--data", "elsewhere").err


def test_nothing_is_ever_written_over(office):
    office.does("backup", "copy")
    assert "is not empty" in office.run("backup", "copy").err
    assert "is not empty" in office.run("restore", "copy").err


def test_a_backup_is_not_made_inside_what_it_is_to_save(office):
    for target in ("copy", "deep/copy", "."):
        done = office.run("backup", str(office.data / target))
        assert (done.code, "is in the data folder" in done.err) == (1, True)
    assert not (office.data / "copy").exists()


def test_a_journal_that_cannot_be_copied_is_told_so(office):
    (office.data / "journal.db").unlink()
    (office.data / "journal.db").mkdir()
    assert office.run("backup", "copy").err == "error: journal.db cannot be copied: unable to open database file\n"


# ── rebuild ──


def test_calls_made_anew_are_the_same(office):
    deliver(office, row("03 09:00:00", "101", "102"), b"nonsense\n")
    before, rejected = december(office), office.does("rejected")
    assert "5 legs of 5 calls, 1 rejected record; 1 delivery" in office.does("rebuild")
    assert (december(office), office.does("rejected")) == (before, rejected)
    assert verified(office) == []


def test_calls_made_anew_keep_their_ids_though_another_source_comes_first_from_the_journal(office):
    token = office.does("people", "token", ANNA).strip()
    key = office.does("intake", "key", "--customer", ACME, "--source", "telecomx").strip()
    with office.server() as server:
        server.get("/intake/telecomx", key, json.dumps(OF_ANOTHER_SOURCE).encode())
        assert server.stop()[0] == 0
    before = ids(office, token)
    office.does("rebuild")
    assert ids(office, token) == before and len(before) == 5


def ids(office, token):
    """The ids of December's calls."""
    with office.server() as server:
        return [one["_id"] for one in json.loads(server.get("/pbx/cdr?from=2020-12-01&to=2020-12-31", token))["cdr"]]


@pytest.mark.thorough
def test_what_came_once_more_is_still_told_when_the_calls_are_made_anew(office):
    again = row("03 09:00:00", "101", "102")
    deliver(office, again, again, b"nonsense\n")
    deliver(office, again, b"nonsense\n", row("03 09:00:00", "101", "102", talk=45))
    office.does("load", "Master.csv", *LOAD)
    before = came(office)
    assert before == [(ACME, "asterisk", 6, 2)]
    office.does("rebuild")
    assert came(office) == before


def came(office):
    """Of each source: how many records were known, how many replaced one."""
    with closing(DuckStore(office.data, memory="256MB", threads=1, query_seconds=9)) as calls:
        return calls.upkeep.again()


@pytest.mark.thorough
def test_a_correction_that_was_loaded_later_still_counts_when_the_calls_are_made_anew(office):
    deliver(office, row("03 09:00:00", "101", "102", talk=30))
    office.does("load", office.write("corrected.csv", row("03 09:00:00", "101", "102", talk=45)), *LOAD)
    before = december(office)
    office.does("rebuild")
    assert december(office) == before


@pytest.mark.thorough
def test_deliveries_come_back_and_files_to_be_loaded_again_are_named_when_the_calls_are_lost(office):
    deliver(office, row("03 09:00:00", "101", "102"))
    before = december(office)
    (office.data / "calls.duckdb").unlink()
    done = office.run("rebuild")
    assert done.code == 1
    assert "1 leg of 1 call" in done.out
    master = office.folder / "Master.csv"
    assert f"MISSING {master}, 4 records of asterisk for {ACME}, last loaded on " in done.out
    assert [str(master) in one for one in verified(office)] == [True]
    office.does("load", "Master.csv", *LOAD)
    assert verified(office) == []
    assert december(office) == before


def test_a_file_that_is_gone_for_good_can_be_given_up(office):
    (office.data / "calls.duckdb").unlink()
    assert len(verified(office)) == 1
    assert office.run("verify", "--give-up", "Other.csv").code == 1
    office.does("verify", "--give-up", str(office.folder / "Master.csv"))
    assert verified(office) == []


def test_a_server_says_which_files_are_missing_from_calls_that_were_lost(office):
    (office.data / "calls.duckdb").unlink()
    with office.server() as server:
        _, err = server.stop()
    assert "calls are missing" in err
    assert "Master.csv" in err


@pytest.mark.thorough
def test_a_backup_and_the_journal_together_make_up_for_lost_calls(office):
    office.does("backup", "copy")
    deliver(office, row("03 09:00:00", "101", "102"))
    before = december(office)
    (office.data / "calls.duckdb").write_bytes(b"nothing of use")
    assert "nothing can be recovered from calls.duckdb" in office.does("rebuild", "--backup", "copy")
    assert december(office) == before
    assert verified(office) == []
    shutil.rmtree(office.folder / "copy")


def test_what_a_damaged_block_spoils_is_counted_and_the_rest_is_kept(office):
    rows = [row(f"{day:02} {hour:02}:{minute:02}:00", "101", "102")
            for day in range(5, 20) for hour in range(24) for minute in range(0, 60, 2)]  # fmt: skip
    deliver(office, *rows[:100])
    office.does("load", office.write("more.csv", rows), *LOAD)
    path = office.data / "calls.duckdb"
    content = bytearray(path.read_bytes())
    for block in range(12288, len(content), 262144):  # each holds a checksum of the rest of itself
        content[block + 200] ^= 255
    path.write_bytes(content)
    done = office.run("rebuild")
    assert done.code == 1
    assert "100 legs" in done.out
    assert "MISSING" in done.out


def test_calls_are_not_made_anew_under_a_server(office):
    with office.server():
        assert "stop it first" in office.run("rebuild").err


@pytest.mark.thorough
def test_deliveries_that_left_the_journal_come_from_a_backup_and_nothing_hides_that_they_are_missing(office):
    deliver(office, row("03 09:00:00", "101", "102"))
    office.does("backup", "copy")
    with closing(Journal(office.data)) as journal:
        assert journal.prune(1, 2**53, 2**53) == 1
    assert verified(office) == []
    before = december(office)
    (office.data / "calls.duckdb").unlink()
    deliver(office, row("04 09:00:00", "101", "102"))
    gap = "deliveries up to 1 are in a backup only - ./run rebuild --backup FOLDER"
    assert f"calls: {gap}" in verified(office)
    assert f"MISSING {gap}" in office.run("rebuild").out
    office.does("rebuild", "--backup", "copy")
    assert verified(office) == []
    assert december(office)[0]["data"]["12"]["outboundCalls"] == before[0]["data"]["12"]["outboundCalls"] + 1


# ── follow ──


@pytest.mark.thorough
def test_a_followed_file_is_read_again_when_the_calls_were_lost(office):
    growing = office.folder / "Growing.csv"
    growing.write_bytes(row("05 09:00:00", "101", "102"))
    assert "read 1 = kept 1" in followed(office, until=4)[0]
    (office.data / "calls.duckdb").unlink()
    growing.write_bytes(growing.read_bytes() + row("05 10:00:00", "101", "102"))
    out, err = followed(office, until=2)
    assert "read 2 = kept 2" in out
    assert "from its beginning" in err


def followed(office, until):
    """Follow the file until so many calls went out; what was said."""
    follow = office.start("follow", "Growing.csv", *LOAD, "--every", "0.05")
    for _ in range(100):
        if office.ask_so_far("--calls", customer=ACME, **DECEMBER, measure="outboundCalls")["figure"] == until:
            break
    follow.terminate()
    out, err = follow.communicate()
    return out.decode(), err.decode()
