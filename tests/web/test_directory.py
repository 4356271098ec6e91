"""Customers, employees and extensions over HTTP, as the vendor's clients use them."""

import pytest

from pbxtally.directory import import_people
from pbxtally.people import AccessLevel
from web.tenants import (
    CUSTOMER,
    EXTENSION,
    NOBODY,
    NOW_MS,
    PARENTS,
    PERSON,
    PRIMES,
    STAFF,
    canary,
    told,
)

# ── lists ──


def test_a_list_has_the_vendors_shape_and_defaults(as_):
    answer = as_("VIEWER").get("/pbx/extension").json()
    assert list(answer) == ["offset", "limit", "total", "extensions"]
    assert (answer["offset"], answer["limit"], answer["total"]) == (0, 50, 9)
    assert as_("VIEWER").get("/employee").json()["limit"] == 100
    assert as_("RESELLER").get("/customer").json()["limit"] == 100


@pytest.mark.parametrize("path", ["customer", "employee", "pbx/extension"])
def test_a_list_has_whole_objects_only_where_they_are_asked_for(as_, path):
    client, name = as_("RESELLER"), f"{path.removeprefix('pbx/')}s"
    assert client.post(f"/employee/{PERSON['north']}", json={"title": "Chief"}).status_code == 200
    brief, whole = (client.get(f"/{path}{asked}").json()[name] for asked in ("", "?full=true"))
    assert [one["_id"] for one in brief] == [one["_id"] for one in whole]
    assert set().union(*brief) < set().union(*whole)


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


def test_a_customer_that_was_deleted_is_listed_only_where_deleted_ones_are_asked_for(as_, tenants):
    import_people(tenants.people, {"customers": [{"_id": CUSTOMER["acme"], "state": "DELETED"}]}, NOW_MS)
    usual, also_deleted = (
        {one["_id"] for one in as_("RESELLER").get(f"/customer{asked}").json()["customers"]}
        for asked in ("", "?includeDeleted=true")
    )
    assert also_deleted - usual == {CUSTOMER["acme"]}


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


def test_who_may_make_nobody_learns_just_that_whatever_is_wrong_with_what_was_sent(as_):
    assert told(as_("MANAGER").post("/employee", json={"nmae": "Eva"})) == (422, "nmae")
    assert told(as_("VIEWER").post("/employee", json={"nmae": "Eva"})) == (403, "access_denied")


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
