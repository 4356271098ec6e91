"""Extensions over HTTP: whose they were and are, what is deleted, and numbers that calls tell of."""

import json

import pytest

from pbxtally.directory import import_people
from pbxtally.people import AccessLevel
from web.tenants import (
    CUSTOMER,
    EXTENSION,
    NOBODY,
    NOW_MS,
    PERSON,
    PRIMES,
    STAFF,
    UNSEEN_PRIMES,
    canary,
    told,
)

HOUR_MS = 3_600_000


def test_personal_sees_its_own_extension_and_little_of_others(as_):
    client = as_("PERSONAL")
    rows = {row["number"]: row for row in client.get("/pbx/extension?full=true").json()["extensions"]}
    assert set(rows["304"]) == {"_id", "type", "customer", "name", "number"}
    assert rows["301"]["employee"] == STAFF[AccessLevel.PERSONAL]
    assert set(client.get(f"/pbx/extension/{EXTENSION['north']}").json()) == {
        "_id", "type", "customer", "name", "number",
    }  # fmt: skip
    others = client.get(f"/pbx/extension?employee={PERSON['north']}").json()
    assert others["total"] == 0
    assert client.get(f"/pbx/extension?employee={STAFF[AccessLevel.PERSONAL]}").json()["total"] == 1


def test_the_order_of_extensions_tells_personal_nothing_of_who_holds_them(as_):
    for name, number, holder in (("Back", "601", STAFF[AccessLevel.VIEWER]), ("Desk", "602", STAFF[AccessLevel.ADMIN])):
        as_("MANAGER").post("/pbx/extension", json={"name": name, "number": number, "employee": holder})
    orders = {}
    for level in ("MANAGER", "PERSONAL"):
        listed = as_(level).get("/pbx/extension?sort=employee&filter=60").json()["extensions"]
        orders[level] = [one["name"] for one in listed]
    assert orders == {"MANAGER": ["Desk", "Back"], "PERSONAL": ["Back", "Desk"]}


def test_a_moved_extension_closes_one_assignment_and_opens_the_next_and_the_past_stays(as_, tenants):
    client, one = as_("MANAGER"), EXTENSION["north"]
    tenants.now_ms = NOW_MS + HOUR_MS
    assert client.post(f"/pbx/extension/{one}", json={"employee": STAFF[AccessLevel.OWNER]}).status_code == 200
    shown = client.get(f"/pbx/extension/{one}").json()
    number = str(PRIMES["north"])
    assert shown["assignments"] == [
        {"employee": PERSON["north"], "number": number, "until": "2020-12-01T13:00:00.000Z"},
        {"employee": STAFF[AccessLevel.OWNER], "number": number, "since": "2020-12-01T13:00:00.000Z"},
    ]
    rows = client.post("/pbx/cdrstats", json={"fields": "employeeId,outboundCalls"}).json()
    assert [row["employeeId"] for row in rows] == [PERSON["north"]]


def test_an_extension_without_a_name_has_its_holders(as_):
    client = as_("MANAGER")
    assert told(client.post("/pbx/extension", json={"number": "555"})) == (422, "name")
    made = client.post("/pbx/extension", json={"number": "555", "employee": PERSON["north"]}).json()["_id"]
    assert client.get(f"/pbx/extension/{made}").json()["name"] == f"{canary('north')} person"
    assert told(client.post("/pbx/extension", json={"name": "Hall"})) == (422, "number")
    assert told(client.post("/pbx/extension", json={"name": "Hall", "number": "555"})) == (422, "number")


def test_an_extension_of_a_colleague_cannot_be_given_to_a_stranger(as_):
    client = as_("MANAGER")
    answers = {
        client.post(f"/pbx/extension/{EXTENSION['north']}", json={"employee": one}).content
        for one in (PERSON["other"], PERSON["acme"], NOBODY)
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["message"] == "employee"


def test_a_deleted_extension_is_gone_its_number_free_and_its_past_counted(as_, tenants):
    client, one = as_("MANAGER"), EXTENSION["north"]
    tenants.now_ms = NOW_MS + HOUR_MS
    assert client.delete(f"/pbx/extension/{one}").json() == {"success": True}
    assert told(client.get(f"/pbx/extension/{one}")) == (404, "id")
    assert told(client.delete(f"/pbx/extension/{one}")) == (404, "id")
    again = {"number": str(PRIMES["north"]), "name": "Next"}
    assert client.post("/pbx/extension", json=again).status_code == 200
    rows = client.post("/pbx/cdrstats", json={"fields": "employeeId,extensionId,outboundCalls"}).json()
    assert [(row["employeeId"], row["extensionId"]) for row in rows] == [(PERSON["north"], one)]


@pytest.mark.parametrize(("query", "left"), [("", True), ("?deleteExtensions=true", False)])
def test_a_deleted_employee_lets_go_of_the_extensions_or_they_go_too(as_, tenants, query, left):
    client = as_("MANAGER")
    tenants.now_ms = NOW_MS + HOUR_MS
    client.delete(f"/employee/{PERSON['north']}{query}")
    found = client.get(f"/pbx/extension?filter={PRIMES['north']}").json()["extensions"]
    assert [one.get("employee") for one in found] == ([None] if left else [])


def test_a_colleagues_extension_stays_theirs_when_the_next_holder_is_deleted_with_all_extensions(as_, tenants):
    client, colleague, next_one = as_("MANAGER"), STAFF[AccessLevel.VIEWER], PERSON["north"]
    handover = NOW_MS + 2 * HOUR_MS
    planned = [{"employee": colleague, "until": handover}, {"employee": next_one, "since": handover}]
    made = client.post("/pbx/extension", json={"number": "555", "name": "Desk", "assignments": planned}).json()["_id"]
    tenants.now_ms = NOW_MS + HOUR_MS
    client.delete(f"/employee/{next_one}?deleteExtensions=true")
    assert client.get(f"/pbx/extension/{made}").json()["assignments"] == [
        {"employee": colleague, "number": "555", "until": "2020-12-01T14:00:00.000Z"},
        {"number": "555", "since": "2020-12-01T14:00:00.000Z"},
    ]


# ── what calls tell ──


def test_an_unknown_extension_is_offered_until_it_is_made(as_):
    client, number = as_("MANAGER"), str(UNSEEN_PRIMES["north"])
    [row] = client.get("/pbx/extension/unknown").json()["extensions"]
    assert row == {
        "number": number, "calls": 1, "first": "2020-12-01T09:00:00.000Z", "last": "2020-12-01T09:00:00.000Z",
    }  # fmt: skip
    client.post("/pbx/extension", json={"number": number, "employee": PERSON["north"]})
    assert client.get("/pbx/extension/unknown").json()["extensions"] == []
    rows = client.post("/pbx/cdrstats", json={"fields": "extensionNumber,outboundCalls"}).json()
    assert [row["extensionNumber"] for row in rows] == [str(PRIMES["north"]), number]


def test_calls_are_derived_again_when_a_number_that_looked_like_none_is_made(as_, tenants):
    from pbxtally.calls import Numbering
    from web.tenants import call

    tenants.store.keep(CUSTOMER["north"], "made", [call("12345678", "9")], Numbering(trunks=frozenset({"trunk"})))
    client = as_("MANAGER")
    asked = {"fields": "extensionNumber,outboundCalls"}
    assert "12345678" not in [row["extensionNumber"] for row in client.post("/pbx/cdrstats", json=asked).json()]
    client.post("/pbx/extension", json={"number": "12345678", "name": "Lift"})
    asked["includeUnassigned"] = True
    assert "12345678" in [row["extensionNumber"] for row in client.post("/pbx/cdrstats", json=asked).json()]


def test_the_next_change_derives_what_a_change_that_was_cut_off_left(as_, tenants):
    from pbxtally.calls import Numbering
    from web.tenants import call

    tenants.store.keep(CUSTOMER["north"], "made", [call("87654321", "10")], Numbering(trunks=frozenset({"trunk"})))
    lift = {"customer": CUSTOMER["north"], "number": "87654321", "name": "Lift"}
    import_people(tenants.people, {"extensions": [lift]}, tenants.now_ms)
    client = as_("MANAGER")
    asked = {"fields": "extensionNumber,outboundCalls", "includeUnassigned": True}
    assert "87654321" not in [row["extensionNumber"] for row in client.post("/pbx/cdrstats", json=asked).json()]
    client.post("/employee", json={"name": "Someone else"})
    assert "87654321" in [row["extensionNumber"] for row in client.post("/pbx/cdrstats", json=asked).json()]
