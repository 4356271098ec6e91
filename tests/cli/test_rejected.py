"""What could not be used can be looked at."""

from cli.office import ACME, FOUR_CALLS, LOAD


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
