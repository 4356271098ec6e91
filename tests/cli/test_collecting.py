"""Collectors of the settings: the server takes records in by itself, each once, whatever happens."""

import re
import time

import pytest

from cli.growing import METRICS_TOKEN, append, call, comes_to, events, log_of, outbound, settings
from cli.office import ACME, DECEMBER, FOUR_CALLS, LOAD, calls, receipt
from cli.processes import wait_for
from pbxtally.cli.collect_tables import KINDS, members_of

FILE = f"""
[collect.front-desk]
kind = "follow"
source = "asterisk"
customer = "{ACME}"
path = "Master.csv"
every = 0.05
"""


def test_a_server_follows_a_file_through_restarts_and_every_call_counts_once(office):
    settings(office, FILE)
    append(office, call(1), call(2)[:30])
    with office.server() as server:
        comes_to(office, 1)
        append(office, call(2)[30:], call(3))
        comes_to(office, 3)
        server.process.kill()
        server.process.wait()
    append(office, call(4))
    with office.server() as server:
        comes_to(office, 4)
        assert [one["legs"] for one in events(log_of(server), "taken")] == [1]
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", known=4)


def test_a_file_that_is_not_there_yet_is_told_and_waited_for(office):
    settings(office, FILE)
    with office.server() as server:
        time.sleep(0.5)
        append(office, call(1))
        comes_to(office, 1)
        log = log_of(server)
    assert events(log, "the collector waits")[0]["error"] == "Master.csv cannot be read: No such file or directory"
    assert events(log, "the collector goes on")[0]["collector"] == "front-desk"


def metrics_of(server):
    """What is told of the collector, by the ends of the names; of records by their outcome."""
    text = server.get("/metrics", METRICS_TOKEN).decode()
    found = re.findall(r"^pbxtally_collector_(\w+)\{(.*)\} (\S+)$", text, re.MULTILINE)
    wanted = 'kind="follow",name="front-desk",source="asterisk"'
    assert {re.sub('outcome="[a-z]+",', "", labels) for _, labels, _ in found} == {wanted}
    outcome = re.compile('outcome="([a-z]+)"')
    return {(said[1] if (said := outcome.search(labels)) else name): float(number) for name, labels, number in found}


def test_metrics_tell_of_each_collector_how_it_fares(office):
    settings(office, f'metrics_token = "{METRICS_TOKEN}"\n{FILE}')
    with office.server() as server:
        time.sleep(0.5)
        found = metrics_of(server)
        assert found.pop("errors_total") >= 1
        assert found == {"connected": 0, "accepted": 0, "rejected": 0, "warnings_total": 0}
        began = time.time()
        append(office, call(1), b"half,a,row\n", call(2)[:30])
        comes_to(office, 1)
        found = metrics_of(server)
        assert (found["connected"], found["accepted"], found["rejected"]) == (1, 1, 1)
        assert found["unread_bytes"] == 30
        assert began - 1 < found["last_record_timestamp_seconds"] <= found["last_look_timestamp_seconds"] <= time.time()


def test_what_cannot_be_used_is_kept_with_its_file_and_line(office):
    settings(office, FILE)
    append(office, call(1), b"half,a,row\n")
    with office.server() as server:
        comes_to(office, 1)
        append(office, b"no row\n", call(2))
        comes_to(office, 2)
        told = [(one["place"], one["record"]) for one in events(log_of(server), "rejected")]
    assert told == [("Master.csv", 2), ("Master.csv", 3)]
    kept = office.does("rejected")
    assert "Master.csv:2: 3 columns" in kept
    assert "Master.csv:3: 1 column" in kept


def test_a_file_of_another_source_stays_where_it_is(office):
    settings(office, FILE)
    append(office, b"1,2,3\n", b"4,5,6\n")
    with office.server() as server:
        time.sleep(1)
        log = log_of(server)
    assert "does not look like asterisk: record 1" in events(log, "the collector waits")[0]["error"]
    assert office.does("rejected") == ""


def test_a_clock_in_another_zone_is_refused_with_the_zone_that_fits(office):
    settings(office, FILE.replace("[collect.front-desk]", '[collect.front-desk]\ntimezone = "Asia/Tokyo"'))
    append(office, *(call(number) for number in range(30)))
    with office.server() as server:
        time.sleep(1)
        log = log_of(server)
    assert "Use --timezone Etc/GMT-1" in events(log, "the collector waits")[0]["error"]
    assert outbound(office) == 0


def test_a_server_reads_the_files_of_a_folder_and_puts_them_away(office):
    drop, done = office.folder / "drop", office.folder / "done"
    drop.mkdir()
    settings(office, FILE.replace('"Master.csv"', f'"{drop}"\ndone = "{done}"'))
    (drop / "one.csv").write_bytes(b"".join(FOUR_CALLS))
    with office.server() as server:
        comes_to(office, 2)
        (drop / "two.csv").write_bytes(call(1))
        comes_to(office, 3)
        log_of(server)
    assert [sorted(one.name for one in place.iterdir()) for place in (drop, done)] == [[], ["one.csv", "two.csv"]]


def names(office, **customers):
    """Give customers other names, or make them."""
    said = [{"_id": one * 12, "name": name} for one, name in customers.items()]
    office.does("people", "import", office.write("names.json", {"customers": said}))


def is_found_of(office, customer, many):
    """Whether so many calls of 101 are a customer's."""
    found = office.ask(customer=customer, includeUnassigned=True, **DECEMBER)
    return calls(found).get("101", (0, 0))[0] == many


def test_a_customer_with_another_name_keeps_its_calls_also_from_who_has_the_old_name_now(office):
    settings(office, FILE.replace(ACME, "Acme"))
    append(office, call(1))
    with office.server() as server:
        wait_for(lambda: is_found_of(office, ACME, 1))
        server.stop()
    names(office, a0="Acme Nord", b0="Acme")
    append(office, call(2))
    with office.server() as server:
        wait_for(lambda: is_found_of(office, ACME, 2))
        server.stop()
    assert is_found_of(office, "b0" * 12, 0)


def test_the_name_of_a_customer_that_was_deleted_is_that_of_who_has_it_now(office):
    settings(office, FILE.replace(ACME, "Acme"))
    with office.server() as server:
        server.stop()
    said = [{"_id": ACME, "name": "Acme", "state": "DELETED"}, {"_id": "b0" * 12, "name": "Acme"}]
    office.does("people", "import", office.write("again.json", {"customers": said}))
    append(office, call(1))
    with office.server() as server:
        wait_for(lambda: is_found_of(office, "b0" * 12, 1))
        server.stop()
    assert is_found_of(office, ACME, 0)


def test_a_hosted_switch_is_followed_and_its_map_says_whose_what_is(office):
    office.does("pbx", "add", "hosted", "--source", "asterisk", "--word", "accountcode")
    office.does("pbx", "map", "hosted", "acme", "--customer", ACME)
    settings(office, '[collect.switch]\nkind = "follow"\npbx = "hosted"\npath = "Master.csv"\nevery = 0.05')
    append(office, call(1).replace(b'""', b'"acme"', 1), call(2).replace(b'""', b'"beta"', 1))
    with office.server() as server:
        comes_to(office, 1)
        [told] = events(log_of(server), "rejected")
    assert (told["place"], told["record"]) == ("Master.csv", 2)
    assert told["reason"] == "the accountcode 'beta' is not in the map of hosted"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ('collect = "all"', "collect: not a table - give each collector a table such as [collect.front-desk]"),
        ("[collect.x]", "collect.x.kind: None is none of follow, poll, listen, ami"),
        ('[collect.x]\nkind = "follow"', "collect.x.path: missing - The file or the folder."),
        ('[collect.x]\nkind = "follow"\npath = "x"', "collect.x.source: missing - Record format"),
        (FILE + 'pbx = "hosted"', "collect.front-desk.source: said of a hosted switch with: pbx add"),
        ('[collect.x]\nkind = "follow"\npath = "x"\npbx = "no"', "collect.x.pbx: there is no hosted switch 'no'"),
        (FILE + "color = 1", "collect.front-desk.color: not known - use kind, pbx, source, customer"),
        (FILE.replace("0.05", "-1"), "collect.front-desk.every: -1 is not a number above 0 and up to 86400"),
        (FILE.replace("0.05", "inf"), "collect.front-desk.every: inf is not a number above 0 and up to 86400"),
        (FILE.replace("0.05", "1e12"), "collect.front-desk.every: 1000000000000.0 is not a number above 0 and up to"),
        (FILE.replace("0.05", "nan"), "collect.front-desk.every: nan is not a number above 0 and up to 86400"),
        (FILE + 'trunks = "carrier"', "collect.front-desk.trunks: 'carrier' is not a list of texts"),
        (FILE + 'timezone = "Mars"', "collect.front-desk.timezone: 'Mars' is not an IANA zone"),
        (FILE.replace('"asterisk"', '"abacus"'), "collect.front-desk.source: there is no source 'abacus'"),
        (FILE.replace(ACME, "b0" * 12), f"collect.front-desk.customer: there is no customer {'b0' * 12}"),
        (FILE.replace('"asterisk"', '"generic"'), "collect.front-desk.layout: a mapping is needed"),
        (
            FILE.replace('"asterisk"', '"generic"') + 'layout = "[fields]"',
            "collect.front-desk.layout.fields.start: a column is needed",
        ),
        (
            FILE.replace('"asterisk"', '"yeastar"') + 'layout = "queue=6700"',
            "collect.front-desk.layout: 'queue=6700' is not known; use service=NUMBER",
        ),
        (
            FILE + FILE.replace("front-desk", "again") + 'timezone = "UTC"',
            "collect.again: contradicts collect.front-desk about the same source",
        ),
    ],
)
def test_a_table_that_is_wrong_is_named_and_the_server_does_not_start(office, said, wrong):
    settings(office, said)
    done = office.run("serve", "--port", "0")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {wrong}")


OF_ANOTHER = FILE.replace("front-desk", "other").replace(ACME, "b0" * 12)
OF_A_SWITCH = '[collect.other]\nkind = "follow"\npbx = "hosted"\npath = "Master.csv"'


@pytest.mark.parametrize("other", [OF_ANOTHER, OF_A_SWITCH])
def test_what_is_read_for_a_customer_is_not_read_for_another_as_well(office, other):
    names(office, b0="Other")
    office.does("pbx", "add", "hosted", "--source", "asterisk", "--word", "accountcode")
    settings(office, FILE + other)
    done = office.run("serve", "--port", "0")
    wrong = "collect.other.path: is read for another customer by collect.front-desk"
    assert (done.code, done.err.startswith(f"error: {wrong}")) == (1, True)


def test_every_member_of_a_table_has_a_sentence():
    sentences = [one.metadata["sentence"] for kind in KINDS.values() for one in members_of(kind).values()]
    assert [one for one in sentences if not one.endswith(".")] == []
