"""Two customers on one switch: whatever the one asks, no byte of the other's calls is in the answer."""

from zoneinfo import ZoneInfo

import pytest

from cli.office import row
from pbxtally.hosting import HostedIntake
from pbxtally.intake import numbering_of
from pbxtally.people import Pbx, SourceSetting
from pbxtally.sources import SOURCES
from pbxtally.tenants import Tenants
from pbxtally.web.app import create_app
from web.conftest import DescribedClient
from web.wall import heard
from web.world import ACME, ANNA, NOW_MS, OTHER, TARO, World

CANARIES = {ACME: ("AcmesCanary", "4511119999"), OTHER: ("OthersCanary", "4522228888")}
WORDS = {ACME: "acme", OTHER: "other"}
EVERYBODY = {"from": "2020-12-01", "to": "2020-12-31", "includeUnassigned": True}
CALLS = {**EVERYBODY, "groupingInterval": "MONTH", "intervalKey": "ISO", "interval": "2020-12"}


def named(customer, start, caller, callee):
    """A row of a customer's, with its name and number in it."""
    name, number = CANARIES[customer]
    one = row(start, caller, callee).replace(b'""', f'"{WORDS[customer]}"'.encode(), 1)
    return one.replace(b"4599000000", number.encode()).replace(b"<", f"{name} <".encode(), 1)


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """A world where both are on one switch: each calls outside and is called, and one calls the other."""
    world = World(tmp_path_factory.mktemp("hosted"))
    desk = Tenants(world.store, world.people, SOURCES, ZoneInfo("Europe/Copenhagen"), NOW_MS, "a test")
    desk.keep(
        Pbx("hosted", "asterisk", "accountcode", NOW_MS, SourceSetting(timezone="Europe/Copenhagen")), is_new=True
    )
    for customer, word in WORDS.items():
        desk.map("hosted", word, world.people.customer(customer))
    rows = [
        named(customer, f"01 {at + hour:02}:15:00", *ends)
        for at, customer in ((8, ACME), (9, OTHER))
        for hour, ends in ((0, ("101", "4599000000")), (2, ("4599000000", "101")))
    ]
    between = [named(ACME, "01 11:45:00", "101", "4599000000"), named(OTHER, "01 11:45:00", "4599000000", "101")]
    nobodys = [row("01 11:50:00", "101", "4533337777")]
    receipt = HostedIntake(world.store, desk.switch("hosted")).take("hosted.csv", [*rows, *between, *nobodys])
    assert (receipt.kept, receipt.rejected) == (6, 1)
    yield world
    world.close()


ASKED = [
    ("POST", "/pbx/cdrstats", EVERYBODY),
    *(
        ("GET", f"/pbx/cdrstats.{form}?from=2020-12-01&to=2020-12-31&includeUnassigned=1", None)
        for form in ("csv", "xlsx")
    ),
    *(("POST", "/pbx/cdrstats/calls", {**CALLS, "measure": one}) for one in ("outboundCalls", "inboundCalls")),
    ("POST", "/pbx/cdrstats/calls", {**CALLS, "measure": "inboundCalls", "near": True, "format": "EXCEL"}),
    *(("POST", "/pbx/cdrstats/missed", {**EVERYBODY, "format": one}) for one in ("JSON", "CSV", "EXCEL")),
    ("POST", "/pbx/cdr", {"from": "2020-12-01", "to": "2020-12-31"}),
    ("POST", "/pbx/cdr", {"from": "2020-12-01", "to": "2020-12-31", "format": "CSV"}),
    ("GET", "/pbx/extension/unknown", None),
    ("GET", "/pbx/extension", None),
]


@pytest.mark.parametrize(("asks", "own", "other"), [(ANNA, ACME, OTHER), (TARO, OTHER, ACME)])
def test_whatever_is_asked_nothing_of_the_others_is_heard(hosted, asks, own, other):
    client = DescribedClient(create_app(hosted.backend), headers={"Authorization": f"Bearer {hosted.tokens[asks]}"})
    whole = b""
    for method, path, body in ASKED:
        answer = client.request(method, path, json=body)
        assert answer.status_code == 200, (path, answer.text)
        whole += heard(answer)
    assert [one for one in CANARIES[own] if one.encode() not in whole] == []
    assert [one for one in (*CANARIES[other], "4533337777", other) if one.encode() in whole] == []


@pytest.mark.parametrize(("asks", "total"), [(ANNA, 4 + 3), (TARO, 2 + 3)])
def test_each_has_as_many_calls_as_its_own_records_say(hosted, asks, total):
    client = DescribedClient(create_app(hosted.backend), headers={"Authorization": f"Bearer {hosted.tokens[asks]}"})
    assert client.post("/pbx/cdr", json={"from": "2020-12-01", "to": "2020-12-31"}).json()["total"] == total


def test_the_pages_of_a_customer_show_nothing_that_is_nobodys(hosted):
    client = DescribedClient(create_app(hosted.backend), headers={"Authorization": f"Bearer {hosted.tokens[TARO]}"})
    shown = client.get("/admin-deliveries").text
    assert "hosted" not in shown
    assert "4533337777" not in shown


def test_numbers_are_extensions_by_each_customers_own_directory(hosted):
    assert numbering_of(hosted.people, ACME, "asterisk").directory == {"101", "102"}
    assert numbering_of(hosted.people, OTHER, "asterisk").directory == {"101"}
