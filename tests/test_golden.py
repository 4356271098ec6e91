"""The vendor's page, answered: its response comes back to the figure and to the key order, and its query works.

People and calls go in as everybody's do, through `people import` and `load`; answers come from `ask` and from a server.
"""

import json
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cli.terminal import Terminal
from page_answer import page_response
from pbxtally.demo.page import PAGE_CUSTOMER, PAGE_QUERY, PAGE_ZONE, page_people, page_response_request
from pbxtally.demo.page_calls import page_records

RESELLER, SELLER = "0123456789abcdef01234567", "89abcdef0123456789abcdef"
THREE_WEEKS = json.dumps(page_response_request())
RESPONSE = json.dumps(page_response(), separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    terminal = Terminal(tmp_path_factory.mktemp("golden"))
    people = page_people(RESELLER)
    people["customers"].insert(0, {"_id": RESELLER, "name": "Reseller", "isReseller": True})
    people["employees"].append({"_id": SELLER, "customer": RESELLER, "name": "Seller", "accessLevel": "RESELLER"})
    terminal.does("people", "import", terminal.write("people.json", people))
    terminal.write("calls.jsonl", page_records())
    receipt = terminal.does("load", "calls.jsonl", "--source", "telecomx", "--customer", PAGE_CUSTOMER)
    many = len(page_records())
    assert receipt == f"calls.jsonl: read {many} = kept {many} + known 0 + replaced 0 + rejected 0\n"
    return terminal


@pytest.fixture(scope="module")
def server(terminal):
    with terminal.server() as server:
        yield server


@pytest.fixture(scope="module")
def token(terminal, server):
    return terminal.does("people", "token", SELLER).strip()


def test_ask_brings_the_pages_response_back(terminal):
    assert terminal.does("ask", THREE_WEEKS).encode() == RESPONSE + b"\n"


def test_the_server_brings_the_pages_response_back(server, token):
    assert server.get("/pbx/cdrstats", token, THREE_WEEKS.encode()) == RESPONSE


def test_an_employee_of_the_page_gets_the_same_response_without_naming_the_customer(terminal):
    own = page_response_request()
    del own["customer"]
    anne = "12345678901234567890aaaa"
    assert terminal.does("ask", json.dumps(own), "--as", anne).encode() == RESPONSE + b"\n"


def test_loading_the_calls_again_changes_no_figure(terminal, server, token):
    terminal.does("load", "calls.jsonl", "--source", "telecomx", "--customer", PAGE_CUSTOMER)
    assert server.get("/pbx/cdrstats", token, THREE_WEEKS.encode()) == RESPONSE


# ── the query example, as it stands on the page ──


def counted_by_hand():
    """What the page's query asks for, from the records themselves: calls by name, number and day, in and out."""
    found = {"Anne Thygesen": Counter(), "Karl Østerby": Counter()}
    for call in map(json.loads, page_records()):
        if not "2020-01-01T00:00:00.000Z" <= call["started"] <= "2020-01-31T00:00:00.000Z":
            continue
        started, answered, ended = (
            datetime.fromisoformat(call.get(name, call["ended"])) for name in ("started", "answered", "ended")
        )
        length = ended - answered if call["answeredByCallee"] else answered - started
        local = "extension" in call["caller"] and "extension" in call["callee"]
        if local or length.total_seconds() < 10:
            continue
        day = str(started.astimezone(ZoneInfo(PAGE_ZONE)).day)
        for side, direction in (("caller", "outboundCalls"), ("callee", "inboundCalls")):
            if "extension" in call[side]:
                found[call[side]["name"]][day, direction] += 1
    return found


def test_the_pages_query_is_answered_as_it_stands(server, token):
    answer = json.loads(server.get("/pbx/cdrstats", token, PAGE_QUERY.encode()))
    assert [list(row) for row in answer] == [["employeeName", "extensionNumber", "data"]] * 2
    assert [(row["employeeName"], row["extensionNumber"]) for row in answer] == [
        ("Anne Thygesen", "210"),
        ("Karl Østerby", "211"),
    ]
    by_hand = counted_by_hand()
    for row in answer:
        cells = {(day, name): many for day, cell in row["data"].items() for name, many in cell.items() if many}
        assert cells == by_hand[row["employeeName"]]
        assert sum(cells.values()) > 50
        assert list(row["data"]) == sorted(row["data"], key=int)
        assert all(list(cell) == ["outboundCalls", "inboundCalls"] for cell in row["data"].values())


def test_ask_answers_the_pages_query_as_the_server_does(terminal, server, token):
    answer = server.get("/pbx/cdrstats", token, PAGE_QUERY.encode())
    assert terminal.does("ask", PAGE_QUERY).encode() == answer + b"\n"
