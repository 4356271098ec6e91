"""Who may see whose statistics: every level against every relation (S14, D22, D25)."""

import pytest

from pbxtally.access import RULES, Action, Relation, relation, require
from pbxtally.errors import AccessDeniedError
from pbxtally.people import AccessLevel, Customer, Employee

#  top ── middle ── shop          other ── stall
PARENTS = {"top": None, "middle": "top", "shop": "middle", "other": None, "stall": "other"}
CUSTOMERS = {name: Customer(name, name, parent_reseller=above) for name, above in PARENTS.items()}


def may_see(level, of_customer, customer, parents=PARENTS):
    asker = Employee("e" * 24, of_customer, "Bo", AccessLevel[level])
    try:
        return require(Action.READ_STATISTICS, asker, CUSTOMERS.get(customer), parents) == CUSTOMERS[customer]
    except AccessDeniedError:
        return False


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("NO_LOGIN", []),
        ("PERSONAL", []),
        ("VIEWER", ["middle"]),
        ("MANAGER", ["middle"]),
        ("OWNER", ["middle"]),
        ("RESELLER", ["middle", "shop"]),
        ("RESELLER_ADMIN", ["top", "middle", "shop", "other", "stall"]),
        ("ADMIN", ["top", "middle", "shop", "other", "stall"]),
    ],
)
def test_whose_statistics_an_employee_of_middle_may_see(level, seen):
    assert [name for name in CUSTOMERS if may_see(level, "middle", name)] == seen


def test_a_reseller_sees_what_is_below_at_any_depth_and_nothing_beside_or_above():
    assert [name for name in CUSTOMERS if may_see("RESELLER", "top", name)] == ["top", "middle", "shop"]
    assert [name for name in CUSTOMERS if may_see("RESELLER", "shop", name)] == ["shop"]


def test_every_level_has_its_rule():
    assert all(set(rules) == set(AccessLevel) for rules in RULES.values())


@pytest.mark.parametrize("level", list(AccessLevel), ids=lambda level: level.name)
def test_a_customer_that_does_not_exist_is_denied_with_the_same_words_as_a_foreign_one(level):
    asker = Employee("e" * 24, "middle", "Bo", level)
    with pytest.raises(AccessDeniedError) as nobody:
        require(Action.READ_STATISTICS, asker, None, PARENTS)
    with pytest.raises(AccessDeniedError) as foreign:
        require(Action.READ_STATISTICS, Employee("e" * 24, "middle", "Bo"), CUSTOMERS["stall"], PARENTS)
    told = [(why.value.code, why.value.word, why.value.description) for why in (nobody, foreign)]
    assert told == [(403, "access_denied", "Insufficient access level")] * 2


def test_resellers_that_are_each_others_resellers_come_to_an_end():
    circle = {"a": "b", "b": "a", "c": "a"}
    asker = Employee("e" * 24, "d", "Bo", AccessLevel.RESELLER)
    assert relation(asker, "c", circle) == Relation.FOREIGN
    assert relation(Employee("e" * 24, "b", "Bo"), "c", circle) == Relation.BELOW


def test_a_customer_nobody_knows_the_parents_of_is_foreign():
    assert relation(Employee("e" * 24, "top", "Bo"), "nowhere", PARENTS) == Relation.FOREIGN
