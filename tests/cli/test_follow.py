"""Following a file with a real process: whatever happens to the file, the process or the server, a call counts once."""

import os
import shutil
import signal
import time
from contextlib import contextmanager

import pytest

from cli.growing import SOON_SECONDS, append, call, comes_to, outbound
from cli.office import ACME, FOUR_CALLS, LOAD, receipt, row
from pbxtally.collectors.tail import SETTLED_SECONDS
from pbxtally.records import MAYBE_TRUNCATED


@contextmanager
def following(office):
    process = office.start("follow", "Master.csv", *LOAD, "--every", "0.05")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stopped(process, how=signal.SIGTERM):
    process.send_signal(how)
    out, err = process.communicate(timeout=SOON_SECONDS)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_a_receipt_when_it_is_told_to(office, how):
    append(office, *FOUR_CALLS)
    with following(office) as process:
        comes_to(office, 2)
        append(office, call(1), b"half,a,row\n", call(2)[:20])
        comes_to(office, 3)
        code, out, err = stopped(process, how)
    assert (code, err) == (0, "Master.csv:6: 3 columns; Asterisk writes 16 to 21\n")
    assert out.startswith(receipt("Master.csv", kept=5, rejected=1))


@pytest.mark.thorough
def test_every_call_counts_once_whatever_happens(office):
    append(office, call(1), call(2))
    with following(office) as process:
        comes_to(office, 2)
        append(office, call(3), call(4)[:50])
        comes_to(office, 3)
        process.kill()
    append(office, call(4)[50:])
    (office.folder / "Master.csv").rename(office.folder / "Master.csv.1")
    append(office, call(5))
    with following(office) as process:
        comes_to(office, 5)
        append(office, call(6))
        comes_to(office, 6)
        shutil.copy2(office.folder / "Master.csv", office.folder / "Master.csv.1")
        os.truncate(office.folder / "Master.csv", 0)
        append(office, call(7))
        comes_to(office, 7)
        assert stopped(process)[0] == 0
    with following(office) as process:
        append(office, call(8))
        comes_to(office, 8)
        assert stopped(process)[1] == receipt("Master.csv", kept=1)
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", known=2)


def test_it_works_beside_a_server_and_while_that_is_started_again(office):
    append(office, call(1))
    with office.server() as server, following(office) as process:
        comes_to(office, 1)
        server.process.kill()
        server.process.wait()
        append(office, call(2))
        comes_to(office, 2)
        with office.server():
            append(office, call(3))
            comes_to(office, 3)
            code, out, _ = stopped(process)
    assert code == 0
    assert out in (receipt("Master.csv", kept=3), receipt("Master.csv", kept=2, known=1))  # killed before it confirmed


@pytest.mark.thorough
def test_others_get_the_calls_while_a_folder_of_many_files_is_taken_in(office):
    drop = office.folder / "drop"
    drop.mkdir()
    for number in range(50):
        (drop / f"{number}.csv").write_bytes(call(number))
    with office.start("follow", "drop", *LOAD, "--every", "0.05") as process:
        until = time.monotonic() + SOON_SECONDS
        while not outbound(office) and time.monotonic() < until:
            time.sleep(0.1)
        assert outbound(office) > 0  # asked by a command of its own
        with office.server():
            comes_to(office, 50)
            stopped(process)
    assert outbound(office) == 50


def test_a_file_that_is_renamed_while_it_is_followed_is_read_to_its_end(office):
    append(office, call(1))
    with following(office) as process:
        comes_to(office, 1)
        (office.folder / "Master.csv").rename(office.folder / "Master.csv.1")
        append(office, call(2), name="Master.csv.1")
        append(office, call(3))
        comes_to(office, 3)
        assert stopped(process) == (0, receipt("Master.csv", kept=3), "")
    assert SETTLED_SECONDS < SOON_SECONDS


def test_a_file_that_was_renamed_before_the_first_look_is_named_once_and_not_read(office):
    append(office, call(1), name="Master.csv.1")
    append(office, call(2), name="Master.csv-20201201")
    append(office, call(9), name="Other.csv.1")
    append(office, call(3))
    with following(office) as process:
        comes_to(office, 1)
        code, out, err = stopped(process)
    assert (code, out) == (0, receipt("Master.csv", kept=1))
    assert err == (
        "Master.csv is read from its beginning; Master.csv-20201201 … Master.csv.1 beside it: load what is needed of it"
        "\n"
    )
    append(office, call(4))
    with following(office) as process:
        comes_to(office, 2)
        assert stopped(process) == (0, receipt("Master.csv", kept=1), "")
    office.does("load", "Master.csv.1", *LOAD)
    comes_to(office, 3)


def test_the_last_line_of_a_renamed_file_is_rejected_if_it_has_no_end(office):
    append(office, call(1))
    with following(office) as process:
        comes_to(office, 1)
        append(office, call(2)[:-2])
        (office.folder / "Master.csv").rename(office.folder / "Master.csv.1")
        append(office, call(3))
        comes_to(office, 2)
        code, out, _ = stopped(process)
    assert (code, out) == (0, receipt("Master.csv", kept=2, rejected=1) + f"  line 2: {MAYBE_TRUNCATED}\n")


def test_a_file_with_a_heading_is_understood_after_a_restart_too(office):
    heading = (
        b"calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,uniqueid\n"
    )
    line = (
        "2020-12-03 09:{0:02}:00,,101,4599,office,PJSIP/101-0000000a,PJSIP/trunk-0000000b,Dial,,65,60,ANSWERED,{1}.1\n"
    )
    first, second, third = (line.format(n, 1606982400 + n * 60).encode() for n in (0, 1, 2))
    append(office, heading, first)
    with following(office) as process:
        comes_to(office, 1)
        append(office, second)
        comes_to(office, 2)
        process.kill()
    append(office, third)
    with following(office) as process:
        comes_to(office, 3)
        assert stopped(process) == (0, receipt("Master.csv", kept=1), "")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("no.csv", LOAD, "file: no.csv cannot be read: No such file or directory"),
        ("/dev/null", LOAD, "file: /dev/null is not a growing file"),
        ("old.gz", LOAD, "file: old.gz is compressed, such a file does not grow - use: load"),
        (
            "Master.csv",
            ("--source", "asterisk", "--customer", "b0" * 12),
            f"customer: there is no customer {'b0' * 12} - create one with: people add, or people import",
        ),
    ],
)
def test_what_cannot_be_followed_is_said_in_one_line(office, name, words, said):
    append(office, call(1))
    office.write("old.gz", b"\x1f\x8b\x08")
    assert office.run("follow", name, *words) == (1, "", f"error: {said}\n")


def test_a_file_of_another_source_is_refused_and_nothing_is_kept(office):
    append(office, call(1))
    done = office.process("follow", "Master.csv", "--source", "telecomx", "--customer", ACME)
    assert (done.code, office.does("rejected")) == (1, "")
    assert "Master.csv does not look like telecomx" in done.err


IN_UTF_16 = "Master.csv is in UTF-16, a file that grows has to be in UTF-8 - convert it, or use: load"


def test_a_file_in_utf_16_is_refused_by_name_and_none_of_its_lines_is_taken(office):
    office.write("Master.csv", b"".join((call(1), call(2))).decode().encode("utf-16"))
    done = office.process("follow", "Master.csv", *LOAD)
    assert (done.code, done.out, done.err) == (1, receipt("Master.csv"), f"error: {IN_UTF_16}\n")
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=2)


def test_a_file_that_is_begun_anew_in_utf_16_ends_it_and_goes_on_once_it_is_converted(office):
    append(office, call(1), call(2))
    with following(office) as process:
        comes_to(office, 2)
        anew = b"".join((call(3), call(4), call(5)))
        office.write("Master.csv", anew.decode().encode("utf-16"))
        _, err = process.communicate(timeout=SOON_SECONDS)
    assert (process.returncode, err.decode().splitlines()[-1]) == (1, f"error: {IN_UTF_16}")
    office.write("Master.csv", anew)
    with following(office) as process:
        comes_to(office, 5)
        assert stopped(process)[:2] == (0, receipt("Master.csv", kept=3))


def test_a_clock_in_another_zone_is_noticed_though_the_calls_come_one_by_one(office):
    from zoneinfo import ZoneInfo

    append(office, call(1))
    with following(office) as process:
        comes_to(office, 1)
        append(office, *(row(f"04 10:{n:02}:00", "101", "4599", clock=ZoneInfo("UTC")) for n in range(40)))
        _, err = process.communicate(timeout=SOON_SECONDS)
    assert (process.returncode, b"is not in the zone Europe/Copenhagen" in err) == (1, True)


def test_a_file_that_cannot_be_read_for_a_while_is_told_of_and_waited_for(office):
    append(office, call(1))
    with following(office) as process:
        comes_to(office, 1)
        (office.folder / "Master.csv").rename(office.folder / "Master.csv.1")
        (office.folder / "Master.csv").symlink_to("Master.csv")  # not even root reads there
        assert (
            b"Master.csv cannot be read: Too many levels of symbolic links; trying again" in process.stderr.readline()
        )
        (office.folder / "Master.csv").unlink()
        append(office, call(2))
        comes_to(office, 2)
        assert stopped(process)[0] == 0
