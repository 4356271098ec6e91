"""A PBX delivers over HTTP: only with its own key, only into its own customer."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from cli.office import row
from kept_legs import legs_of
from pbxtally.arrivals import Arrivals
from pbxtally.delivery_reader import DeliveryReader
from pbxtally.login.intake_keys import make_intake_key, make_pbx_key, revoke_intake_key
from pbxtally.people import Pbx, SourceSetting
from pbxtally.records import MAYBE_TRUNCATED
from pbxtally.sources import SOURCES
from pbxtally.stores.journal import Journal
from pbxtally.web.app import create_app
from pbxtally.web.intake import INFLATED_TIMES, MOST_MEMBERS
from web.conftest import DescribedClient
from web.world import ACME, NOW_MS, OTHER, World

SEEDS = Path(__file__).parent.parent / "fuzz" / "seeds"
URL = "/intake/asterisk"
ONE, TWO = row("01 09:00:00", "101", "102"), row("01 09:05:00", "102", "101")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A world of its own that takes deliveries."""
    folder = tmp_path_factory.mktemp("arriving")
    world, journal, faults = World(folder), Journal(folder), []
    reader = DeliveryReader(SOURCES, world.people, ZoneInfo("Europe/Copenhagen"), lambda: NOW_MS)
    arrivals = Arrivals(world.store, journal, reader, faults.append)
    object.__setattr__(world.backend, "arrivals", arrivals)
    yield world
    arrivals.close()
    journal.close()
    world.close()
    assert faults == []


@pytest.fixture
def key(house):
    return make_intake_key(house.people, ACME, "asterisk", NOW_MS)


@pytest.fixture
def pbx(house, key):
    return DescribedClient(create_app(house.backend), headers={"Authorization": f"Bearer {key}"})


def count(house, customer):
    return len([leg for leg in legs_of(house.store, customer) if leg.key.startswith("16")])


def test_a_delivery_is_answered_with_its_receipt(house, pbx):
    answer = pbx.post(URL, content=ONE + TWO + b"nonsense\n")
    assert answer.status_code == 200
    receipt = answer.json()
    assert receipt["received"] == receipt["kept"] + receipt["known"] + receipt["replaced"] + receipt["rejected"] == 3
    assert receipt["rejections"][0]["record"] == 3


def test_a_form_with_a_file_in_it_is_refused_for_its_records_would_not_be_found(pbx):
    answer = pbx.post(URL, files={"file": ONE + TWO})
    assert (answer.status_code, answer.json()["message"]) == (400, "bad_request")
    assert "--data-binary" in answer.json()["description"]


@pytest.mark.parametrize("lines", [ONE, ONE + TWO, b"calldate;src\n2020-12-01 09:00:00;101\n"])
def test_lines_whose_newlines_curl_took_away_are_refused(pbx, lines):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = pbx.post(URL, content=lines.replace(b"\n", b""), headers=form)
    assert (answer.status_code, answer.json()["message"]) == (400, "bad_request")
    assert "--data-binary" in answer.json()["description"]
    assert pbx.post(URL, content=lines, headers=form).status_code == 200


@pytest.mark.parametrize(
    "document", ["freeswitch/posted", "freeswitch/base64", "freeswitch/a-leg.json", "freeswitch/leg.xml"]
)
def test_a_document_needs_no_newlines(house, document):
    key = make_intake_key(house.people, ACME, "freeswitch", NOW_MS)
    body = (SEEDS / document).read_bytes().replace(b"\n", b"")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-www-form-urlencoded"}
    receipt = (
        DescribedClient(create_app(house.backend)).post("/intake/freeswitch", content=body, headers=headers).json()
    )
    assert (receipt["received"] - receipt["rejected"], receipt["rejections"]) == (1, [])


@pytest.mark.parametrize(
    ("packed", "status"), [("deflate", 415), ("br", 415), ("gzip, gzip", 415), ("identity", 200), ("GZIP", 200)]
)
def test_a_body_that_says_it_is_packed_otherwise_than_by_gzip_is_refused(pbx, packed, status):
    answer = pbx.post(URL, content=gzip.compress(ONE), headers={"Content-Encoding": packed})
    assert answer.status_code == status
    assert answer.json().get("message", "media_type") == "media_type"


@pytest.mark.parametrize("missing", [1, 2])
def test_a_last_line_without_its_newline_is_not_taken_for_a_call(pbx, missing):
    receipt = pbx.post(URL, content=ONE + TWO[:-missing]).json()
    assert (receipt["received"], receipt["rejected"]) == (2, 1)
    assert receipt["rejections"] == [{"record": 2, "reason": MAYBE_TRUNCATED}]


def test_deliveries_are_timed_under_their_path(house, pbx):
    told = []
    counts = SimpleNamespace(request_answered=lambda *words: told.append(words[:3]))
    client = TestClient(create_app(replace(house.backend, meters=counts)), headers=pbx.headers)
    client.post(URL, content=ONE)
    assert told == [("/intake/{source}", "POST", 200)]


def test_a_compressed_delivery_is_read_as_well(pbx):
    pbx.post(URL, content=ONE)
    assert pbx.post(URL, content=gzip.compress(ONE)).json()["known"] == 1


@pytest.mark.parametrize("bomb", [b"\0" * 20_000_000, b"a\n" * 30_000_000])
def test_what_grows_beyond_measure_is_refused(pbx, bomb):
    packed = gzip.compress(bomb)
    assert len(packed) * INFLATED_TIMES < len(bomb)
    assert pbx.post(URL, content=packed).status_code == 413


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:12] + b"?" * 20])
def test_a_damaged_compressed_body_is_refused_whole(pbx, damage):
    assert pbx.post(URL, content=damage(gzip.compress(ONE * 50))).status_code == 400


@pytest.mark.parametrize("behind", [ONE, b"\x1f", gzip.compress(ONE)[:-9], b"\0" + ONE])
def test_what_stands_behind_a_compressed_body_and_cannot_be_unpacked_is_not_passed_over(pbx, behind):
    assert pbx.post(URL, content=gzip.compress(TWO) + behind).status_code == 400


def test_compressed_pieces_may_stand_behind_each_other_and_be_padded(pbx):
    assert pbx.post(URL, content=gzip.compress(ONE) + gzip.compress(TWO) + b"\0" * 512).json()["received"] == 2


def test_a_body_of_very_many_compressed_pieces_is_refused(pbx):
    assert pbx.post(URL, content=gzip.compress(b"") * (MOST_MEMBERS + 1)).status_code == 413


def test_the_same_key_gives_the_same_answer_and_refuses_another_body(pbx):
    headers = {"Idempotency-Key": "batch 7"}
    first = pbx.post(URL, content=TWO, headers=headers)
    assert pbx.post(URL, content=TWO, headers=headers).content == first.content
    other = pbx.post(URL, content=ONE, headers=headers)
    assert (other.status_code, other.json()["message"]) == (422, "Idempotency-Key")


def test_a_delivery_never_reaches_another_customer(house, pbx):
    pbx.post(URL, content=ONE)
    assert [leg for leg in legs_of(house.store, OTHER) if leg.words] == []


@pytest.mark.parametrize("given", ["", "pbxi_" + "0" * 64, "nonsense"])
def test_without_a_good_key_nothing_is_taken(house, given):
    client = DescribedClient(create_app(house.backend), headers={"Authorization": f"Bearer {given}"})
    assert client.post(URL, content=ONE).json()["message"] == "credentials_invalid"


def test_a_persons_token_delivers_nothing_and_a_key_reads_nothing(house, pbx):
    person = DescribedClient(create_app(house.backend), headers={"Authorization": f"Bearer {house.tokens['a' * 24]}"})
    assert person.post(URL, content=ONE).status_code == 401
    assert pbx.get("/pbx/cdrstats").status_code == 401


def test_a_key_is_for_one_source_and_ends_when_it_is_revoked(house, pbx, key):
    assert pbx.post("/intake/telecomx", content=b"{}").status_code == 401
    revoke_intake_key(house.people, house.people.intake_keys(ACME), key[:11], NOW_MS)
    assert pbx.post(URL, content=ONE).status_code == 401


def test_answers_say_until_when_they_are_complete(house):
    reader = DescribedClient(create_app(house.backend), headers={"Authorization": f"Bearer {house.tokens['a' * 24]}"})
    assert reader.get("/pbx/cdrstats").headers["x-complete-until"] == "2020-12-01T12:00:00.000Z"


# ── a hosted switch's key ──


def of(word, one):
    return one.replace(b'""', f'"{word}"'.encode(), 1)


@pytest.fixture
def switch(house):
    pbx = Pbx("hosted", "asterisk", "accountcode", NOW_MS, SourceSetting(timezone="Europe/Copenhagen"))
    house.people.keep_pbx(pbx)
    house.people.keep_tenant("hosted", "acme", ACME)
    house.people.keep_tenant("hosted", "other", OTHER)
    key = make_pbx_key(house.people, pbx, NOW_MS)
    return DescribedClient(create_app(house.backend), headers={"Authorization": f"Bearer {key}"})


def delivered(house, customer):
    return [leg.started_ms for leg in legs_of(house.store, customer) if leg.key.startswith("16")]


def test_a_switchs_delivery_is_split_by_its_map_and_what_is_nobodys_is_named(house, switch):
    before = [len(delivered(house, one)) for one in (ACME, OTHER)]
    mine, theirs, none = (row(f"01 1{hour}:30:00", "101", "102") for hour in range(3))
    answer = switch.post(URL, content=of("acme", mine) + of("nobody", none) + of("other", theirs)).json()
    assert (answer["received"], answer["kept"], answer["rejected"]) == (3, 2, 1)
    assert answer["rejections"] == [{"record": 2, "reason": "the accountcode 'nobody' is not in the map of hosted"}]
    assert answer["unknownWords"] == [{"word": "nobody", "records": 1}]
    assert [len(delivered(house, one)) for one in (ACME, OTHER)] == [many + 1 for many in before]
    assert set(delivered(house, ACME)) & set(delivered(house, OTHER)) == set()


def test_a_switchs_delivery_under_a_key_is_answered_the_same_again(switch):
    body = of("acme", row("02 11:00:00", "101", "102")) + of("other", row("02 11:00:00", "101", "102"))
    first = switch.post(URL, content=body, headers={"Idempotency-Key": "s1"})
    assert switch.post(URL, content=body, headers={"Idempotency-Key": "s1"}).content == first.content
    assert first.json()["kept"] == 2
    assert switch.post(URL, content=body).json()["known"] == 2


def test_a_customers_own_key_never_reads_the_customer_from_the_record(house, switch, pbx):
    before = delivered(house, OTHER)
    assert pbx.post(URL, content=of("other", row("02 12:00:00", "101", "102"))).json()["kept"] == 1
    assert delivered(house, OTHER) == before


def test_a_blank_delivery_of_a_switch_is_nothing(switch):
    assert switch.post(URL, content=b"\n").json()["received"] == 0


def test_many_senders_at_once_each_hear_of_their_own(house, pbx):
    before = count(house, ACME)
    bodies = [row(f"02 10:{index // 60:02}:{index % 60:02}", "101", "102") * (1 + index % 2) for index in range(120)]
    with pbx, ThreadPoolExecutor(30) as threads:  # one event loop for all, as in a server
        receipts = [answer.json() for answer in threads.map(lambda body: pbx.post(URL, content=body), bodies)]
    assert [(one["received"], one["kept"]) for one in receipts] == [(1 + index % 2, 1) for index in range(120)]
    assert count(house, ACME) - before == 120


def test_a_bad_key_among_many_is_refused_and_a_revoked_one_at_once(house, pbx, key):
    bad = {"Authorization": "Bearer pbxi_" + "0" * 64}
    with pbx, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda i: pbx.post(URL, content=ONE, headers=bad if i % 3 else {}), range(30)))
        assert [one.status_code for one in answers] == [401 if index % 3 else 200 for index in range(30)]
        revoke_intake_key(house.people, house.people.intake_keys(ACME), key[:11], NOW_MS)
        assert pbx.post(URL, content=ONE).status_code == 401


def test_a_queues_log_is_no_source_of_its_own_beside_the_cdrs(house, pbx):
    assert pbx.post(URL, content=ONE).status_code == 200
    alone = make_intake_key(house.people, ACME, "queue_log", NOW_MS)
    line = b"1606813220|1606813200.1|support|PJSIP/101|CONNECT|20|1606813215.2|5\n"
    answer = pbx.post("/intake/queue_log", content=line, headers={"Authorization": f"Bearer {alone}"})
    assert (answer.status_code, answer.json()["message"]) == (422, "source")
    assert "asterisk already has for this customer" in answer.json()["description"]
    assert pbx.post(URL, content=line).json()["kept"] == 1


def test_a_key_of_a_switch_that_was_removed_opens_nothing(house, switch):
    assert switch.post(URL, content=of("acme", row("02 14:00:00", "101", "102"))).status_code == 200
    house.people.drop_pbx("hosted", NOW_MS)
    assert switch.post(URL, content=of("acme", row("02 14:00:00", "101", "102"))).status_code == 401
