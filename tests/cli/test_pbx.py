"""A hosted switch: one file, many customers, and each of them has its own calls and nobody else's."""

import csv
import io
import time

import pytest

from cli.office import ACME, ANNA, DECEMBER, LOAD, PEOPLE, calls, receipt, row
from kept_legs import legs_of
from pbxtally import retrying
from pbxtally.cli import tenantless_retries
from pbxtally.cli.folder import any_store, open_folder
from pbxtally.records import MAYBE_TRUNCATED

BETA, CARL = "b0" * 12, "0c" * 12
TWO_CUSTOMERS = {
    "customers": [*PEOPLE["customers"], {"_id": BETA, "name": "Beta", "timezone": "Europe/Copenhagen"}],
    "employees": [*PEOPLE["employees"], {"_id": CARL, "customer": BETA, "name": "Carl", "accessLevel": "VIEWER"}],
    "extensions": [*PEOPLE["extensions"], {"customer": BETA, "number": "101", "employee": CARL}],
}
ACMES = [row("01 09:00:00", "101", "4599000001"), row("01 10:00:00", "101", "102")]
BETAS = [row("01 09:30:00", "101", "4599000002"), row("01 09:40:00", "4599000003", "101", talk=0)]


def of(word, rows):
    """The same rows with an accountcode."""
    return [one.replace(b'""', f'"{word}"'.encode(), 1) for one in rows]


HOSTED = [*of("acme", ACMES[:1]), *of("beta", BETAS), *of("acme", ACMES[1:])]


def switch(office, *more):
    office.does("people", "import", office.write("two.json", TWO_CUSTOMERS))
    office.does("pbx", "add", "hosted", "--source", "asterisk", "--word", "accountcode", *more)
    return office


def seen(office, employee):
    """What an employee may see: the extensions with their calls, out and in."""
    return calls(office.ask("--as", employee, **DECEMBER))


def counted(office):
    """Acme's extensions with their calls, out and in, those that nobody holds as well."""
    return calls(office.ask(**DECEMBER, customer=ACME, includeUnassigned=True))


@pytest.mark.parametrize("words", ["list", "words hosted", "map hosted acme --nobody", "remove hosted"])
def test_what_only_looks_at_switches_or_changes_them_makes_no_folder(terminal, words):
    refused = terminal.run("pbx", *words.split())
    assert (refused.code, "there is no data in" in refused.err) == (1, True)
    assert not terminal.data.exists()


FUSION = """domain_name,xml_cdr_uuid,direction,source_number,destination_number,start_epoch,end_epoch,hangup_cause
nobody.example,aaaaaaaa-1111-4222-8333-444455556666,inbound,4511,101,1606813200,1606813265,NO_ANSWER
"""


def test_a_record_of_nobodys_is_listed_without_the_heading_of_its_file(office):
    office.does("pbx", "add", "fusion", "--source", "fusionpbx", "--word", "domain")
    office.run("load", office.write("v_xml_cdr.csv", [FUSION.encode()]), "--pbx", "fusion")
    listed = [
        "pbx fusion fusionpbx v_xml_cdr.csv:2: the domain 'nobody.example' is not in the map of fusion",
        f"  {FUSION.splitlines()[1]}",
    ]
    assert office.does("rejected").splitlines() == listed
    assert office.run("rejected", "--retry").out.splitlines()[1:] == listed


def test_one_pattern_counts_the_phones_of_a_switch_and_of_the_customers_own_pbx(office):
    switch(office, "--extensions", "(?:{tenant}-)?([0-9]{2,6})")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    hosted = [one.replace(b"PJSIP/101", b"PJSIP/acme-101") for one in of("acme", ACMES[:1])]
    office.does("load", office.write("hosted.csv", hosted), "--pbx", "hosted")
    office.does("load", office.write("own.csv", [row("02 09:00:00", "102", "4599000009")]), *LOAD)
    assert seen(office, ANNA) == {"101": (1, 0), "102": (1, 0)}


def test_of_a_switch_and_the_customers_own_pbx_the_pattern_said_last_holds(office):
    switch(office, "--extensions", "{tenant}-([0-9]+)")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    hosted = [row("01 09:00:00", "909", "4599000001").replace(b"PJSIP/909", b"PJSIP/acme-909")]
    office.does("load", office.write("hosted.csv", of("acme", hosted)), "--pbx", "hosted")
    assert counted(office) == {"909": (1, 0)}
    office.does("load", office.write("own.csv", BETAS[:1]), *LOAD, "--extensions", "([0-9]{3})")
    assert counted(office) == {"101": (1, 0)}
    office.does("pbx", "change", "hosted", "--extensions", "(?:{tenant}-)?([0-9]{3})")
    assert counted(office) == {"101": (1, 0), "909": (1, 0)}


def test_a_customer_on_two_switches_with_one_pattern_has_its_phones_on_both(office):
    switch(office, "--extensions", "{tenant}-([0-9]+)")
    office.does("pbx", "add", "second", *"--source asterisk --word accountcode --extensions {tenant}-([0-9]+)".split())
    for number, (pbx, word) in {"101": ("hosted", "acme"), "102": ("second", "new")}.items():
        office.does("pbx", "map", pbx, word, "--customer", "Acme")
        phones = of(word, [row("01 09:00:00", f"{word}-{number}", "4599000001")])
        office.does("load", office.write("hosted.csv", phones), "--pbx", pbx)
    assert counted(office) == {"101": (1, 0), "102": (1, 0)}


def test_each_customer_has_its_own_calls(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("pbx", "map", "hosted", "beta", "--customer", BETA)
    assert office.does("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted") == receipt("hosted.csv", kept=4)
    assert seen(office, ANNA) == {"101": (2, 0), "102": (0, 1)}
    assert seen(office, CARL) == {"101": (1, 1)}
    assert office.does("load", "hosted.csv", "--pbx", "hosted") == receipt("hosted.csv", known=4)


def test_what_was_loaded_from_a_customers_own_file_is_known_in_the_hosted_one(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("load", office.write("acme.csv", of("acme", ACMES)), "--source", "asterisk", "--customer", "Acme")
    done = office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    assert done.out.splitlines()[0] + "\n" == receipt("hosted.csv", known=2, rejected=2)


def test_a_word_that_is_nobodys_is_rejected_offered_and_taken_once_it_is_mapped(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    done = office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    assert (done.code, done.out.splitlines()) == (1, [
        receipt("hosted.csv", kept=2, rejected=2).strip(),
        "  line 2: the accountcode 'beta' is not in the map of hosted",
        "  line 3: the accountcode 'beta' is not in the map of hosted",
        "  accountcode beta: 2 records without a customer",
        "  ./run pbx map hosted WORD --customer CUSTOMER, then ./run rejected --retry --pbx hosted",
    ])  # fmt: skip
    assert seen(office, CARL) == {}
    assert [one["word"] for one in words(office) if not one["customer"]] == ["beta"]
    assert office.does("pbx", "map", "hosted", "beta", "--customer", "Beta").startswith("2 records wait for this")
    assert office.does("rejected", "--retry", "--pbx", "hosted").startswith("tried 2 = kept 2 ")
    assert seen(office, CARL) == {"101": (1, 1)}
    assert office.does("rejected") == ""


def test_a_waiting_record_that_another_customer_has_meanwhile_counts_once(office):
    switch(office)
    office.run("load", office.write("hosted.csv", of("new", BETAS)), "--pbx", "hosted")
    office.does("pbx", "map", "hosted", "new", "--customer", "Acme")
    office.does("load", office.write("first.csv", of("new", BETAS[:1])), "--pbx", "hosted")
    office.does("pbx", "map", "hosted", "new", "--customer", "Beta")
    retried = office.does("rejected", "--retry", "--pbx", "hosted")
    assert retried == "tried 2 = kept 1 + known 1 + replaced 0 + still rejected 0\n"
    assert (counted(office), seen(office, CARL)) == ({"101": (1, 0)}, {"101": (0, 1)})


def test_a_record_that_was_cut_off_stays_however_whole_it_looks(office):
    switch(office)
    office.run("load", office.write("cut.csv", [HOSTED[0], HOSTED[1].rstrip()[:-2]]), "--pbx", "hosted")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("pbx", "map", "hosted", "beta", "--customer", "Beta")
    done = office.run("rejected", "--retry", "--pbx", "hosted")
    assert done.out.splitlines()[0] == "tried 2 = kept 1 + known 0 + replaced 0 + still rejected 1"
    assert MAYBE_TRUNCATED in done.out


def test_a_switch_whose_zone_is_wrong_keeps_no_other_waiting(office):
    switch(office)
    asterisk = ("--source", "asterisk", "--word", "accountcode")
    office.does("pbx", "add", "abroad", *asterisk, "--timezone", "America/Chicago")
    office.run("load", office.write("abroad.csv", of("beta", BETAS)), "--pbx", "abroad")
    office.run("load", office.write("hosted.csv", of("acme", ACMES)), "--pbx", "hosted")
    office.does("pbx", "map", "abroad", "beta", "--customer", "Beta")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    done = office.run("rejected", "--retry")
    assert done.out == "tried 2 = kept 2 + known 0 + replaced 0 + still rejected 0\n"
    assert done.err.startswith("error: What was rejected of abroad is not in the zone America/Chicago")
    assert "Use pbx change abroad --timezone " in done.err
    assert office.does("rejected").count("abroad.csv") == 2


def test_what_was_rejected_of_a_switch_that_does_not_exist_is_not_nothing(office):
    assert switch(office).does("rejected", "--pbx", "hosted") == ""
    said = "error: pbx: there is no PBX hostd - use hosted\n"
    assert office.run("rejected", "--pbx", "hostd") == (1, "", said)
    assert office.run("rejected", "--retry", "--pbx", "hostd") == (1, "", said)


def test_what_has_no_word_cannot_be_given_to_anybody(office):
    switch(office)
    assert "word: a word is needed" in office.run("pbx", "map", "hosted", " ", "--customer", "Acme").err


def test_a_switch_that_is_removed_leaves_its_customers_their_calls_and_nothing_else(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    key = office.does("intake", "key", "--pbx", "hosted").strip()
    office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    assert office.does("intake", "keys", "--pbx", "hosted").startswith(f"{key[:11]}… asterisk created ")
    office.does("pbx", "remove", "hosted")
    assert seen(office, ANNA) == {"101": (2, 0), "102": (0, 1)}
    assert (office.does("pbx", "list"), office.does("rejected")) == ("", "")
    assert "pbx: there is no PBX hosted" in office.run("load", "hosted.csv", "--pbx", "hosted").err


def test_a_file_that_grows_is_taken_apart_as_it_grows(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.write("hosted.csv", HOSTED[:1])
    process = office.start("follow", "hosted.csv", "--pbx", "hosted", "--every", "0.05")
    try:
        comes_to(office, {"101": (1, 0)})
        with (office.folder / "hosted.csv").open("ab") as file:
            file.write(b"".join(HOSTED[1:]))
        comes_to(office, {"101": (2, 0), "102": (0, 1)})
    finally:
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert out.decode() == receipt("hosted.csv", kept=2, rejected=2) + "".join(
        f"  line {line}: the accountcode 'beta' is not in the map of hosted\n" for line in (2, 3)
    )
    assert "hosted.csv:2: the accountcode 'beta' is not in the map of hosted" in err.decode()
    assert [one["word"] for one in words(office) if not one["customer"]] == ["beta"]


def comes_to(office, wanted):
    """Whether Anna soon sees just that."""
    until = time.monotonic() + 30
    while seen(office, ANNA) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    assert seen(office, ANNA) == wanted


def words(office):
    return list(csv.DictReader(io.StringIO(office.does("pbx", "words", "hosted"))))


def test_many_words_are_mapped_from_the_table_that_lists_them(office):
    switch(office)
    office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    assert [(one["word"], one["rejected"]) for one in words(office)] == [("acme", "2"), ("beta", "2")]
    office.does("pbx", "map", "hosted", "--file", office.write("w.csv", b"word,customer\nacme,Acme\nbeta,Beta\nx,\n"))
    assert [(one["word"], one["customer"]) for one in words(office)] == [("acme", ACME), ("beta", BETA)]
    assert office.does("rejected", "--retry").startswith("tried 4 = kept 4 ")


def test_after_a_switch_names_customers_by_another_word_what_waits_is_offered_by_that(office):
    switch(office)
    office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    office.does("pbx", "change", "hosted", "--word", "context")
    assert [(one["word"], one["customer"], one["rejected"]) for one in words(office)] == [("office", "", "4")]
    assert office.does("pbx", "map", "hosted", "office", "--customer", "Acme").startswith("4 records wait for this")


def test_what_was_a_deleted_customers_is_offered_until_the_word_is_somebodys_who_is_there(office):
    switch(office)
    office.does("pbx", "map", "hosted", "beta", "--customer", "Beta")
    office.does("people", "import", office.write("gone.json", {"customers": [{"_id": BETA, "state": "DELETED"}]}))
    office.run("load", office.write("hosted.csv", HOSTED[1:3]), "--pbx", "hosted")
    office.does("pbx", "map", "hosted", "beta", "--nobody")
    assert [(one["word"], one["customer"], one["rejected"]) for one in words(office)] == [("beta", "", "2")]
    assert office.does("pbx", "map", "hosted", "beta", "--customer", "Acme").startswith("2 records wait for this")
    assert office.does("rejected", "--retry").startswith("tried 2 = kept 2 ")


def test_a_record_without_the_word_is_nobodys(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    done = office.run("load", office.write("hosted.csv", [*HOSTED[:1], *ACMES[1:]]), "--pbx", "hosted")
    assert done.out.splitlines()[1:] == [
        "  line 2: the record names no customer: it has no accountcode",
        "  accountcode (none): 1 record without a customer",
        "  ./run rejected --retry --pbx hosted, once the rest of their calls is here",
    ]
    assert seen(office, ANNA) == {"101": (1, 0)}


def test_a_record_without_the_word_goes_where_the_rest_of_its_call_is_also_beside_a_server(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.run("load", office.write("hosted.csv", [*HOSTED[:1], *ACMES[1:]]), "--pbx", "hosted")
    still = office.run("rejected", "--retry", "--pbx", "hosted")
    assert "it has no accountcode, and the rest of its call names none either" in still.out
    rest = of("acme", [ACMES[1].replace(b",1\n", b",2\n")])
    with office.server():
        office.does("load", office.write("rest.csv", rest), "--pbx", "hosted")
        done = office.does("rejected", "--retry", "--pbx", "hosted")
    assert done == "tried 1 = kept 1 + known 0 + replaced 0 + still rejected 0\n"
    assert [len(one) for one in (office.does("rejected"), seen(office, ANNA))] == [0, 2]


def test_a_server_gives_out_what_came_without_its_word_by_itself(office, monkeypatch):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    rest = of("acme", [ACMES[1].replace(b",1\n", b",2\n")])
    office.run("load", office.write("hosted.csv", [*rest, *ACMES[1:]]), "--pbx", "hosted")
    monkeypatch.setattr(tenantless_retries, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(retrying, "SETTLED_MS", 0)
    with open_folder(office.data) as folder, any_store(folder) as store:
        with tenantless_retries.retrying_tenantless(folder, store):
            until = time.monotonic() + 30
            while store.rejections() and time.monotonic() < until:
                time.sleep(0.05)
        assert (store.rejections(), len(legs_of(store, ACME))) == ([], 2)


def test_a_call_whose_records_name_two_customers_shows_each_its_own_records_only(office):
    """Acme's 101 calls Beta's 101: the caller's record names Acme, the one of the phone that rang names Beta."""
    switch(office, "--extensions", "{tenant}-([0-9]+)", "--timezone", "Europe/Copenhagen")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("pbx", "map", "hosted", "beta", "--customer", "Beta")
    made, rang = of("acme", [row("01 09:00:00", "acme-101", "beta-101")]), row("01 09:00:00", "acme-101", "beta-101")
    there = of("beta", [rang.replace(b",1\n", b",2\n")])
    office.does("load", office.write("hosted.csv", [*made, *there]), "--pbx", "hosted")
    assert seen(office, ANNA) == {"101": (1, 0)}
    assert seen(office, CARL) == {"101": (0, 1)}


def test_a_file_in_another_zone_than_the_switch_is_refused_whole(office):
    switch(office, "--timezone", "UTC")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    done = office.run("load", office.write("hosted.csv", HOSTED), "--pbx", "hosted")
    assert (done.code, done.out) == (1, "")
    assert "hosted.csv is not in the zone UTC" in done.err
    assert "Use pbx change hosted --timezone Etc/GMT-1 or the place's own zone." in done.err
    assert office.does("rejected") == ""


def test_a_file_of_another_source_is_refused_whole(office):
    switch(office)
    done = office.run("load", office.write("song.mp3", b"la\nla\n"), "--pbx", "hosted")
    assert "song.mp3 does not look like asterisk: line 1: 1 column" in done.err
    assert office.does("rejected") == ""


def test_trunks_that_are_named_later_change_what_was_counted(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    inbound = of("acme", [row("01 09:00:00", "4711", "101")])
    office.does("load", office.write("hosted.csv", inbound), "--pbx", "hosted")
    everybody = {**DECEMBER, "includeUnassigned": True}
    assert calls(office.ask(**everybody, customer=ACME)) == {"101": (0, 1), "4711": (1, 0)}
    office.does("pbx", "change", "hosted", "--trunk", "4711")
    assert calls(office.ask(**everybody, customer=ACME)) == {"101": (0, 1)}


def test_a_trunk_that_was_named_by_mistake_is_none_once_the_switch_has_another(office):
    switch(office, "--trunk", "101")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("load", office.write("hosted.csv", of("acme", ACMES)), "--pbx", "hosted")
    assert counted(office) == {"102": (0, 1)}
    office.does("pbx", "change", "hosted", "--trunk", "carrier")
    assert counted(office) == {"101": (2, 0), "102": (0, 1)}


def test_trunks_said_of_the_customers_own_pbx_leave_those_of_the_switch(office):
    switch(office, "--trunk", "4711")
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    office.does("load", office.write("hosted.csv", of("acme", [row("01 09:00:00", "4711", "101")])), "--pbx", "hosted")
    office.does("load", office.write("own.csv", [row("02 09:00:00", "4712", "102")]), *LOAD, "--trunk", "4712")
    assert counted(office) == {"101": (0, 1), "102": (0, 1)}
    office.does("pbx", "change", "hosted", "--trunk", "4713")
    assert counted(office) == {"101": (0, 1), "102": (0, 1), "4711": (1, 0)}


def test_a_customer_that_was_deleted_gets_nothing_more(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    gone = {"customers": [{"_id": ACME, "state": "DELETED"}]}
    office.does("people", "import", office.write("gone.json", gone))
    done = office.run("load", office.write("hosted.csv", HOSTED[:1]), "--pbx", "hosted")
    assert "the accountcode 'acme' is mapped to a customer that was deleted" in done.out


def test_mistakes_are_named(office):
    switch(office)
    add = ("pbx", "add", "more", "--source", "asterisk", "--word")
    assert "word: asterisk has no 'domain' - use accountcode or context" in office.run(*add, "domain").err
    assert "source: no record of '3cx' names a customer" in office.run(*add[:4], "3cx", "--word", "domain").err
    assert "layout" in office.run(*add[:4], "generic", "--word", "tenant").err
    assert "layout: asterisk has no layouts" in office.run(*add, "context", "--layout", "x").err
    assert "name: there is a PBX hosted already" in office.run(*add[:2], "hosted", *add[3:], "context").err
    assert "timezone: 'Mars'" in office.run(*add, "context", "--timezone", "Mars").err
    assert "pbx: there is no PBX more - use hosted" in office.run("pbx", "map", "more", "x", "--customer", "Acme").err
    assert "word: " in office.run("pbx", "map", "hosted", "x").err
    assert "customer: there is no customer" in office.run("pbx", "map", "hosted", "x", "--customer", "Nobody").err
    assert "What --pbx names" in office.run("load", "x.csv", "--pbx", "hosted", "--timezone", "UTC").err
    assert "Missing option '--source'" in office.run("load", "x.csv").err


def test_switches_are_listed_and_what_was_mapped_stands_in_the_customers_audit(office):
    switch(office)
    office.does("pbx", "map", "hosted", "acme", "--customer", "Acme")
    assert office.does("pbx", "list") == "hosted  asterisk by accountcode  1 customer\n"
    office.does("pbx", "map", "hosted", "acme", "--nobody")
    assert office.does("pbx", "list") == "hosted  asterisk by accountcode  0 customers\n"


def test_what_is_said_of_a_switch_is_listed_as_it_is_said(office):
    said = ("--timezone", "Asia/Tokyo", "--trunk", "carrier a", "--extensions", "{tenant}-([0-9]+)")
    switch(office, *said)
    assert office.does("pbx", "list") == (
        "hosted  asterisk by accountcode  0 customers"
        "  --timezone Asia/Tokyo  --trunk 'carrier a'  --extensions '{tenant}-([0-9]+)'\n"
    )
