"""Customers, employees and extensions over HTTP, as the vendor's clients use them."""

import json

import pytest
from fastapi.testclient import TestClient

from pbxtally.directory import import_people
from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from web.tenants import (
    CUSTOMER,
    EXTENSION,
    NOBODY,
    NOW_MS,
    PARENTS,
    PERSON,
    PRIMES,
    STAFF,
    UNSEEN_PRIMES,
    Tenants,
    canary,
)

HOUR_MS = 3_600_000


@pytest.fixture
def tenants(tmp_path):
    tenants = Tenants(tmp_path, calls_of=("north",))
    yield tenants
    tenants.close()


@pytest.fixture
def as_(tenants):
    """A maker of clients: signed in as north's person of a level."""
    app = create_app(tenants.house)

    def client(level):
        return TestClient(app, headers=tenants.headers(STAFF[AccessLevel[level]]))

    return client


def told(answer):
    """Status and word of an error."""
    return answer.status_code, answer.json()["message"]


# ── lists ──


def test_a_list_has_the_vendors_shape_and_defaults(as_):
    answer = as_("VIEWER").get("/pbx/extension").json()
    assert list(answer) == ["offset", "limit", "total", "extensions"]
    assert (answer["offset"], answer["limit"], answer["total"]) == (0, 50, 9)
    assert as_("VIEWER").get("/employee").json()["limit"] == 100
    assert as_("RESELLER").get("/customer").json()["limit"] == 100


def test_total_counts_all_whatever_the_page_holds(as_):
    pages = [as_("VIEWER").get(f"/pbx/extension?sort=number&limit=2&offset={at}").json() for at in (0, 2, 8, 90)]
    assert [[row["number"] for row in one["extensions"]] for one in pages] == [
        ["300", "301"],
        ["302", "303"],
        [str(PRIMES["north"])],
        [],
    ]
    assert {one["total"] for one in pages} == {9}


def test_numbers_sort_as_people_count_and_names_by_the_alphabet(as_):
    client = as_("MANAGER")
    for number, name in (("99", "Åse"), ("1000", "Zoe"), ("5", "Anders")):
        client.post("/pbx/extension", json={"number": number, "name": name})
    by_number = [row["number"] for row in client.get("/pbx/extension?sort=number").json()["extensions"]]
    assert (by_number[:2], by_number[-2:]) == (["5", "99"], ["1000", str(PRIMES["north"])])
    names = [row["name"] for row in client.get("/pbx/extension").json()["extensions"]]
    assert (names[0], names[-2:]) == ("Anders", ["Zoe", "Åse"])


def test_a_filter_finds_parts_of_names_and_numbers_in_any_case(as_):
    client = as_("VIEWER")
    assert [one["_id"] for one in client.get("/employee?filter=CANARYNORTH").json()["employees"]] == [PERSON["north"]]
    assert client.get("/pbx/extension?filter=304").json()["total"] == 1
    assert client.get("/employee?filter=nobody").json() == {"offset": 0, "limit": 100, "total": 0, "employees": []}


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("offset=-1", "offset"),
        ("sort=colour", "sort"),
        ("full=maybe", "full"),
        ("employee=12", "employee"),
        ("customer=%C3%A6", "customer"),
        ("filtre=x", "filtre"),
    ],
)
def test_a_wrong_parameter_is_told_by_its_name(as_, query, word):
    assert told(as_("VIEWER").get(f"/pbx/extension?{query}")) == (422, word)


def test_a_reseller_lists_its_customers_and_those_of_its_resellers_if_it_asks(as_):
    client = as_("RESELLER")

    def names(query=""):
        return [one["name"].split()[0] for one in client.get(f"/customer?{query}").json()["customers"]]

    assert names() == [canary(one) for one in ("acme", "shut", "sub")]
    assert names("includeSubresellers=true") == [canary(one) for one in ("acme", "deep", "shut", "sub")]
    assert names(f"parentReseller={CUSTOMER['sub']}") == [canary("deep")]
    assert names("resellers=true") == [canary("sub")]
    assert names(f"customerIds={CUSTOMER['acme']}&customerIds={CUSTOMER['other']}") == [canary("acme")]
    assert told(client.get(f"/customer?parentReseller={CUSTOMER['south']}")) == (404, "parentReseller")
    assert told(client.get("/customer?all=true")) == (403, "access_denied")
    assert as_("ADMIN").get("/customer?all=1").json()["total"] == 10
    resellers = client.get("/customer/resellers/list").json()["resellers"]
    assert [one["_id"] for one in resellers] == [CUSTOMER["north"], CUSTOMER["sub"]]


# ── customers ──


def test_a_reseller_makes_a_customer_under_itself_and_its_owner_changes_little(as_):
    made = as_("RESELLER").post("/customer", json={"name": "New", "notes": "pays late"}).json()
    assert made["success"] is True
    shown = as_("RESELLER").get(f"/customer/{made['_id']}").json()
    assert shown == {
        "_id": made["_id"], "name": "New", "state": "ACTIVE", "parentReseller": CUSTOMER["north"],
        "isReseller": False, "notes": "pays late", "features": ["CUSTOMER", "PBX"],
    }  # fmt: skip
    own = f"/customer/{CUSTOMER['north']}"
    assert as_("OWNER").post(own, json={"website": "north.example"}).json() == {"success": True}
    for change in ({"state": "BLOCKED"}, {"notes": "x"}, {"isReseller": False}, {"parentReseller": CUSTOMER["sub"]}):
        assert told(as_("OWNER").post(own, json=change)) == (403, "access_denied")
    assert "notes" not in as_("OWNER").get(own).json()


def test_what_is_a_resellers_to_set_of_a_customer_is_not_its_own_peoples_whatever_their_level(as_):
    own, below = f"/customer/{CUSTOMER['north']}", f"/customer/{CUSTOMER['sub']}"
    for one in (own, below):
        assert as_("ADMIN").post(one, json={"notes": "pays late"}).json() == {"success": True}
    assert "notes" not in as_("RESELLER").get(own).json()
    assert as_("RESELLER").get(below).json()["notes"] == "pays late"
    assert as_("RESELLER_ADMIN").get(own).json()["notes"] == "pays late"
    for change in ({"state": "BLOCKED"}, {"notes": "x"}, {"isReseller": False}):
        assert told(as_("RESELLER").post(own, json=change)) == (403, "access_denied")
    assert as_("RESELLER").post(own, json={"website": "north.example", "isReseller": True}).json() == {"success": True}


@pytest.mark.parametrize(
    ("level", "parent", "answer"),
    [
        ("RESELLER", "north", 200),
        ("RESELLER", "sub", 200),
        ("RESELLER", "acme", (422, "parentReseller")),
        ("RESELLER", "south", (404, "parentReseller")),
        ("RESELLER", None, (403, "access_denied")),
        ("RESELLER_ADMIN", "south", (403, "access_denied")),
        ("RESELLER_ADMIN", None, (403, "access_denied")),
        ("ADMIN", "south", 200),
        ("ADMIN", None, 200),
    ],
)
def test_a_customer_may_be_put_under_oneself_or_a_reseller_below(as_, level, parent, answer):
    got = as_(level).post(f"/customer/{CUSTOMER['deep']}", json={"parentReseller": parent and CUSTOMER[parent]})
    assert (got.status_code if got.status_code == 200 else told(got)) == answer


def test_a_reseller_does_not_get_above_itself(as_):
    got = as_("ADMIN").post(f"/customer/{CUSTOMER['north']}", json={"parentReseller": CUSTOMER["sub"]})
    assert told(got) == (422, "parentReseller")


# ── employees ──


def test_an_employee_is_made_changed_in_part_and_deleted(as_):
    client = as_("MANAGER")
    made = client.post("/employee", json={"name": "Ida", "accessLevel": "viewer", "title": "Chief"}).json()["_id"]
    client.post(f"/employee/{made}", json={"department": "Sales", "title": None})
    assert client.get(f"/employee/{made}").json() == {
        "_id": made, "customer": CUSTOMER["north"], "name": "Ida", "accessLevel": "VIEWER", "state": "ENABLED",
        "department": "Sales",
    }  # fmt: skip
    assert client.delete(f"/employee/{made}").json() == {"success": True}
    assert client.get(f"/employee/{made}").json()["state"] == "DELETED"
    assert made not in [one["_id"] for one in client.get("/employee").json()["employees"]]
    assert made in [one["_id"] for one in client.get("/employee?includeDeleted=true").json()["employees"]]


def test_an_object_may_be_sent_back_as_it_was_shown_with_one_member_changed(as_):
    client = as_("MANAGER")
    shown = client.get(f"/pbx/extension/{EXTENSION['north']}").json()
    assert client.post(f"/pbx/extension/{EXTENSION['north']}", json=shown).json() == {"success": True}
    client.post(f"/pbx/extension/{EXTENSION['north']}", json={**shown, "name": "Front desk"})
    assert client.get(f"/pbx/extension/{EXTENSION['north']}").json() == {**shown, "name": "Front desk"}


@pytest.mark.parametrize("level", ["MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"])
def test_nobody_grants_a_level_above_their_own_nor_touches_who_has_one(as_, level):
    client = as_(level)
    for other in AccessLevel:
        is_above = other > AccessLevel[level]
        made = client.post("/employee", json={"name": "X", "accessLevel": other.name})
        raised = client.post(f"/employee/{PERSON['north']}", json={"accessLevel": other.name})
        touched = client.post(f"/employee/{STAFF[other]}", json={"title": "Touched"})
        assert [one.status_code for one in (made, raised, touched)] == [403 if is_above else 200] * 3
        assert not is_above or told(client.delete(f"/employee/{STAFF[other]}")) == (403, "access_denied")


def test_personal_and_viewer_change_their_own_title_and_nothing_else(as_):
    for level in ("PERSONAL", "VIEWER"):
        own = f"/employee/{STAFF[AccessLevel[level]]}"
        assert as_(level).post(own, json={"title": "Chief", "language": "da"}).status_code == 200
        assert told(as_(level).post(own, json={"name": "King"})) == (403, "access_denied")
    assert told(as_("VIEWER").post(f"/employee/{PERSON['north']}", json={})) == (403, "access_denied")
    assert told(as_("PERSONAL").post(f"/employee/{PERSON['north']}", json={})) == (404, "id")


def test_nobody_deletes_oneself_and_a_day_of_deletion_is_today(as_):
    client = as_("ADMIN")
    assert told(client.delete(f"/employee/{STAFF[AccessLevel.ADMIN]}")) == (403, "access_denied")
    assert told(client.delete(f"/employee/{PERSON['shop']}?deleteDate=2020-12-24")) == (422, "deleteDate")
    assert told(client.delete(f"/employee/{NOBODY}")) == (404, "employee")
    today = client.delete(f"/employee/{PERSON['shop']}?deleteDate=2020-12-01").json()
    assert today == {"success": True, "deleteDate": "2020-12-01"}


def test_members_that_do_not_fit_are_told_by_name_as_an_import_tells_them(as_):
    client = as_("MANAGER")
    for body, word in (
        ({}, "name"),
        ({"name": "X", "accessLevel": "KING"}, "accessLevel"),
        ({"name": "X", "colour": "red"}, "colour"),
        ({"name": "X", "_id": NOBODY}, "_id"),
        ({"name": "X", "state": "DELETED"}, "state"),
        ({"name": "X", "ipRestriction": "everywhere"}, "ipRestriction"),
    ):
        assert told(client.post("/employee", json=body)) == (422, word)
    assert told(client.post(f"/employee/{PERSON['north']}", json={"customer": CUSTOMER["acme"]})) == (422, "customer")
    assert told(client.post("/employee?name=X", json={})) == (422, "name")


def test_an_address_that_somebody_signs_in_with_cannot_be_taken_also_not_across_tenants(as_):
    client = as_("MANAGER")
    taken = f"PERSON@{canary('other')}.example"
    assert told(client.post("/employee", json={"name": "X", "emailAddress": taken})) == (422, "emailAddress")
    assert told(client.post(f"/employee/{PERSON['north']}", json={"emailAddress": taken})) == (422, "emailAddress")
    own = client.get(f"/employee/{PERSON['north']}").json()["emailAddress"]
    assert client.post(f"/employee/{PERSON['north']}", json={"emailAddress": own.upper()}).status_code == 200


def test_who_was_deleted_does_not_come_back_with_an_address_that_is_somebody_elses_by_now(as_):
    client, gone = as_("MANAGER"), {"name": "X", "emailAddress": "next@canary.example"}
    first = client.post("/employee", json=gone).json()["_id"]
    client.delete(f"/employee/{first}")
    as_("RESELLER").post("/employee", json={**gone, "customer": CUSTOMER["acme"]})
    assert told(client.post(f"/employee/{first}", json={"state": "ENABLED"})) == (422, "emailAddress")


# ── extensions ──


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


# ── in numbers ──


def test_an_overview_counts_what_a_customer_has_now(as_):
    client = as_("MANAGER")
    path = f"/customer/{CUSTOMER['north']}/overview"
    before = client.get(path).json()
    person = client.post("/employee", json={"name": "Somebody"}).json()["_id"]
    client.post("/pbx/extension", json={"number": "771", "employee": person})
    more = {"employees": before["employees"] + 1, "extensions": before["extensions"] + 1}
    assert client.get(path).json() == {**before, **more}
    client.delete(f"/employee/{person}", params={"deleteExtensions": "true"})
    assert client.get(path).json() == before
    assert before["customers"] == list(PARENTS.values()).count("north")


# ── written down ──


def test_changes_are_written_down_with_names_of_members_and_never_their_values(as_, tenants):
    client = as_("MANAGER")
    made = client.post("/employee", json={"name": "Secret Name", "title": "Boss"}).json()["_id"]
    client.post(f"/employee/{made}", json={"department": "Hidden Room"})
    client.post(f"/employee/{made}", json={"department": "Hidden Room"})
    client.delete(f"/employee/{made}")
    total, lines = tenants.people.audit(CUSTOMER["north"], 0, 10)
    assert [(one.action, one.subject, one.detail) for one in reversed(lines)] == [
        ("CREATED", made, "employee, name, title"),
        ("CHANGED", made, "employee, department"),
        ("DELETED", made, "employee"),
    ]
    assert {(one.actor, one.address) for one in lines} == {(STAFF[AccessLevel.MANAGER], "testclient")}
    assert total == 3


def test_downloads_are_written_down_with_their_days_and_answers_in_json_are_not(as_, tenants):
    client = as_("MANAGER")
    period = {"from": "2020-12-01", "to": "2020-12-31"}
    for path in ("/pbx/cdrstats", "/pbx/cdrstats/calls", "/pbx/cdrstats/missed", "/pbx/cdr"):
        for form in ("JSON", "CSV", "EXCEL"):
            assert client.post(path, json={**period, "format": form}).status_code == 200
    assert client.get("/pbx/cdrstats.csv", params=period).status_code == 200
    _, lines = tenants.people.audit(CUSTOMER["north"], 0, 10)
    assert [(one.action, one.detail) for one in reversed(lines)] == [
        ("EXPORTED", "cdrstats as CSV of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "cdrstats as EXCEL of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "calls as CSV of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "calls as EXCEL of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "missed calls as CSV of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "missed calls as EXCEL of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "cdr as CSV of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "cdr as EXCEL of 2020-12-01 to 2020-12-31"),
        ("EXPORTED", "cdrstats as CSV of 2020-12-01 to 2020-12-31"),
    ]
    assert {(one.actor, one.address) for one in lines} == {(STAFF[AccessLevel.MANAGER], "testclient")}


def test_a_download_that_is_refused_is_not_written_down(as_, tenants):
    assert as_("PERSONAL").get("/pbx/cdrstats.csv").status_code == 403
    assert as_("MANAGER").get("/pbx/cdrstats.csv", params={"customer": CUSTOMER["other"]}).status_code == 403
    assert [tenants.people.audit(CUSTOMER[one], 0, 10)[0] for one in ("north", "other")] == [0, 0]
