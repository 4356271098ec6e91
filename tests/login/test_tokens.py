"""Who is asking? Tokens as D24 wants them, kept in a real store."""

import re

import pytest
from sqlalchemy import func, select

from pbxtally import login
from pbxtally.errors import (
    CredentialsInvalidError,
    ExpiredError,
    InvalidFieldError,
    NotFoundError,
    WrongAddressError,
)
from pbxtally.people import AccessLevel, Customer, Employee, EmployeeState, KnownToken
from pbxtally.stores.people_store import PeopleStore
from pbxtally.stores.people_tables import TOKEN

ACME, ANNA = "a0" * 12, "0a" * 12
NOW_MS = 1_600_000_000_000


@pytest.fixture
def store(people_url):
    store = PeopleStore(people_url)
    with store.change() as change:
        change.keep_customers([Customer(ACME, "Acme")])
    keep_anna(store, AccessLevel.VIEWER)
    yield store
    store.close()


def keep_anna(store, level, state=EmployeeState.ENABLED):
    with store.change() as change:
        change.keep_employees([Employee(ANNA, ACME, "Anna", level, state)])


def token_with(store, **limits):
    """A token with an end or an address, as they are kept."""
    body = "pbxt_" + "5e" * 32
    token = body + login.tokens._checksum(body)
    store.keep_token(KnownToken(login.fingerprint(token), ANNA, token[:11], NOW_MS, **limits))
    return token


def test_a_token_opens_as_its_employee(store):
    token = login.make_token(store, ANNA.upper(), NOW_MS)
    assert login.employee_of_token(store, token, NOW_MS, None) == Employee(ANNA, ACME, "Anna", AccessLevel.VIEWER)


def test_a_token_can_be_told_and_is_never_the_same(store):
    tokens = {login.make_token(store, ANNA, NOW_MS) for _ in range(20)}
    assert len(tokens) == 20
    assert all(re.fullmatch(r"pbxt_[0-9a-f]{72}", token) for token in tokens)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_store_keeps_no_token_but_its_hash_and_its_beginning(store, tmp_path):
    token = login.make_token(store, ANNA, NOW_MS)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert login.fingerprint(token).encode() in kept
    assert token[:11].encode() in kept
    assert token[:16].encode() not in kept


def test_a_token_for_nobody_is_refused_by_the_id(store):
    with pytest.raises(NotFoundError, match="No employee has the id 999"):
        login.make_token(store, "999", NOW_MS)


@pytest.mark.parametrize(
    ("level", "state"),
    [
        (AccessLevel.ADMIN, EmployeeState.DISABLED),
        (AccessLevel.ADMIN, EmployeeState.DELETED),
    ],
)
def test_who_cannot_sign_in_gets_no_token_and_the_old_one_opens_nothing(store, level, state):
    token = login.make_token(store, ANNA, NOW_MS)
    keep_anna(store, level, state)
    with pytest.raises(CredentialsInvalidError):
        login.employee_of_token(store, token, NOW_MS, None)
    with pytest.raises(InvalidFieldError, match=f"Anna is {state}") as refused:
        login.make_token(store, ANNA, NOW_MS)
    assert refused.value.word == "employee"


@pytest.mark.parametrize("level", list(AccessLevel))
def test_everybody_else_may_have_one(store, level):
    keep_anna(store, level)
    assert login.employee_of_token(store, login.make_token(store, ANNA, NOW_MS), NOW_MS, None).access_level is level


@pytest.mark.parametrize("garbage", [None, "", "pbxt_", "x", "pbxt_" + "0" * 72, "æ" * 77, "\ud800", "0" * 100_000])
def test_what_is_no_token_of_ours_signs_nobody_in(store, garbage):
    with pytest.raises(CredentialsInvalidError):
        login.employee_of_token(store, garbage, NOW_MS, None)


def test_a_token_with_a_letter_changed_or_missing_is_nobody(store):
    token = login.make_token(store, ANNA, NOW_MS)
    for torn in (token[:-1], token[1:], token.upper(), token + " ", token[:20] + "g" + token[21:]):
        with pytest.raises(CredentialsInvalidError):
            login.employee_of_token(store, torn, NOW_MS, None)


def test_a_whole_token_that_was_not_made_here_is_nobody(store):
    body = "pbxt_" + "ab" * 32
    with pytest.raises(CredentialsInvalidError):
        login.employee_of_token(store, body + login.tokens._checksum(body), NOW_MS, None)


def test_a_revoked_token_is_nobody_at_once(store):
    token = login.make_token(store, ANNA, NOW_MS)
    store.revoke_token(login.fingerprint(token), NOW_MS)
    with pytest.raises(CredentialsInvalidError):
        login.employee_of_token(store, token, NOW_MS, None)


def test_a_token_is_over_at_the_moment_it_expires(store):
    token = token_with(store, expires_ms=NOW_MS + 1000)
    assert login.employee_of_token(store, token, NOW_MS + 999, None).id == ANNA
    with pytest.raises(ExpiredError):
        login.employee_of_token(store, token, NOW_MS + 1000, None)


def test_that_a_revoked_token_has_expired_is_not_told(store):
    token = token_with(store, expires_ms=NOW_MS)
    store.revoke_token(login.fingerprint(token), NOW_MS)
    with pytest.raises(CredentialsInvalidError):
        login.employee_of_token(store, token, NOW_MS + 1, None)


@pytest.mark.parametrize("address", ["192.0.2.7", "198.51.100.200", "::ffff:192.0.2.7", "2001:db8::1"])
def test_a_token_opens_from_its_addresses(store, address):
    token = token_with(store, ip_range="192.0.2.7, 198.51.100.9/24,2001:db8::/32")
    assert login.employee_of_token(store, token, NOW_MS, address).id == ANNA


@pytest.mark.parametrize("address", ["192.0.2.8", "198.51.101.1", "2001:db9::1", "::1", None, "", "testclient"])
def test_a_token_does_not_open_from_elsewhere(store, address):
    token = token_with(store, ip_range="192.0.2.7, 198.51.100.9/24,2001:db8::/32")
    with pytest.raises(WrongAddressError):
        login.employee_of_token(store, token, NOW_MS, address)


@pytest.mark.parametrize("ip_range", ["", "everywhere", "192.0.2.7/99"])
def test_an_address_list_that_says_nothing_opens_nowhere(store, ip_range):
    token = token_with(store, ip_range=ip_range)
    with pytest.raises(WrongAddressError):
        login.employee_of_token(store, token, NOW_MS, "192.0.2.7")


def test_a_session_that_ended_long_ago_is_forgotten_when_its_employee_signs_in_again(store):
    day_ms, rows = 24 * 3_600_000, select(func.count()).select_from(TOKEN)
    anna = store.employee(ANNA)
    lasting = login.start_session(store, anna, NOW_MS, persist=True)
    machine = login.make_token(store, ANNA, NOW_MS, NOW_MS + day_ms)
    sessions = [login.start_session(store, anna, NOW_MS + day * day_ms) for day in range(200)]
    with store._engine.connect() as connection:
        assert connection.scalar(rows) == 2 + 31
    now_ms = NOW_MS + 199 * day_ms
    assert (
        login.employee_of_token(store, lasting, now_ms, None).id
        == login.employee_of_token(store, sessions[-1], now_ms, None).id
        == ANNA
    )
    for token, error in [(sessions[0], CredentialsInvalidError), (sessions[-2], ExpiredError), (machine, ExpiredError)]:
        with pytest.raises(error):
            login.employee_of_token(store, token, now_ms, None)
