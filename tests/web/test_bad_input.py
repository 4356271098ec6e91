"""Bodies and parameters as nobody should send them: an answer that says what is wrong, and never a 5xx."""

import json
import re
import socket
from urllib.parse import urlsplit

import pytest

from pbxtally.web import body
from web.world import ANNA

URL = "/pbx/cdrstats"
MIB = 1024 * 1024

NOT_AN_OBJECT = [
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"1e999",
    b'{"ignoreBelow": ' + b"9" * 4300 + b"}",
    b'{"ignoreBelow": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"from": 1, "from": 1}',
    '{"from": 1}'.encode("utf-16"),
    b'{"customer": "\xff"}',
    rb'{"customer": "\ud800"}',
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
]

WRONG_MEMBERS = [
    ("ignoreBelow", -1),
    ("ignoreBelow", "10"),
    ("ignoreBelow", True),
    ("ignoreBelow", [1]),
    ("ignoreLocal", "yes"),
    ("ignoreLocal", 1),
    ("customer", "1" * 23),
    ("customer", "1" * 25),
    ("customer", "g" * 24),
    ("customer", "../" * 8),
    ("customer", "%00" * 8),
    ("customer", "\u0661" * 24),
    ("customer", ["1" * 24]),
    ("customer", {"$ne": 1}),
    ("customer", "1" * 1025),
    ("customer", "\x00"),
    ("employee", 123456789012345678901234),
    ("employees", "1" * 24),
    ("employees", ["1" * 24, None]),
    ("employees", {"0": "1" * 24}),
    ("direction", "\u0406N"),
    ("direction", ["IN"]),
    ("groupingInterval", "D\u0410Y"),
    ("groupingInterval", "DAY;--"),
    ("groupingInterval", 0),
    ("fields", []),
    ("fields", ""),
    ("fields", ["nothing"]),
    ("fields", [None]),
    ("fields", [["employeeName"]]),
    ("fields", {"employeeName": 1}),
    ("fields", ["employeeName"] * 10_001),
    ("sort", "employeeName desc;--"),
    ("sort", '"employeeName"'),
    ("sort", "inboundCalls"),
    ("sort", ["employeeName"]),
    ("sort", {"employeeName": 1}),
    ("format", "JSON\r\nX-Evil: 1"),
    ("format", "XML"),
    ("format", 1),
    ("timezone", "../../etc/passwd"),
    ("timezone", "Europe/Nowhere"),
    ("timezone", "UTC\x00"),
    ("timezone", 1),
    ("intervalKey", "iso8601"),
    ("csv", ";"),
    ("__proto__", {}),
    ("\u202efrom", 1),
    ("x" * 1025, 1),
]

WRONG_DATES = [
    "0000-01-01",
    "1969-12-31",
    "10000-01-01",
    "290309-12-31",
    "2020-02-30",
    "2020-13-01",
    "2020-12-01T25:00",
    "2020-12-31T23:59:60Z",
    "2020-12-01T00:00+25:00",
    "infinity",
    "now",
    "",
    "\u0662\u0660\u0662\u0660-12-01",
    "2020-12-01\x00",
    -1,
    1.5,
    10**18,
    True,
    [],
    {},
]


@pytest.mark.parametrize("body", NOT_AN_OBJECT, ids=lambda body: repr(body[:30]))
def test_a_body_that_is_no_readable_object_is_400(anna, body):
    answer = anna.post(URL, content=body)
    assert (answer.status_code, answer.json()["message"]) == (400, "bad_request")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_422_with_its_members_name(anna, number):
    answer = anna.post(URL, content=f'{{"ignoreBelow": {number}}}')
    assert (answer.status_code, answer.json()["message"]) == (422, "ignoreBelow")


@pytest.mark.parametrize(("name", "value"), WRONG_MEMBERS, ids=lambda one: repr(one)[:30])
def test_a_wrong_member_is_422_with_its_name(anna, name, value):
    answer = anna.post(URL, content=json.dumps({name: value}))
    assert (answer.status_code, answer.json()["message"]) == (422, name)


@pytest.mark.parametrize("value", WRONG_DATES, ids=repr)
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_wrong_end_of_the_period_is_422_from(anna, name, value):
    answer = anna.post(URL, content=json.dumps({name: value}))
    assert answer.content == b'{"code":422,"message":"from","description":"Invalid date range"}'


@pytest.mark.parametrize(
    "members",
    [
        {"from": "2020-12-01T00:00+14:00", "to": "9999-12-31"},
        {"from": 0},
        {"from": "1970-01-01", "groupingInterval": "HOUR"},
        {"from": "2020-03-29T02:30", "to": "2020-03-29T02:30"},
        {"employees": []},
        {"fields": ["employeeName"] * 10_000},
        {"ignoreBelow": -0.0},
        {"ignoreBelow": 2**53 - 1},
    ],
    ids=repr,
)
def test_what_is_unusual_and_right_is_answered(anna, members):
    assert anna.post(URL, json=members).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["%00=1", "from=%00", "employees=%ff", "fields=,", "sort=%0d%0aX:1", "&&&", "from", "a=b;c=d", "%", "from=%"],
)
def test_no_address_is_too_strange(anna, query):
    assert anna.get(f"{URL}?{query}").status_code in {200, 422}


def test_a_body_of_the_allowed_length_is_read_and_one_byte_more_is_not(anna):
    assert anna.post(URL, content=b"{}" + b" " * (MIB - 2)).status_code == 200
    answer = anna.post(URL, content=b"{}" + b" " * (MIB - 1))
    assert (answer.status_code, answer.json()["message"]) == (413, "body_too_large")


def test_a_body_without_a_stated_length_is_cut_off_as_well(anna):
    sent = []

    def parts():
        for _ in range(3000):
            sent.append(64 * 1024)
            yield b" " * (64 * 1024)

    assert anna.post(URL, content=parts()).status_code == 413


def raw(address, head, *parts):
    """The answer to bytes sent as they are, to the end of its body."""
    at = urlsplit(address)
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        for part in parts:
            connection.sendall(part)
        answer = b""
        while b"}" not in answer and (part := connection.recv(65536)):
            answer += part
        return answer.decode()


def test_a_length_that_is_too_large_is_refused_before_a_byte_of_it_is_sent(address):
    head = f"POST {URL} HTTP/1.1\nHost: x\nContent-Length: 10000000000\nExpect: 100-continue\n\n"
    answer = raw(address, head)
    assert answer.startswith("HTTP/1.1 413 ")
    assert '"body_too_large"' in answer


def test_chunks_without_an_end_are_refused_at_the_limit(address):
    head = f"POST {URL} HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    assert raw(address, head, *[chunk] * 17).startswith("HTTP/1.1 413 ")


def test_a_body_of_which_a_part_does_not_come_is_not_waited_for(address, monkeypatch):
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.2)
    answer = raw(address, f"POST {URL} HTTP/1.1\nHost: x\nContent-Length: 100\n\n", b"{")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "The body did not arrive within" in answer


def test_a_head_that_is_too_long_is_refused(address):
    assert raw(address, f"GET {URL} HTTP/1.1\nHost: x\nX-Long: {'x' * 17_000}\n\n").startswith("HTTP/1.1 400 ")
    assert raw(address, f"GET {URL}?from={'1' * 17_000} HTTP/1.1\nHost: x\n\n").startswith("HTTP/1.1 400 ")


def test_a_head_that_never_ends_is_refused_while_it_comes(address):
    assert raw(address, f"GET {URL} HTTP/1.1\nHost: x\nX-Long: ", b"x" * 17_000).startswith("HTTP/1.1 400 ")


def test_many_requests_on_one_line_may_be_longer_together(address):
    head = f"POST {URL} HTTP/1.1\nHost: x\nX-Long: {'x' * 9_000}\nContent-Length: 20000\n\n"
    last = "GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n".replace("\n", "\r\n").encode()
    at = urlsplit(address)
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(2 * (head.replace("\n", "\r\n").encode() + b" " * 20_000) + last)
        answers = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert re.findall(r"HTTP/1.1 (\d+)", answers) == ["401", "401", "200"]


def test_who_leaves_in_the_middle_of_a_body_harms_nobody(address, world):
    head = f"POST {URL} HTTP/1.1\nHost: x\nAuthorization: Bearer {world.tokens[ANNA]}\nContent-Length: 100\n\n"
    at = urlsplit(address)
    for _ in range(3):
        with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
            connection.sendall(head.replace("\n", "\r\n").encode() + b"{")
    assert raw(address, "GET /readyz HTTP/1.1\nHost: x\n\n").startswith("HTTP/1.1 200 ")
