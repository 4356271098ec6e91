"""What the audit says of changes and downloads."""

from pbxtally.people import AccessLevel
from web.tenants import (
    CUSTOMER,
    STAFF,
)


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
