"""Counting as one of another reseller, for who works for several."""

from dataclasses import replace

import pytest

from login.entrance import ACME, ANNA, BO, OTHER, PEOPLE, RESELLER, RIE, RIGHT, actions, change
from pbxtally.people import AccessLevel, Assignment, Customer, CustomerState, Extension
from web.auth_house import OURS, AuthHouse
from web.tenants import told

SECOND, BELOW, SALLY, DESK = "c2" * 12, "b2" * 12, "5a" * 12, "de" * 12
RIES = replace(PEOPLE[2], organization_resellers=(SECOND,))


@pytest.fixture
def house(tmp_path):
    house = AuthHouse(tmp_path)
    change(house.people, Customer(SECOND, "Second", is_reseller=True))
    change(house.people, Customer(BELOW, "Below", SECOND))
    change(house.people, replace(PEOPLE[3], id=SALLY, customer=BELOW, email_address="sally@below.example"))
    change(house.people, RIES)
    yield house
    house.close()


@pytest.fixture
def rie(house):
    client = house.client()
    token = client.post("/auth/login", json={"username": "rie@top.example", "password": RIGHT}).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def switch(client, reseller):
    return client.post("/auth/organizationreseller", json={"resellerId": reseller})


def sees(client):
    """Which customers a client may read."""
    return [one for one in (RESELLER, ACME, SECOND, BELOW) if client.get(f"/customer/{one}").status_code == 200]


def test_who_switches_sees_the_other_resellers_customers_and_not_the_own_until_switching_back(house, rie):
    assert sees(rie) == [RESELLER, ACME]
    assert switch(rie, SECOND.upper()).json() == {
        "success": True, "employee": RIE, "customer": SECOND, "accessLevel": "RESELLER",
    }  # fmt: skip
    assert sees(rie) == [SECOND, BELOW]
    assert rie.get("/auth/validateToken").json()["customer"] == SECOND
    assert switch(rie, RESELLER).json()["customer"] == RESELLER
    assert sees(rie) == [RESELLER, ACME]
    assert actions(house.people, SECOND) == ["COUNTED_AS"]
    assert actions(house.people, RESELLER) == ["LOGGED_IN", "COUNTED_AS", "COUNTED_AS"]


def test_ones_account_stays_ones_own_meanwhile_but_the_calls_of_ones_phone_are_left_behind(house, rie):
    with house.people.change() as change:
        change.keep_extensions([Extension(DESK, RESELLER, "101")], {DESK: [Assignment(DESK, "101", RIE)]})
    latest = f"/pbx/cdr/latest?extension={DESK}"
    assert rie.get(latest).status_code == 200
    switch(rie, SECOND)
    assert rie.get(f"/employee/{RIE}").json()["customer"] == RESELLER
    assert "rie@top.example" in rie.get("/admin-employee").text
    assert rie.get(f"/employee/{RIE}/token").json()["total"] == 0
    assert told(rie.get(latest)) == (404, "extension")
    assert rie.get(f"/employee/{RIE}/clearTokens", headers=OURS).json() == {"success": True}
    assert told(rie.get("/customer")) == (401, "credentials_invalid")


def test_acting_as_a_customers_employee_goes_on_after_the_switch(rie):
    assert rie.get(f"/auth/impersonate/{SALLY}").status_code == 404
    switch(rie, SECOND)
    sallys = {"Authorization": f"Bearer {rie.get(f'/auth/impersonate/{SALLY}').json()['token']}"}
    assert rie.get("/auth/validateToken", headers=sallys).json()["employee"] == SALLY
    assert told(rie.post("/auth/organizationreseller", headers=sallys, json={"resellerId": SECOND})) == (
        403,
        "access_denied",
    )


@pytest.mark.parametrize("left", [RIES.organization_resellers[1:], None])
def test_a_reseller_that_is_taken_away_or_blocked_ends_the_session(house, rie, left):
    switch(rie, SECOND)
    if left is None:
        change(house.people, Customer(SECOND, "Second", is_reseller=True, state=CustomerState.BLOCKED))
    else:
        change(house.people, replace(RIES, organization_resellers=left))
    assert told(rie.get("/customer")) == (401, "credentials_invalid")


def test_the_errors_are_the_vendors(house, rie):
    assert told(switch(rie, OTHER)) == (403, "resellerId")
    assert told(switch(rie, "9" * 24)) == (403, "resellerId")
    assert told(switch(rie, None)) == (422, "resellerId")
    assert told(house.client(headers=house.machine(RIE)).post(
        "/auth/organizationreseller", json={"resellerId": SECOND}
    )) == (403, "access_denied")  # fmt: skip
    anna = house.client()
    token = anna.post("/auth/login", json={"username": "anna@acme.example", "password": RIGHT}).json()["token"]
    anna.headers["Authorization"] = f"Bearer {token}"
    assert told(switch(anna, SECOND)) == (403, "account")


def test_nobody_gives_away_a_reseller_that_is_not_theirs(house, rie):
    assert rie.post(f"/employee/{ANNA}", json={"organizationResellers": [RESELLER]}).status_code == 200
    assert house.people.employee(ANNA).organization_resellers == (RESELLER,)
    assert told(rie.post(f"/employee/{ANNA}", json={"organizationResellers": [SECOND]})) == (
        404,
        "organizationResellers",
    )
    assert house.people.employee(ANNA).access_level is AccessLevel.OWNER


def test_nor_does_whoever_keeps_who_may_count_as_it(house, rie):
    change(house.people, replace(house.people.employee(ANNA), organization_resellers=(SECOND,)))
    change(house.people, replace(house.people.employee(BO), organization_resellers=(SECOND,)))
    for whom, members in (
        (BO, {"accessLevel": "MANAGER"}),
        (BO, {"emailAddress": "rie2@top.example"}),
        (BO, {"noEmail": True, "emailAddress": "bo-madsen", "password": RIGHT}),
        (ANNA, {"noEmail": True}),
    ):
        assert told(rie.post(f"/employee/{whom}", json=members)) == (403, "access_denied")
    assert rie.post(f"/employee/{BO}", json={"title": "Boss", "accessLevel": "PERSONAL"}).status_code == 200
    table = "employee,emailAddress,accessLevel\nBo,bo@acme.example,OWNER\n"
    assert (
        rie.post(f"/admin-table?customer={ACME}", data={"table": table, "keep": "true"}, headers=OURS).status_code
        == 403
    )
    change(house.people, replace(house.people.employee(RIE), access_level=AccessLevel.ADMIN))
    assert rie.post(f"/employee/{BO}", json={"accessLevel": "MANAGER"}).status_code == 200


def test_a_link_for_who_may_count_as_it_is_shown_to_nobody_else(tmp_path):
    house = AuthHouse(tmp_path, mail=None)
    change(house.people, Customer(SECOND, "Second", is_reseller=True))
    headers = {**house.machine(RIE), **OURS}
    link = lambda: house.client().post(f"/admin-link?id={BO}", headers=headers)  # noqa: E731
    assert "new-password?key=" in link().text
    change(house.people, replace(house.people.employee(BO), organization_resellers=(SECOND,)))
    assert link().status_code == 403
    house.close()
