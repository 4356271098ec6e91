"""A server on a data folder, beside it the other commands, and how it stops."""

import json
import signal
import socket
from contextlib import closing
from urllib.error import HTTPError

import pytest

from cli.office import ACME, ANNA, BO, DECEMBER, FOUR_CALLS, LOAD, PEOPLE, calls, receipt, row
from cli.terminal import Terminal
from pbxtally.cli.serve import listen
from pbxtally.directory import import_people
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

QUESTION = json.dumps(DECEMBER)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with four calls and a server on its folder, which these tests share."""
    office = Terminal(tmp_path_factory.mktemp("served"))
    office.does("people", "import", office.write("people.json", PEOPLE))
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    return office


@pytest.fixture(scope="module")
def server(office):
    with office.server() as server:
        yield server


@pytest.fixture(scope="module")
def token(office, server):
    return office.does("people", "token", ANNA).strip()


# ── while it runs ──


def test_a_server_that_starts_derives_what_a_change_that_was_cut_off_left(tmp_path):
    office = Terminal(tmp_path)
    office.does("people", "import", office.write("people.json", PEOPLE))
    with closing(PeopleStore(sqlite_url(office.data / "people.db"))) as people:
        import_people(people, {"extensions": [{"customer": ACME, "number": "87654321"}]}, 0)
        assert [number for _, _, number in people.noted_numbers()] == ["87654321"]
        with office.server():
            assert people.noted_numbers() == []


def test_it_says_where_it_listens_and_that_it_is_well(server):
    assert server.address.startswith("http://127.0.0.1:")
    assert (server.get("/healthz"), server.get("/readyz")) == (b'{"status":"alive"}', b'{"status":"ready"}')


def test_its_numbers_are_read_with_the_token_of_the_settings(tmp_path):
    office = Terminal(tmp_path)
    office.does("people", "import", office.write("people.json", PEOPLE))
    (office.data / "settings.toml").write_text('metrics_token = "watch-the-watchmen"\n')
    with office.server() as server:
        office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
        told = server.get("/metrics", "watch-the-watchmen").decode()
    assert 'pbxtally_records_total{outcome="kept",source="asterisk"} 4.0\n' in told
    assert f'pbxtally_last_call_timestamp_seconds{{customer="{ACME}",source="asterisk"}} 1.6069068e+09\n' in told
    assert "pbxtally_journal_deliveries 0.0\n" in told


def test_a_token_made_while_it_runs_opens_what_its_employee_may_see(server, token):
    answer = json.loads(server.get("/pbx/cdrstats", token, QUESTION.encode()))
    assert [(one["employeeName"], one["data"]["12"]["outboundCalls"]) for one in answer] == [("Anna", 2), ("Bo", 1)]
    with pytest.raises(HTTPError, match="401"):
        server.get("/pbx/cdrstats", token[:-1] + "x", QUESTION.encode())


def test_ask_answers_as_the_server_does(office, server, token):
    answer = server.get("/pbx/cdrstats", token, QUESTION.encode())
    assert office.does("ask", QUESTION) == office.does("ask", QUESTION, "--as", ANNA) == answer.decode() + "\n"


def test_names_are_sorted_by_the_servers_alphabet_in_a_command_too(office, server):
    sorted_by_name = office.ask(**DECEMBER, sort="employeeName")
    assert [one["employeeName"] for one in sorted_by_name] == ["Anna", "Bo"]


def test_what_is_loaded_stands_in_the_next_answer(office, server, token):
    office.write("new.csv", [row("10 09:00:00", "101", "4599000001"), b"half,a,row\n"])
    loaded = office.run("load", "new.csv", *LOAD)
    assert (loaded.code, loaded.out.splitlines()[0] + "\n") == (1, receipt("new.csv", kept=1, rejected=1))
    tenth = json.dumps({"from": "2020-12-10", "to": "2020-12-10"}).encode()
    assert calls(json.loads(server.get("/pbx/cdrstats", token, tenth))) == {"101": (1, 0)}
    assert office.does("rejected").startswith(f"{ACME} asterisk new.csv:2: 3 columns")
    assert office.run("load", "new.csv", *LOAD).out.startswith(receipt("new.csv", known=1, rejected=1))


def test_calls_count_for_a_number_that_enters_the_directory(office, server, token):
    office.does("load", office.write("desk.csv", [row("20 09:00:00", "4599000001", "reception")]), *LOAD)
    twentieth = json.dumps({"from": "2020-12-20", "to": "2020-12-20"}).encode()
    assert server.get("/pbx/cdrstats", token, twentieth) == b"[]"
    office.write("news.json", {"extensions": [{"customer": ACME, "number": "reception", "employee": BO}]})
    assert office.does("people", "import", "news.json").endswith("calls counted again: 1\n")
    assert calls(json.loads(server.get("/pbx/cdrstats", token, twentieth))) == {"reception": (0, 1)}


def test_two_loads_at_once_both_succeed(office, server, token):
    lines = [row(f"25 09:{minute:02}:00", "101", "4599000001") for minute in range(40)]
    loads = [office.start("load", office.write(f"{n}.csv", lines[n:]), *LOAD) for n in (0, 20)]
    assert [(load.communicate()[1], load.returncode) for load in loads] == [(b"", 0)] * 2
    christmas = json.dumps({"from": "2020-12-25", "to": "2020-12-25"}).encode()
    assert calls(json.loads(server.get("/pbx/cdrstats", token, christmas))) == {"101": (40, 0)}


def test_a_mistake_is_told_as_if_there_were_no_server(office, server):
    refused = office.run("load", "Master.csv", "--source", "telecomx", "--customer", ACME)
    assert refused.err.startswith("error: Master.csv does not look like telecomx")


def test_only_the_folders_owner_gets_in(office, server):
    assert (office.data / "store.sock").stat().st_mode & 0o777 == 0o600
    assert office.data.stat().st_mode & 0o777 == 0o700


def test_a_second_server_on_the_folder_is_refused(office, server):
    said = "error: a server already runs on pbxtally-data - stop it first, or use another --data\n"
    assert office.run("serve", "--port", "0") == (1, "", said)


# ── where it cannot listen ──


def test_a_port_that_is_taken_is_refused(terminal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = f"error: port: 127.0.0.1:{port} is taken - use another with --port\n"
        assert terminal.run("serve", "--port", port) == (1, "", said)
    assert not terminal.data.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused(terminal, host):
    said = f"error: host: {host} is not an address of this machine - use another with --host\n"
    assert terminal.run("serve", "--host", host, "--port", "0") == (1, "", said)


# ── how it stops ──


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_it_stops_without_a_word_and_commands_work_on_their_own(tmp_path, how):
    office = Terminal(tmp_path)
    with office.server(is_cold=True) as server:
        office.does("people", "import", office.write("people.json", PEOPLE))
        office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
        assert server.stop(how) == (0, "")
    assert sorted(file.name for file in office.data.iterdir()) == [
        "calls.duckdb",
        "journal.db",
        "people.db",
        "people.db.lock",
    ]
    assert calls(office.ask(**DECEMBER)) == {"101": (2, 0), "102": (1, 2)}


def test_after_a_server_that_was_killed_everything_works(tmp_path):
    office = Terminal(tmp_path)
    with office.server(is_cold=True) as server:
        office.does("people", "import", office.write("people.json", PEOPLE))
        office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
        server.stop(signal.SIGKILL)
    assert (office.data / "store.sock").exists()
    assert calls(office.ask(**DECEMBER)) == {"101": (2, 0), "102": (1, 2)}
    with office.server():
        assert calls(office.ask(**DECEMBER)) == {"101": (2, 0), "102": (1, 2)}


def test_what_is_no_request_of_http_is_a_line_of_the_log_like_any_other(tmp_path):
    office = Terminal(tmp_path)
    with office.server() as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 400")
        code, said = server.stop(signal.SIGTERM)
    assert [json.loads(line)["level"] for line in said.splitlines()] == ["warning"]
    assert code == 0


def test_an_answer_does_not_wait_for_the_client_to_confirm_its_head():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
