"""Asking in a shell: an answer, a table, or one line that says what is wrong."""

import csv
import json

import pytest

from cli.office import ACME, ANNA, BO, DECEMBER, FOUR_CALLS, LOAD, PEOPLE
from cli.terminal import Terminal

SHORT = DECEMBER | {"fields": "employeeName,extensionNumber,outboundCalls,inboundCalls"}
ANSWER = (
    '[{"employeeName":"Anna","extensionNumber":"101","data":{"12":{"outboundCalls":2,"inboundCalls":0}}},'
    '{"employeeName":"Bo","extensionNumber":"102","data":{"12":{"outboundCalls":1,"inboundCalls":2}}}]\n'
)


@pytest.fixture(scope="module")
def busy_office(tmp_path_factory):
    office = Terminal(tmp_path_factory.mktemp("ask"))
    office.does("people", "import", office.write("people.json", PEOPLE))
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    return office


def test_the_answer_is_the_endpoints_and_ends_its_line(busy_office):
    assert busy_office.does("ask", json.dumps(SHORT)) == ANSWER


def test_the_request_may_be_in_the_pages_notation(busy_office):
    request = "{ from: '2020-12-01', to: '2020-12-31', groupingInterval: 'month', fields: ['extensionNumber'] }"
    assert json.loads(busy_office.does("ask", request)) == [{"extensionNumber": "101"}, {"extensionNumber": "102"}]


def test_the_calls_behind_a_figure_are_listed(busy_office):
    figure = DECEMBER | {"measure": "inboundCalls", "interval": 12, "extension": "102"}
    opened = json.loads(busy_office.does("ask", "--calls", json.dumps(figure)))
    assert (opened["figure"], [one["callerNumber"] for one in opened["calls"]]) == (2, ["4599000002", "101"])
    assert "NO ANSWER" in opened["calls"][0]["legs"][0]["words"]
    lines = busy_office.does("ask", "--calls", json.dumps(figure | {"csv": "RFC4180"}), "--format", "csv").splitlines()
    assert len(lines) == 3


def test_nothing_asked_is_today(busy_office):
    assert busy_office.does("ask", "") == "[]\n"


def test_what_these_calls_lack_is_said_beside_the_answer(office):
    office.does("load", office.write("Master.csv", FOUR_CALLS[:2]), *LOAD)
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    with office.server() as server:
        server.get("/intake/asterisk", key, FOUR_CALLS[2])
    (office.data / "calls.duckdb").unlink()
    done = office.run("ask", json.dumps(DECEMBER))
    assert (done.code, done.out) == (0, "[]\n")
    said = [one for one in done.err.splitlines() if one.startswith("not in this answer: ")]
    assert "Master.csv, 2 records of asterisk" in said[0] and said[0].endswith(" - load it again")
    assert said[1] == "not in this answer: 1 delivery of the journal - counted when a server starts"


def test_csv_holds_the_same_figures(busy_office):
    answer = busy_office.does("ask", json.dumps(SHORT | {"csv": "RFC4180"}), "--format", "csv")
    assert list(csv.reader(answer.splitlines())) == [
        ["employeeName", "extensionNumber", "interval", "outboundCalls", "inboundCalls"],
        ["Anna", "101", "12", "2", "0"],
        ["Bo", "102", "12", "1", "2"],
    ]


def test_the_format_of_the_command_wins_over_that_of_the_request(busy_office):
    answer = busy_office.does("ask", json.dumps(SHORT | {"format": "CSV"}), "--format", "json")
    assert answer == ANSWER


def test_on_a_terminal_it_is_a_table(busy_office):
    done = busy_office.on_a_screen("ask", json.dumps(SHORT))
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[-2:] == [["Anna", "101", "12", "2", "0"], ["Bo", "102", "12", "1", "2"]]
    assert "Acme" in done.out


def test_an_excel_file_is_not_thrown_at_a_terminal(busy_office):
    done = busy_office.on_a_screen("ask", "{}", "--format", "excel")
    said = "error: format: a terminal cannot show EXCEL - add: > answer.xlsx\r\n"
    assert done == (1, said, "")


def test_an_excel_file_goes_into_a_pipe_whole(busy_office):
    asked = busy_office.start("ask", json.dumps(SHORT | {"format": "EXCEL"}))
    sheet, err = asked.communicate()
    assert (asked.returncode, err, sheet[:2], sheet[-22:-18]) == (0, b"", b"PK", b"PK\5\6")


def test_who_reads_only_the_beginning_hears_no_complaint(busy_office):
    hours = {"includeEmpty": True, "groupingInterval": "HOUR", "from": "2020-01-01", "to": "2020-12-31"}
    asked = busy_office.start("ask", json.dumps(hours))
    asked.stdout.read(1)
    asked.stdout.close()
    assert (asked.stderr.read(), asked.wait()) == (b"", 1)
    asked.stderr.close()


# ── as whom ──


def test_an_employee_sees_what_the_endpoint_would_show(busy_office):
    assert busy_office.does("ask", json.dumps(SHORT), "--as", ANNA.upper()) == ANSWER


def test_who_may_not_see_statistics_is_refused(busy_office):
    refused = busy_office.run("ask", json.dumps(SHORT), "--as", BO)
    assert refused == (1, "", "error: access_denied: Insufficient access level\n")


@pytest.mark.parametrize("employee", ["99" * 12, "anna"])
def test_nobody_cannot_ask(busy_office, employee):
    refused = busy_office.run("ask", "{}", "--as", employee)
    assert refused == (1, "", f"error: as: there is no employee {employee}\n")


def test_the_operator_names_the_customer_if_there_are_several(office):
    office.does("people", "import", office.write("more.json", {"customers": [{"name": "Other"}]}))
    refused = office.run("ask", "{}")
    assert refused == (1, "", "error: customer: name the customer in the request, or ask --as an employee\n")
    assert office.ask(customer=ACME) == []


# ── what cannot be answered ──


@pytest.mark.parametrize(
    ("request_text", "said"),
    [
        ('{"groupingInterval": "YEAR"}', "groupingInterval: Invalid grouping interval - use MONTH, WEEK, DAY or HOUR"),
        ('{"from": "24-12-2020"}', "from: Invalid date range - use dates such as 2020-12-01 or 2020-12-01T08:00, "),
        ('{"from": "2020-12-02", "to": "2020-12-01"}', "from: Invalid date range - use dates such as 2020-12-01 "),
        ('{"format": "PDF"}', "format: Invalid format - use JSON, CSV, EXCEL, PARQUET"),
        ('{"customer": "acme"}', "customer: Invalid customer - an id is 24 hexadecimal digits"),
        ('{"colour": 1}', "colour: Unknown member - use customer, employee, "),
        ('{"sort": 1, "sort": 2}', 'Member "sort" is given twice'),
        ("[]", "The body is an array, not an object (line 1, column 1)"),
        ('{"from": ', "The body is not a JSON object (line 1, column "),
    ],
)
def test_what_is_wrong_with_a_request_is_said_by_its_member(busy_office, request_text, said):
    refused = busy_office.run("ask", request_text)
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert refused.err.startswith(f"error: {said}")


def test_a_format_that_does_not_exist_is_refused_with_those_that_do(busy_office):
    refused = busy_office.run("ask", "{}", "--format", "pdf")
    said = "Invalid value for '--format': 'pdf' is not one of 'json', 'csv', 'excel', 'parquet'. See ./run ask --help"
    assert refused == (2, "", f"error: {said}\n")


def test_where_there_is_no_data_it_says_how_to_begin(terminal):
    said = "error: there is no data in pbxtally-data - name its folder with --data, or begin with: people import FILE\n"
    assert terminal.run("ask", "{}") == (1, "", said)
    assert not terminal.data.exists()
