"""Commands of the tests begin from a Python that has imported everything; nobody can tell."""

import os
import signal

import pytest

from cli.office import FOUR_CALLS, LOAD, receipt
from cli.processes import children


def ended(process, given=b""):
    out, err = process.communicate(given)
    return process.returncode, out, err


@pytest.mark.parametrize("words", [["--help"], ["no-command"], ["ask", "{}"], ["verify"], ["load", "-"]])
def test_a_warm_command_says_and_ends_what_a_cold_one_does(office, words):
    warm, cold = (ended(office.start(*words, is_cold=one)) for one in (False, True))
    assert warm == cold


def test_it_reads_what_it_is_given(office):
    loads = office.start("load", "-", *LOAD, stdin=-1)
    assert ended(loads, b"".join(FOUR_CALLS)) == (0, receipt("-", kept=4).encode(), b"")


def test_it_is_a_child_of_who_started_it_and_its_end_is_known(office):
    with office.server() as server:
        assert str(server.process.pid) in children(os.getpid())
        server.process.send_signal(signal.SIGKILL)
        assert server.process.wait(10) == -signal.SIGKILL
