"""The table of who may do what: what holds in every line of it."""

from itertools import pairwise

import pytest

from pbxtally.access import RULES, Action, Decision, Relation, allowed, decision_of, require_rank, stands_below
from pbxtally.errors import AccessDeniedError, UnknownError
from pbxtally.people import AccessLevel, Employee

PARENTS = {"top": None, "middle": "top", "shop": "middle", "other": None}
LEVELS = list(AccessLevel)


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_rule_for_every_level(action):
    assert list(RULES[action]) == LEVELS


@pytest.mark.parametrize("action", list(Action))
def test_who_has_no_login_may_nothing(action):
    assert {decision_of(action, AccessLevel.NO_LOGIN, one) for one in Relation} == {Decision.DENIED}


@pytest.mark.parametrize("action", list(Action))
def test_a_higher_level_may_whatever_a_lower_one_may_but_for_reading_of_resellers(action):
    for lower, higher in pairwise(LEVELS):
        assert RULES[action][lower].keys() <= RULES[action][higher].keys() | {Relation.SELF}


def test_only_admin_changes_what_is_foreign():
    changes = [one for one in Action if one.name.startswith(("CREATE", "CHANGE", "DELETE", "KEEP", "RESET"))]
    assert len(changes) == 14
    for action in changes:
        able = [level for level in LEVELS if Relation.FOREIGN in RULES[action][level]]
        assert able == [AccessLevel.ADMIN]


def test_what_may_not_be_seen_looks_as_if_it_did_not_exist():
    manager = Employee("e" * 24, "middle", "Bo", AccessLevel.MANAGER)
    for customer in ("shop", "top", "other", "nowhere", None):
        with pytest.raises(UnknownError) as why:
            allowed(Action.CHANGE_EMPLOYEE, manager, customer, PARENTS, word="employee")
        assert (why.value.code, why.value.word) == (404, "employee")
    assert allowed(Action.CHANGE_EMPLOYEE, manager, "middle", PARENTS) is Decision.ALLOW


def test_what_may_be_seen_and_not_touched_is_denied():
    admin_of_resellers = Employee("e" * 24, "middle", "Bo", AccessLevel.RESELLER_ADMIN)
    for customer in ("other", "nowhere"):
        with pytest.raises(AccessDeniedError):
            allowed(Action.CHANGE_CUSTOMER, admin_of_resellers, customer, PARENTS)


def test_who_may_do_it_to_nobody_learns_just_that():
    viewer = Employee("e" * 24, "middle", "Bo", AccessLevel.VIEWER)
    for customer in ("middle", "shop", "nowhere", None):
        with pytest.raises(AccessDeniedError):
            allowed(Action.DELETE_EMPLOYEE, viewer, customer, PARENTS)


def test_nobody_reaches_above_their_own_level():
    for own in LEVELS:
        for other in LEVELS:
            if other > own:
                with pytest.raises(AccessDeniedError):
                    require_rank(Employee("e" * 24, "middle", "Bo", own), other)
            else:
                require_rank(Employee("e" * 24, "middle", "Bo", own), other)


def test_below_is_at_any_depth_and_never_oneself():
    assert [one for one in PARENTS if stands_below(one, "top", PARENTS)] == ["middle", "shop"]
    assert not stands_below("a", "c", {"a": "b", "b": "a"})
