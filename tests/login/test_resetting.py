"""Links to set a password: used once, for a while, and they tell nobody who exists."""

from dataclasses import replace

import pytest

from login.entrance import ACME, ANNA, BO, HERE, MINUTE_MS, NOW_MS, PEOPLE, RESELLER, RIGHT, actions, change, code_of
from pbxtally.errors import CredentialsInvalidError, InvalidFieldError, TooManyAttemptsError
from pbxtally.login import (
    Credentials,
    ask_for_link,
    confirm,
    employee_of_token,
    enrol,
    link_for,
    make_link,
    make_token,
    sign_in,
    use_link,
)
from pbxtally.login.tokens import fingerprint
from pbxtally.people import AccessLevel, EmployeeState

NEW = "Vinterhus8 i skoven"


def test_a_link_sets_a_password_once(store):
    key = make_link(store, BO, NOW_MS)
    assert use_link(store, key, NEW, HERE, NOW_MS).id == BO
    assert sign_in(store, Credentials("bo@acme.example", NEW), HERE, NOW_MS).employee.id == BO
    with pytest.raises(InvalidFieldError, match="already used"):
        use_link(store, key, RIGHT, HERE, NOW_MS)
    assert actions(store, ACME) == ["RESET_ASKED", "PASSWORD_SET", "LOGGED_IN"]


def test_a_password_that_may_not_be_chosen_does_not_use_the_link_up(store):
    key = make_link(store, BO, NOW_MS)
    with pytest.raises(InvalidFieldError) as refused:
        use_link(store, key, "Password1", HERE, NOW_MS)
    assert refused.value.word == "password"
    assert use_link(store, key, NEW, HERE, NOW_MS).id == BO


def test_a_new_password_ends_sessions_and_other_links_but_no_machine(store):
    session = sign_in(store, Credentials("anna@acme.example", RIGHT), HERE, NOW_MS).token
    machine = make_token(store, ANNA, NOW_MS)
    other, key = make_link(store, ANNA, NOW_MS), make_link(store, ANNA, NOW_MS)
    use_link(store, key, NEW, HERE, NOW_MS)
    assert employee_of_token(store, machine, NOW_MS, HERE).id == ANNA
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, session, NOW_MS, HERE)
    with pytest.raises(InvalidFieldError):
        use_link(store, other, NEW, HERE, NOW_MS)


def test_a_mailed_link_is_good_for_an_hour(store):
    employee, key = link_for(store, "Anna@acme.example", HERE, NOW_MS)
    assert employee.id == ANNA
    with pytest.raises(InvalidFieldError):
        use_link(store, key, NEW, HERE, NOW_MS + 60 * MINUTE_MS)
    assert use_link(store, key, NEW, HERE, NOW_MS + 60 * MINUTE_MS - 1).id == ANNA


@pytest.mark.parametrize("username", ["anna@acme.example", "nobody@acme.example"])
def test_a_link_may_be_asked_for_every_half_hour_whoever_it_is(store, username):
    ask_for_link(store, username, HERE, NOW_MS)
    with pytest.raises(TooManyAttemptsError) as told:
        ask_for_link(store, username.upper(), HERE, NOW_MS + 10 * MINUTE_MS)
    assert told.value.seconds == 20 * 60
    ask_for_link(store, username, HERE, NOW_MS + 30 * MINUTE_MS)


def test_who_cannot_sign_in_or_has_no_mailbox_gets_no_link(store):
    change(store, replace(PEOPLE[0], state=EmployeeState.DISABLED))
    change(store, replace(PEOPLE[1], email_address="reception"))
    assert link_for(store, "anna@acme.example", HERE, NOW_MS) is None
    assert link_for(store, "reception", HERE, NOW_MS) is None
    with pytest.raises(InvalidFieldError, match="cannot sign in"):
        make_link(store, ANNA, NOW_MS)


@pytest.mark.parametrize(
    "now",
    [
        replace(PEOPLE[1], access_level=AccessLevel.OWNER),
        replace(PEOPLE[1], email_address="bo@elsewhere.example"),
        replace(PEOPLE[1], organization_resellers=(RESELLER,)),
    ],
)
def test_a_link_lapses_where_it_would_open_more_or_was_for_another_address(store, now):
    key = make_link(store, BO, NOW_MS)
    change(store, replace(PEOPLE[1], title="Head of sales"))
    assert store.link(fingerprint(key), NOW_MS) == BO
    change(store, now)
    with pytest.raises(InvalidFieldError, match="ask for a new one"):
        use_link(store, key, NEW, HERE, NOW_MS)


def test_who_comes_back_after_deletion_has_to_begin_anew(store):
    given = Credentials("anna@acme.example", RIGHT)
    kept = [make_token(store, ANNA, NOW_MS), sign_in(store, given, HERE, NOW_MS, persist=True).token]
    enrol(store, PEOPLE[0])
    confirm(store, PEOPLE[0], code_of(store, ANNA, NOW_MS), NOW_MS)
    key = make_link(store, ANNA, NOW_MS)
    change(store, replace(PEOPLE[0], state=EmployeeState.DELETED))
    change(store, PEOPLE[0])
    for one in kept:
        with pytest.raises(CredentialsInvalidError):
            employee_of_token(store, one, NOW_MS, HERE)
    with pytest.raises(CredentialsInvalidError):
        sign_in(store, given, HERE, NOW_MS)
    with pytest.raises(InvalidFieldError):
        use_link(store, key, NEW, HERE, NOW_MS)
    use_link(store, make_link(store, ANNA, NOW_MS), NEW, HERE, NOW_MS)
    assert sign_in(store, Credentials("anna@acme.example", NEW), HERE, NOW_MS).employee.id == ANNA


@pytest.mark.parametrize("key", ["", "pbxr_", "pbxr_" + "0" * 64, "\ud800"])
def test_a_key_that_was_not_made_here_opens_nothing(store, key):
    with pytest.raises(InvalidFieldError) as refused:
        use_link(store, key, NEW, HERE, NOW_MS)
    assert refused.value.word == "key"


def test_before_the_answer_is_out_nothing_is_done_that_only_a_known_name_needs(store):
    ask_for_link(store, "anna@acme.example", HERE, NOW_MS)
    assert actions(store, ACME) == []
    link_for(store, "anna@acme.example", HERE, NOW_MS)
    assert actions(store, ACME) == ["RESET_ASKED"]
