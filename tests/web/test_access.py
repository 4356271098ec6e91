"""Who may read whose statistics: every level against every relation, over every way of asking (S14, D22, D25)."""

import pytest

from pbxtally.access import RULES, Action, Relation
from pbxtally.people import AccessLevel
from web.world import ACME, DEEP, NOBODYS, NORTH, OTHER, TOP

RELATIONS = {
    NORTH: Relation.OWN,
    ACME: Relation.BELOW,
    DEEP: Relation.BELOW,
    TOP: Relation.FOREIGN,
    OTHER: Relation.FOREIGN,
    NOBODYS: None,
}
"""How every customer stands to North, where all who ask here work; the last one does not exist."""

ALLOWED = RULES[Action.READ_STATISTICS]
DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'


@pytest.mark.parametrize("level", [one for one in AccessLevel if one is not AccessLevel.NO_LOGIN])
@pytest.mark.parametrize("customer", RELATIONS)
def test_a_level_reads_what_the_table_says(signed_in, level, customer):
    client = signed_in(level)
    answers = [
        client.get(f"/pbx/cdrstats{suffix}?customer={customer}")
        for suffix in ("", ".json", ".csv", ".xlsx", ".parquet")
    ]
    answers.append(client.post("/pbx/cdrstats", json={"customer": customer}))
    may = RELATIONS[customer] in ALLOWED[level]
    assert {one.status_code for one in answers} == {200 if may else 403}
    if not may:
        assert {one.content for one in answers} == {DENIED}
        assert not any("content-disposition" in one.headers for one in answers)


def test_the_table_is_the_contracts():
    """S14 and D25, spelled out once more."""
    assert {level.name: sorted(one.name for one in relations) for level, relations in ALLOWED.items()} == {
        "NO_LOGIN": [],
        "PERSONAL": [],
        "VIEWER": ["OWN"],
        "MANAGER": ["OWN"],
        "OWNER": ["OWN"],
        "RESELLER": ["BELOW", "OWN"],
        "RESELLER_ADMIN": ["BELOW", "FOREIGN", "OWN"],
        "ADMIN": ["BELOW", "FOREIGN", "OWN"],
    }


@pytest.mark.parametrize("level", [one for one in AccessLevel if one is not AccessLevel.NO_LOGIN])
def test_without_a_customer_everybody_asks_about_their_own(signed_in, level):
    answer = signed_in(level).post("/pbx/cdrstats")
    if level is AccessLevel.PERSONAL:
        assert answer.content == DENIED
    else:
        assert [row["extensionNumber"] for row in answer.json()] == ["300"]


def test_who_may_read_two_customers_gets_each_apart(signed_in):
    client = signed_in(AccessLevel.ADMIN)
    for customer, calls in ((ACME, [1, 2]), (OTHER, [2]), (NORTH, [1])):
        rows = client.post("/pbx/cdrstats", json={"customer": customer, "fields": "outboundCalls"}).json()
        assert [sum(cell["outboundCalls"] for cell in row["data"].values()) for row in rows] == calls
