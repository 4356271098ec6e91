"""What an outsider sends that is no request of ours: a real server on a socket answers it, or hangs up."""

import json
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from pbxtally.web import protocol
from web.world import ANNA

CHUNKED = b"POST /pbx/cdrstats HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
BODY = b"2\r\n{}\r\n"


@pytest.fixture
def caller(address):
    """A connection to the server."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=20) as caller:
        yield caller


@pytest.fixture
def hurried(monkeypatch):
    """Waits that are over soon."""
    monkeypatch.setattr(protocol, "PATIENCE_SECONDS", 0.3)


def heard(caller):
    """All that the server says until it hangs up."""
    said = b""
    with suppress(ConnectionResetError):  # it did not read to the end
        while more := caller.recv(65_536):
            said += more
    return said


def answered(caller):
    """Whether a request is answered, to its end."""
    said = b""
    while not said.endswith(b"}"):
        said += caller.recv(65_536)
    return said.startswith(b"HTTP/1.1 200 ")


def test_a_token_behind_the_body_signs_nobody_in(caller, world):
    token = world.tokens[ANNA].encode()
    caller.sendall(CHUNKED + b"Connection: close\r\n\r\n" + BODY + b"0\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
    assert heard(caller).startswith(b"HTTP/1.1 401 ")


def test_a_token_before_a_body_in_chunks_signs_in_whatever_stands_behind_it(caller, world):
    token = world.tokens[ANNA].encode()
    head = CHUNKED + b"Connection: close\r\nAuthorization: Bearer " + token + b"\r\n\r\n"
    caller.sendall(head + BODY + b"0\r\nAuthorization: Bearer x\r\nX-Sum: 1\r\n\r\n")
    assert heard(caller).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("before", [BODY + b"0\r\n", BODY + b"1;"], ids=["behind the body", "between its chunks"])
def test_what_is_no_body_has_an_end(caller, before):
    caller.sendall(CHUNKED + b"\r\n" + before)
    with pytest.raises(ConnectionError):
        for number in range(10_000):
            caller.sendall(b"x%05d: %s\r\n" % (number, b"y" * 1000))
            time.sleep(0.001)


LONG = b"GET /pbx/cdrstats?employees=" + b"0123456789abcdef01234567," * 1000


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n", "The head of the request is longer than 16 KiB"),
        (LONG, "The head of the request is longer than 16 KiB"),
        (b"GET /healthz HTTP/1.1\r\nCookie: " + b"y" * 20_000 + b"\r\n\r\n", "is longer than 16 KiB"),
        (b"this is no request\r\n\r\n", "This cannot be read"),
    ],
    ids=["a long question", "one without an end", "a long header", "no request"],
)
def test_a_head_that_cannot_be_read_on_is_answered_like_every_error(caller, said, why):
    caller.sendall(said)
    head, _, body = heard(caller).partition(b"\r\n\r\n")
    error = json.loads(body)
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert {b"content-type: application/json", b"x-content-type-options: nosniff"} <= {*head.split(b"\r\n")}
    assert (error["code"], error["message"], why in error["description"]) == (400, "bad_request", True)


@pytest.mark.parametrize("said", [b"", b"GET /heal"], ids=["nothing", "half a head"])
def test_a_head_that_does_not_come_ends_the_connection(hurried, caller, said):
    caller.sendall(said)
    assert heard(caller) == b""


def test_a_next_head_that_does_not_come_ends_it_as_well(hurried, caller):
    caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answered(caller)
    caller.sendall(b"GET /heal")
    assert heard(caller) == b""


def test_a_body_that_does_not_come_ends_the_connection_once_the_answer_is_out(hurried, caller):
    caller.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
    assert heard(caller).startswith(b"HTTP/1.1 404 ")


def test_a_connection_that_rests_between_requests_stays(hurried, caller):
    for _ in range(2):
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(caller)
        time.sleep(0.6)


def test_much_is_read_of_nobody_who_is_not_known(caller):
    caller.sendall(b"POST /intake/asterisk HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"y" * 100_000)
    assert caller.recv(65_536).startswith(b"HTTP/1.1 401 ")
