"""A 3CX connects to the server and sends its calls: they count, and what is wrong in the settings is named."""

import socket
import time

import pytest

from cli.growing import comes_to, events, log_of, settings
from cli.office import ACME
from postgres import free_port

LISTEN = f"""
[collect.3cx]
kind = "listen"
source = "3cx"
customer = "{ACME}"
port = PORT
layout = "service=800"
"""


def call(number):
    """A line of 3CX: Anna, 101, calls Bo in December 2020, by the clock of Copenhagen."""
    began_ms = 1606986000000 + number * 60_000  # 10:00
    return (
        f"Call {number},{began_ms:016X}_{number},00:01:00,2020/12/03 10:{number:02}:00,2020/12/03 10:{number:02}:05,"
        f"2020/12/03 10:{number + 1:02}:05,TerminatedByDst,Ext.101,Ext.102,101,102,102,,,,,,,,"
        '"Chain: Ext.101,Ext.102,",Internal,Internal,,Anna,Bo,,\r\n'
    ).encode()


def connected(port):
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_calls_that_a_3cx_sends_count_and_are_safe_when_the_server_is_killed(office):
    port = free_port()
    settings(office, LISTEN.replace("PORT", str(port)))
    with office.server() as server, connected(port) as pbx:
        pbx.sendall(call(1) + call(2))
        comes_to(office, 2)
        pbx.sendall(call(3) + b"no,call\r\n" + call(4)[:40])
        comes_to(office, 3)
        server.process.kill()
        server.process.wait()
    with office.server() as server, connected(port) as pbx:
        pbx.sendall(call(3) + call(4))
        comes_to(office, 4)
        assert [one["place"] for one in events(log_of(server), "taken")] == ["127.0.0.1"]
    assert "127.0.0.1:4: 2 fields where the layout has 27" in office.does("rejected")


def test_a_line_that_broke_in_its_first_call_does_not_hold_up_those_that_come_after_it(office):
    port = free_port()
    settings(office, LISTEN.replace("PORT", str(port)))
    with office.server():
        for cut in (call(1)[:40], call(1)[:-2]):
            with connected(port) as pbx:
                pbx.sendall(cut)
        with connected(port) as pbx:
            pbx.sendall(call(2))
            comes_to(office, 1)
    assert len(office.does("rejected").splitlines()) == 4


def test_a_port_that_is_taken_is_told_and_tried_again(office):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings(office, LISTEN.replace("PORT", str(port)))
        with office.server() as server:
            time.sleep(0.3)
            taken.close()
            with connected(port) as pbx:
                pbx.sendall(call(1))
                comes_to(office, 1)
            log = log_of(server)
    assert "cannot be listened on: Address already in use" in events(log, "the collector waits")[0]["error"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("port = 70000", "port: 70000 is not a port - use 1 to 65535"),
        ('port = 5000\nallow = ["the pbx"]', "allow: 'the pbx' is neither an address nor a network"),
        ('port = 5000\nkey = "key.pem"', "certificate: needed beside key"),
        (
            'port = 5000\ncertificate = "no.pem"',
            "certificate: it cannot be used with its key: [Errno 2] No such file",
        ),
        ("port = 5000\nallow = [5]", "allow: [5] is not a list of texts"),
        ('port = "5000"', "port: '5000' is not a whole number above 0"),
    ],
)
def test_a_member_that_cannot_be_is_named(office, change, wrong):
    settings(office, LISTEN.replace("port = PORT", change))
    assert office.run("serve", "--port", "0").err.startswith(f"error: collect.3cx.{wrong}")
