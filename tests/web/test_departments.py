"""Renaming a department for everybody in it at once: who is in it, what is counted, which saved views still open."""

import re
from dataclasses import replace
from html import unescape

import pytest
from fastapi.testclient import TestClient

from pbxtally.login import make_token
from pbxtally.people import AccessLevel, Employee, EmployeeState, SavedView
from pbxtally.saved_views import renamed
from pbxtally.web.app import create_app
from web.auth_house import OURS
from web.tenants import told
from web.test_pages import cells
from web.world import ACME, ANNA, BO, NORTH, NOW_MS, RETIRED, STAFF, World

MIA = "ad" * 12
WEEK = "from=2020-11-30&to=2020-12-06"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("departments"))
    yield world
    world.close()


@pytest.fixture
def world(shared):
    """Acme with Anna and Bo in Sales, and Rita who left it; Mia manages, and is in Support."""
    people = shared.people
    with people.change() as change:
        change.keep_employees(
            [
                replace(people.employee(ANNA), department="Sales"),
                replace(people.employee(BO), department="Sales"),
                replace(people.employee(RETIRED), department="Sales", state=EmployeeState.DELETED),
                Employee(MIA, ACME, "Mia", AccessLevel.MANAGER, department="Support"),
            ]
        )
    return shared


def client(world, employee):
    headers = {"Authorization": f"Bearer {make_token(world.people, employee, NOW_MS)}", **OURS}
    return TestClient(create_app(world.backend), headers=headers, follow_redirects=False)


@pytest.fixture
def mia(world):
    return client(world, MIA)


def rename(client, before, now, **more):
    return client.post("/admin-department", data={"department": before, "name": now, **more})


def listed(client, where=""):
    found = re.findall(
        r'<th scope="row"><bdi>(.*?)</bdi></th><td class="figure">(\d+)</td>',
        client.get(f"/admin-departments{where}").text,
    )
    return {unescape(name): int(many) for name, many in found}


def test_everybody_has_the_new_name_at_once_and_the_audit_says_so(world, mia):
    assert listed(mia) == {"Sales": 2, "Support": 1}
    assert rename(mia, "Sales", " Salg & Støtte ").headers["location"] == "admin-departments?done=renamed"
    assert listed(mia) == {"Salg & Støtte": 2, "Support": 1}
    assert {world.people.employee(one).department for one in (ANNA, BO, RETIRED)} == {"Salg & Støtte"}
    [line] = world.people.audit(ACME, 0, 1)[1]
    assert (line.actor, line.action, line.detail) == (
        MIA,
        "CHANGED",
        "department Sales is now Salg & Støtte: 3 employees",
    )


def test_its_figures_are_the_same_under_the_new_name(world, mia):
    before = cells(mia.get(f"/department?name=Sales&{WEEK}"))
    rename(mia, "Sales", "Salg")
    assert cells(mia.get(f"/department?name=Salg&{WEEK}")) == before
    assert len(before) > 2
    assert "No department has this name" in mia.get(f"/department?name=Sales&{WEEK}").text


def test_saved_views_that_name_it_open_the_same_figures(world, mia):
    reseller = client(world, STAFF[AccessLevel.RESELLER])  # whose own company has a Sales of its own
    for one, address, has_changed in (
        (mia, f"department?name=Sales&{WEEK}", True),
        (mia, f"employees?department=Sales&{WEEK}", True),
        (mia, "employees?department=Support", False),
        (reseller, f"employees?customer={ACME}&department=Sales&{WEEK}", True),
        (reseller, "employees?department=Sales", False),
    ):
        rename(mia, "Salg", "Sales")
        one.post("/view-save", data={"name": "View", "address": address})
        before = cells(one.get(f"/{address}"))
        rename(mia, "Sales", "Salg")
        link = unescape(re.search(r'<a href="([^"]+)"><bdi>View', one.get("/views").text)[1])
        assert link == (address.replace("Sales", "Salg") if has_changed else address)
        assert cells(one.get(f"/{link}")) == before


@pytest.mark.parametrize(
    ("address", "is_own", "wanted"),
    [
        ("department?name=Sales", True, "department?name=R%26D"),
        ("employees?department=Sales&sort=-inboundCalls", True, "employees?department=R%26D&sort=-inboundCalls"),
        (f"calls?customer={ACME.upper()}&department=Sales", False, f"calls?customer={ACME.upper()}&department=R%26D"),
        (f"calls?customer={NORTH}&department=Sales", True, None),
        ("employees?department=Sales", False, None),
        ("employees?department=Salesmen", True, None),
        (f"customers?customer={ACME}&department=Sales", False, None),
        (".", True, None),
    ],
)
def test_only_views_of_that_customers_department_are_changed(address, is_own, wanted):
    view = SavedView("5" * 24, ANNA, "Mine", address, NOW_MS)
    assert renamed(view, ACME, is_own, "Sales", "R&D").address == (wanted or address)


def test_two_departments_become_one_only_if_that_is_said(world, mia):
    asked = rename(mia, "Support", "Sales")
    assert asked.status_code == 422
    assert "<bdi>Sales</bdi>: A department with this name already exists" in asked.text
    assert "Merge Support and Sales" in asked.text
    assert listed(mia) == {"Sales": 2, "Support": 1}
    assert rename(mia, "Support", "Sales", together="true").status_code == 303
    assert listed(mia) == {"Sales": 3}


def test_nobody_renames_the_department_of_who_has_a_higher_level(world, mia):
    with world.people.change() as change:
        change.keep_employees([replace(world.people.employee(BO), access_level=AccessLevel.OWNER)])
    refused = rename(mia, "Sales", "Salg")
    assert (refused.status_code, "Someone in this department has a higher access level than you" in refused.text) == (
        403,
        True,
    )
    assert listed(mia) == {"Sales": 2, "Support": 1}
    assert rename(client(world, BO), "Sales", "Salg").status_code == 303
    with world.people.change() as change:
        change.keep_employees([replace(world.people.employee(BO), access_level=AccessLevel.NO_LOGIN)])


LIST, RENAME = "/employee/departments/list", "/employee/departments/rename"


def named(answer):
    return {one["name"]: one["employees"] for one in answer.json()["departments"]}


def test_a_program_lists_departments_as_it_lists_everything(world, mia):
    assert mia.get(LIST).json() == {
        "offset": 0,
        "limit": 100,
        "total": 2,
        "departments": [{"name": "Sales", "employees": 2}, {"name": "Support", "employees": 1}],
    }
    assert mia.get(f"{LIST}?filter=sup&limit=1").json()["total"] == 1
    assert mia.get(f"{LIST}?offset=1").json()["departments"] == [{"name": "Support", "employees": 1}]
    assert named(client(world, STAFF[AccessLevel.RESELLER]).get(f"{LIST}?customer={ACME}")) == listed(mia)
    assert told(mia.get(f"{LIST}?customer={NORTH}")) == (404, "customer")
    assert told(mia.get(f"{LIST}?name=Sales")) == (422, "name")
    assert told(client(world, ANNA).get(LIST)) == (403, "access_denied")


def test_a_program_renames_a_department_as_the_page_does(world, mia):
    mia.post("/view-save", data={"name": "Ours", "address": f"employees?department=Sales&{WEEK}"})
    answer = mia.post(RENAME, json={"department": "Sales", "name": " Salg & Støtte "})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert named(mia.get(LIST)) == listed(mia) == {"Salg & Støtte": 2, "Support": 1}
    assert world.people.employee(RETIRED).department == "Salg & Støtte"
    assert f"employees?department=Salg+%26+St%C3%B8tte&{WEEK}" in {one.address for one in world.people.saved_views(MIA)}
    [line] = world.people.audit(ACME, 0, 1)[1]
    assert (line.actor, line.detail) == (MIA, "department Sales is now Salg & Støtte: 3 employees")
    joined = {"department": "Support", "name": "Salg & Støtte"}
    assert told(mia.post(RENAME, json=joined)) == (422, "together")
    assert mia.post(RENAME, json={**joined, "together": True}).status_code == 200
    assert named(mia.get(LIST)) == {"Salg & Støtte": 3}


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ({"department": "Sales"}, 422, "name"),
        ({"name": "Salg"}, 422, "department"),
        ({"department": "Sales", "name": "Sales"}, 422, "name"),
        ({"department": "Sales", "name": "x" * 257}, 422, "name"),
        ({"department": ["Sales"], "name": "Salg"}, 422, "department"),
        ({"department": "Sales", "name": "Salg", "together": "yes"}, 422, "together"),
        ({"department": "Sales", "name": "Salg", "fold": True}, 422, "fold"),
        ({"department": "Sales", "name": "Salg", "customer": "acme"}, 422, "customer"),
        ({"department": "Sales", "name": "Salg", "customer": NORTH}, 404, "customer"),
        ({"department": "Nowhere", "name": "Salg"}, 404, "department"),
    ],
)
def test_what_a_program_says_wrongly_is_told_by_its_member_and_renames_nothing(mia, body, code, word):
    assert told(mia.post(RENAME, json=body)) == (code, word)
    assert listed(mia) == {"Sales": 2, "Support": 1}


@pytest.mark.parametrize("level", list(AccessLevel)[1:], ids=lambda one: one.name)
def test_whoever_may_rename_on_the_page_may_by_the_api(world, level):
    """The page answers first with the right to it; nothing is renamed, for there is no such department."""
    who = client(world, STAFF[level])
    on_page = who.post(f"/admin-department?customer={ACME}", data={"department": "No", "name": "Yes"})
    by_api = who.post(RENAME, json={"customer": ACME, "department": "No", "name": "Yes"})
    assert on_page.status_code == by_api.status_code
    assert by_api.json()["message"] in ("access_denied", "customer", "department")


def test_a_program_renames_no_department_of_who_has_a_higher_level(world, mia):
    with world.people.change() as change:
        change.keep_employees([replace(world.people.employee(BO), access_level=AccessLevel.OWNER)])
    assert told(mia.post(RENAME, json={"department": "Sales", "name": "Salg"})) == (403, "department")
    with world.people.change() as change:
        change.keep_employees([replace(world.people.employee(BO), access_level=AccessLevel.NO_LOGIN)])


@pytest.mark.parametrize(("now", "said"), [("", "Use text of 1 to 256 characters"), ("Sales", "Give it another name")])
def test_a_name_that_is_none_is_refused_beside_what_was_typed(mia, now, said):
    answer = rename(mia, "Sales", now)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_reseller_does_it_for_a_customer_and_nobody_else_does(world, mia):
    reseller = client(world, STAFF[AccessLevel.RESELLER])
    there = f"/admin-department?customer={ACME}"
    assert listed(reseller, f"?customer={ACME}") == {"Sales": 2, "Support": 1}
    done = reseller.post(there, data={"department": "Sales", "name": "Salg"})
    assert done.headers["location"] == f"admin-departments?customer={ACME}&done=renamed"
    for nobody, code in ((ANNA, 403), (STAFF[AccessLevel.RESELLER_ADMIN], 303)):
        assert client(world, nobody).post(there, data={"department": "Salg", "name": "Sales"}).status_code == code
    assert mia.post(f"/admin-department?customer={NORTH}", data={"department": "x", "name": "y"}).status_code == 404
    assert rename(mia, "Nowhere", "Somewhere").status_code == 404


def test_a_page_of_another_site_renames_nothing(world):
    foreign = client(world, MIA)
    foreign.headers["Sec-Fetch-Site"] = "cross-site"
    assert rename(foreign, "Sales", "Salg").status_code == 403
