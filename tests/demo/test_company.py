import csv
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pbxtally.demo.asterisk_rows import ANSWERED
from pbxtally.demo.company import COMPANY_ID, COMPANY_TRUNKS, COMPANY_ZONE, company_people, company_records

COLUMNS = """
    accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec
    disposition amaflags uniqueid userfield peeraccount linkedid sequence
"""
TUESDAY = date(2026, 3, 10)
FIRST_DAY = date(2025, 11, 24)


def rows_of(day):
    lines = [line.decode() for line in company_records(day)]
    return [dict(zip(COLUMNS.split(), cells, strict=True)) for cells in csv.reader(lines)]


@pytest.fixture(scope="module")
def march():
    return [row for n in range(31) for row in rows_of(date(2026, 3, 1) + timedelta(n))]


def at(clock):
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(COMPANY_ZONE))


def device(channel):
    return re.fullmatch(r"PJSIP/(\w+)-[0-9a-f]{8}", channel)[1] if channel.startswith("PJSIP/") else ""


def test_a_day_is_the_same_whatever_was_asked_before():
    alone = company_records(TUESDAY)
    company_records(date(2026, 3, 9))
    assert company_records(TUESDAY) == alone
    assert len(alone) > 300


def test_a_day_is_the_same_in_another_process():
    program = (
        f"import sys; from pbxtally.demo.company import *; import datetime; sys.stdout.buffer.writelines("
        f"company_records(datetime.date({TUESDAY.year}, {TUESDAY.month}, {TUESDAY.day})))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=environment).stdout
    assert other == b"".join(company_records(TUESDAY))


def test_at_noon_the_day_holds_what_has_ended_and_later_nothing_of_it_changes():
    noon = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    so_far, whole = company_records(TUESDAY, noon), company_records(TUESDAY)
    ends = [at(cells[11]) for cells in csv.reader(line.decode() for line in so_far)]
    assert max(ends) <= noon
    assert set(so_far) < set(whole)
    assert 0.2 < len(so_far) / len(whole) < 0.7


def test_a_row_looks_as_asterisk_writes_it():
    line = company_records(TUESDAY)[0].decode()
    cell = r'"(?:[^"]|"")*"'
    assert re.fullmatch(rf'(?:{cell},){{10}}(?:"[^"]+")?,"[^"]+",\d+,\d+,(?:{cell},){{6}}\d+\n', line)
    assert re.search(r',"""[^"]+"" <\d+>","PJSIP/', line)


def test_times_are_in_order_and_agree_with_the_seconds(march):
    for row in march:
        start, end = at(row["start"]), at(row["end"])
        answer = at(row["answer"]) if row["answer"] else None
        assert start <= (answer or start) <= end
        assert int(row["duration"]) == (end - start).total_seconds()
        assert int(row["billsec"]) == ((end - answer).total_seconds() if answer else 0)
        assert row["answer"] or row["disposition"] != ANSWERED


def test_a_unique_id_holds_the_true_second_of_the_first_row_of_its_channel(march):
    first = {}
    for row in march:
        first.setdefault(row["uniqueid"], []).append(int(at(row["start"]).timestamp()))
    assert all(min(starts) == int(uniqueid.split(".")[0]) for uniqueid, starts in first.items())


def test_no_two_rows_have_one_key(march):
    assert len({(row["uniqueid"], row["sequence"]) for row in march}) == len(march)


def test_a_file_is_in_the_order_in_which_legs_ended(march):
    assert all(one["end"] <= other["end"] for one, other in pairwise(march))


def test_nobody_talks_twice_at_once(march):
    talks = {}
    for row in march:
        if row["disposition"] == ANSWERED and row["dstchannel"].startswith("PJSIP/"):
            talks.setdefault(device(row["dstchannel"]), []).append((row["answer"], row["end"]))
    del talks["trunk"]
    assert len(talks) > 35
    for number, own in talks.items():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(own))), number


def test_every_phone_is_the_companys_and_every_trunk_is_named(march):
    known = {extension["number"] for extension in company_people(FIRST_DAY)["extensions"]} | set(COMPANY_TRUNKS)
    seen = {device(channel) for row in march for channel in (row["channel"], row["dstchannel"])} - {""}
    assert seen <= known
    assert len(seen) > 40


def test_every_kind_of_call_that_is_easily_miscounted_is_there(march):
    apps = Counter(row["lastapp"] for row in march)
    assert {"Dial", "Queue", "Hangup", "VoiceMail", "VoiceMailMain", "Playback", "BackGround"} == set(apps)
    words = Counter(row["disposition"] for row in march)
    assert {"ANSWERED", "NO ANSWER", "BUSY", "CONGESTION", "FAILED"} == set(words)
    kinds = {
        "ring group": any("&PJSIP/" in row["lastdata"] for row in march),
        "talk seconds though nobody answered": any(
            int(row["billsec"]) and row["disposition"] != ANSWERED for row in march
        ),
        "internal wire": any(row["channel"].endswith(";2") and row["dstchannel"] for row in march),
        "forwarded outside": any("@forward-" in row["channel"] and "/trunk-" in row["dstchannel"] for row in march),
        "offline phone": any(row["disposition"] == "FAILED" and not row["dstchannel"] for row in march),
        "local": any(row["src"] == "301" and "/trunk-" not in row["dstchannel"] for row in march),
    }
    assert [kind for kind, there in kinds.items() if not there] == []


def test_a_blind_transfer_is_two_answered_rows_of_one_channel(march):
    talks = {}
    for row in march:
        from_outside = row["channel"].startswith("PJSIP/trunk") and row["dstchannel"].startswith("PJSIP/")
        if from_outside and row["dcontext"] == "ext-group" and row["disposition"] == ANSWERED:
            talks.setdefault(row["uniqueid"], []).append(row)
    pairs = [rows for rows in talks.values() if len(rows) == 2]
    assert len(pairs) > 100
    for first, second in pairs:
        assert (first["dst"], first["end"]) == (device(second["dstchannel"]), second["start"])


def test_between_15_and_40_percent_of_the_rows_are_unanswered(march):
    unanswered = sum(row["disposition"] != ANSWERED for row in march)
    assert 0.15 < unanswered / len(march) < 0.40


def test_the_day_has_its_rhythm(march):
    hours = Counter(at(row["start"]).hour for row in march)
    assert hours[12] < 0.7 * hours[10]
    assert hours[13] > hours[12]
    assert sum(hours[hour] for hour in range(8, 17)) > 0.93 * len(march)
    assert all(hours[hour] == 0 for hour in range(6))


def test_weekends_and_holidays_are_quiet():
    sunday, good_friday, monday = (len(company_records(date(2026, *day))) for day in [(3, 8), (4, 3), (3, 9)])
    assert sunday < 0.05 * monday
    assert good_friday < 0.1 * monday
    assert 350 < monday < 900


def test_the_people_are_marked_as_demo_and_no_id_or_number_is_given_twice():
    people = company_people(FIRST_DAY)
    assert all(customer["name"].endswith("(demo)") for customer in people["customers"])
    own = [who for who in people["employees"] if who["customer"] == COMPANY_ID]
    assert 40 <= len(own) <= 45
    ids = [thing["_id"] for kind in people.values() for thing in kind]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{24}", this) for this in ids)
    numbers = [extension["number"] for extension in people["extensions"]]
    assert len(set(numbers)) == len(numbers)
    assert {len(number) for number in numbers} == {2, 3, 4, 5, 6}


def test_extensions_that_changed_hands_have_one_holder_at_any_time():
    changed = [one["assignments"] for one in company_people(FIRST_DAY)["extensions"] if "assignments" in one]
    assert sorted(map(len, changed)) == [2, 3]
    for held in changed:
        assert "since" not in held[0]
        assert "until" not in held[-1]
        assert all(one["until"] == other["since"] for one, other in pairwise(held))
        assert all("2026-01-01" < one["until"] < "2026-08-31" for one in held[:-1])


def test_some_cannot_sign_in_one_has_left_and_one_sees_all():
    people = company_people(FIRST_DAY)["employees"]
    levels = Counter(who["accessLevel"] for who in people)
    assert levels["NO_LOGIN"] > 10
    assert levels["RESELLER"] == 1
    assert [who["name"] for who in people if who.get("state") == "DELETED"] == ["Mads Kruse"]
    held = {extension.get("employee") for extension in company_people(FIRST_DAY)["extensions"]}
    assert None in held
