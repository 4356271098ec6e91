"""The page of deliveries: what came in, what was rejected and why, numbers to adopt, keys that are shown once."""

import json
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from cli.office import row
from pbxtally.arrivals import Arrivals
from pbxtally.calls import Numbering
from pbxtally.delivery_reader import DeliveryReader
from pbxtally.hosting import place_of
from pbxtally.login import make_token
from pbxtally.people import AccessLevel, Employee, Pbx, SourceSetting
from pbxtally.records import Delivery, Rejected, Removal, SourceDeliveries
from pbxtally.sources import SOURCES
from pbxtally.stores.journal import Journal
from pbxtally.web.app import create_app
from reads import Reads
from web.auth_house import OURS
from web.world import ACME, NOW_MS, STAFF, SUB, World

OWNER, MANAGER = "ac" * 12, "ad" * 12


@pytest.fixture
def house(tmp_path):
    """A world that takes deliveries, and two people of Acme's."""
    world, journal, faults = World(tmp_path), Journal(tmp_path), []
    reader = DeliveryReader(SOURCES, world.people, ZoneInfo("Europe/Copenhagen"), lambda: NOW_MS)
    arrivals = Arrivals(world.store, journal, reader, faults.append)
    for name, value in (("arrivals", arrivals), ("sources", SOURCES)):
        object.__setattr__(world.backend, name, value)
    with world.people.change() as change:
        change.keep_employees(
            [
                Employee(OWNER, ACME, "Olga", AccessLevel.OWNER),
                Employee(MANAGER, ACME, "Mia", AccessLevel.MANAGER),
            ]
        )
    yield world
    arrivals.close()
    journal.close()
    world.close()
    assert faults == []


def client(house, employee):
    headers = {"Authorization": f"Bearer {make_token(house.people, employee, NOW_MS)}", **OURS}
    return TestClient(create_app(house.backend), headers=headers, follow_redirects=False)


@pytest.fixture
def olga(house):
    return client(house, OWNER)


def delivered(house, body):
    return house.backend.arrivals.take(ACME, "asterisk", body)


def test_a_key_is_shown_once_delivers_and_is_revoked(house, olga):
    page = olga.post("/admin-key", data={"source": "asterisk"})
    key = re.search(r"<code>(pbxi_\w{64})</code>", page.text)[1]
    pbx = {"headers": {"Authorization": f"Bearer {key}"}, "content": row("01 09:00:00", "101", "102")}
    assert olga.post("/intake/asterisk", **pbx).json()["kept"] == 1
    listed = olga.get("/admin-deliveries").text
    assert key not in listed and f"<code>{key[:11]}…</code> asterisk" in listed
    assert olga.post("/admin-key-end", data={"key": key[:11]}).headers["location"] == "admin-deliveries?done=key"
    assert olga.post("/intake/asterisk", **pbx).status_code == 401
    assert olga.post("/admin-key", data={"source": "nonsense"}).status_code == 422
    told = [line.detail for line in house.people.audit(ACME, 0, 9)[1]]
    assert told == [f"intake key {key[:11]}…", f"intake key {key[:11]}…, asterisk"]


def test_each_source_says_what_came_and_how_old_its_newest_call_is(house, olga):
    delivered(house, row("01 09:00:00", "101", "102") + b"nonsense\n")
    assert line_of(olga, "asterisk") == ["2", "1", "0", "0", "1", "Tuesday 1 December 2020 09:00", "4 hours ago"]


def test_what_was_all_taken_away_again_is_no_source_any_more(house, olga):
    record = row("01 09:00:00", "101", "102")
    for _ in range(2):
        delivered(house, record)
    assert "asterisk</th>" in olga.get("/admin-deliveries").text
    leaves = Delivery(ACME, "asterisk", NOW_MS, [], [], gone=Removal((Reads("asterisk").leg(record).key,)))
    house.store.keep_together([SourceDeliveries(ACME, "asterisk", [leaves], Numbering())])
    assert "asterisk</th>" not in olga.get("/admin-deliveries").text


def line_of(client, name):
    cells = re.search(rf'<th scope="row">{name}\b.*?</th>(.*?)</tr>', client.get("/admin-deliveries").text)[1]
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells)]


def test_received_is_what_all_receipts_say_and_adds_up_whatever_comes_again(house, olga):
    first, second = (row(f"01 09:{minute}:00", "101", "102") for minute in ("00", "10"))
    corrected = second.replace(b"65,60,ANSWERED", b"64,59,ANSWERED")
    assert corrected != second
    bodies = [first, first + second, first + corrected + b"nonsense\n", b"nonsense\nother\n", corrected + corrected]
    receipts = [json.loads(delivered(house, body).receipt) for body in bodies]
    received, kept, known, replaced, rejected = map(int, line_of(olga, "asterisk")[:5])
    assert received == sum(one["received"] for one in receipts) == 10
    assert received == kept + known + replaced + rejected
    assert (
        (kept, replaced) == tuple(sum(one[outcome] for one in receipts) for outcome in ("kept", "replaced")) == (2, 1)
    )
    assert (known, rejected) == (5, 2)  # the second time nonsense comes it is known


def test_what_was_rejected_and_is_used_later_moves_from_one_column_to_the_other(house, olga):
    house.people.keep_source_setting(ACME, "asterisk", SourceSetting("Europe/Copenhagen"))
    good, bad = row("01 09:00:00", "101", "102"), b"?\n"
    house.store.keep_rejected(ACME, "asterisk", "old.csv", [Rejected(1, "no", good), Rejected(2, "no", bad)], NOW_MS)
    assert line_of(olga, "asterisk")[:5] == ["2", "0", "0", "0", "2"]
    olga.post("/admin-retry", data={"source": "asterisk"})
    assert line_of(olga, "asterisk")[:5] == ["2", "1", "0", "0", "1"]


def test_an_operator_sees_how_each_hosted_switch_delivers_and_nobody_else_does(house, olga):
    pbx = Pbx("hosted", "asterisk", "accountcode", NOW_MS, SourceSetting("Europe/Copenhagen"))
    house.people.keep_pbx(pbx)
    house.people.keep_pbx(replace(pbx, name="silent"))
    for word, customer in (("acme-dk", ACME), ("sub-dk", SUB)):
        house.people.keep_tenant("hosted", word, customer)
    calls = ((8, b'"acme-dk"'), (9, b'"acme-dk"'), (10, b'"sub-dk"'), (11, b'"who"'))
    body = b"".join(row(f"01 {hour:02}:00:00", "101", "102").replace(b'""', word, 1) for hour, word in calls)
    for _ in range(2):
        house.backend.arrivals.take(place_of("hosted"), "asterisk", body)
    admin = client(house, STAFF[AccessLevel.ADMIN])
    customers, *outcomes, newest, age, nobodys = line_of(admin, "hosted")
    assert (customers, outcomes, nobodys) == ("2", ["8", "3", "4", "0", "1"], "1")
    assert (newest, age) == ("Tuesday 1 December 2020 10:00", "3 hours ago")
    assert line_of(admin, "silent") == ["0", "0", "0", "0", "0", "0", "–", "–", "0"]
    for other in (olga, client(house, STAFF[AccessLevel.RESELLER_ADMIN])):
        assert "hosted" not in re.sub("<nav.*?</nav>", "", other.get("/admin-deliveries").text, flags=re.S)
    assert "silent" not in admin.get(f"/admin-deliveries?customer={ACME}").text


def test_a_rejected_record_is_shown_as_text_bounded_with_its_reason(house, olga):
    delivered(house, b'<script>alert(1)</script>\x00\x1b[31m "' + b"x" * 5000 + b"\n")
    page = olga.get("/admin-deliveries").text
    shown = re.search(r"<pre tabindex=\"0\">(.*?)</pre>", page, re.DOTALL)[1]
    assert shown.startswith("&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd[31m")
    assert shown.endswith("x…") and len(shown) < 500
    assert "delivery:1" in page


def test_what_can_be_used_after_a_fix_is_kept_when_it_is_read_again(house, olga):
    house.people.keep_source_setting(ACME, "asterisk", SourceSetting("Europe/Copenhagen"))
    good = row("01 09:00:00", "101", "102")
    house.store.keep_rejected(
        ACME, "asterisk", "old.csv", [Rejected(1, "was not known", good), Rejected(2, "nonsense", b"?\n")], NOW_MS
    )
    page = olga.post("/admin-retry", data={"source": "asterisk"})
    assert "2 retried: 1 kept, 0 already known, 0 replaced, 1 still rejected." in page.text
    assert "was not known" not in page.text and "old.csv:2" in page.text
    assert house.people.audit(ACME, 0, 1)[1][0].detail == "2 rejected records were read again"


def test_an_unknown_number_is_adopted_by_a_click_and_its_calls_have_a_name(house, olga):
    delivered(house, row("01 09:00:00", "177", "101") + row("01 09:10:00", "178", "101"))
    page = olga.get("/admin-deliveries").text
    assert '<th scope="row">177</th>' in page and '<td class="moment">1 Dec 2020</td>' in page
    done = olga.post("/admin-adopt", data={"number": "177", "name": "Åse"})
    assert done.headers["location"] == "admin-deliveries?done=adopted"
    olga.post("/admin-adopt", data={"number": "178", "name": ""})
    assert "nobody has entered" not in olga.get("/admin-deliveries").text
    rows = olga.get("/pbx/cdrstats?from=2020-12-01&to=2020-12-01").json()
    assert [(one["extensionNumber"], one["employeeName"]) for one in rows if one["extensionNumber"] == "177"] == [
        ("177", "Åse")
    ]
    assert olga.post("/admin-adopt", data={"number": "101"}).status_code == 422


def test_a_manager_reads_and_adopts_and_makes_no_keys(house):
    delivered(house, row("01 09:00:00", "177", "101") + b"nonsense\n")
    mia = client(house, MANAGER)
    page = mia.get("/admin-deliveries").text
    assert 'action="admin-adopt"' in page and "nonsense" in page
    assert 'action="admin-key"' not in page and 'action="admin-retry"' not in page
    assert mia.post("/admin-key", data={"source": "asterisk"}).status_code == 403
    assert mia.post("/admin-retry").status_code == 403


def test_a_word_of_a_hosted_switch_is_mapped_and_what_waited_for_it_is_read_again(house):
    pbx = Pbx("hosted", "asterisk", "accountcode", NOW_MS, SourceSetting("Europe/Copenhagen"))
    house.people.keep_pbx(pbx)
    body = row("01 09:00:00", "101", "102").replace(b'""', b'"acme-dk"', 1)
    house.backend.arrivals.take(place_of("hosted"), "asterisk", body)
    admin = client(house, STAFF[AccessLevel.ADMIN])
    page = admin.get("/admin-switches").text
    assert '<th scope="row">acme-dk</th><td class="figure">1</td>' in page
    word = {"pbx": "hosted", "word": "acme-dk"}
    wrong = admin.post("/admin-switch-map", data={**word, "customer": "Akme"})
    assert "acme-dk: No customer has this name" in wrong.text and 'value="Akme"' in wrong.text
    admin.post("/admin-switch-map", data={**word, "customer": "Acme"})
    assert house.people.tenants("hosted") == {"acme-dk": ACME}
    assert "1 retried: 1 kept" in admin.post("/admin-switch-retry", data={"pbx": "hosted"}).text
    assert "Every word received is mapped." in admin.get("/admin-switches").text
    assert client(house, STAFF[AccessLevel.RESELLER_ADMIN]).get("/admin-switches").status_code == 403
