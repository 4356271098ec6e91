"""Who guesses waits, longer each time; nobody waits for ever; a restart forgets nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from login.entrance import ANNA, HERE, MINUTE_MS, NOW_MS, PEOPLE, RIGHT, change
from pbxtally.errors import CredentialsInvalidError, TooManyAttemptsError
from pbxtally.login import Credentials, passwords, sign_in, throttle
from pbxtally.stores.people_store import PeopleStore

ANNAS = Credentials("anna@acme.example", RIGHT)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Comparing takes no time here: only what is right counts."""
    monkeypatch.setattr(passwords, "is_right", lambda password, kept: password == RIGHT and kept is not None)


def guess(store, now_ms, username="anna@acme.example", address=HERE):
    """Seconds to wait; None: it was compared, and wrong."""
    try:
        sign_in(store, Credentials(username, "wrong"), address, now_ms)
    except TooManyAttemptsError as told:
        return told.seconds
    except CredentialsInvalidError:
        return None
    raise AssertionError("got in")


@pytest.mark.parametrize("username", ["anna@acme.example", "nobody@acme.example"])
def test_after_five_wrong_passwords_each_wait_is_twice_the_one_before(store, username):
    assert [guess(store, NOW_MS, username) for _ in range(5)] == [None] * 5
    now_ms, waits = NOW_MS, []
    for _ in range(7):
        waits.append(guess(store, now_ms, username))
        now_ms += waits[-1] * 1000
        assert guess(store, now_ms, username) is None
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_an_hour_of_guessing_is_twelve_guesses_of_one_account(store):
    compared = sum(guess(store, NOW_MS + second * 1000) is None for second in range(0, 3600, 5))
    assert compared == 12


def test_waiting_holds_for_the_right_password_too_and_the_name_in_any_case(store):
    for _ in range(5):
        guess(store, NOW_MS)
    with pytest.raises(TooManyAttemptsError) as told:
        sign_in(store, Credentials(" ANNA@acme.example", RIGHT), HERE, NOW_MS + 1)
    assert (told.value.code, told.value.word, told.value.seconds) == (429, "time", 30)
    assert sign_in(store, ANNAS, HERE, NOW_MS + 30_000).employee.id == ANNA


def test_a_name_is_the_same_in_any_unicode_form(store):
    change(store, replace(PEOPLE[0], email_address="åse@acme.example"))
    for _ in range(5):
        assert guess(store, NOW_MS, "åse@acme.example") is None
    assert guess(store, NOW_MS, "a\N{COMBINING RING ABOVE}se@acme.example") == 30
    assert guess(store, NOW_MS, "\N{ANGSTROM SIGN}se@acme.example") == 30


def test_who_gets_in_begins_anew(store):
    for _ in range(4):
        guess(store, NOW_MS)
    sign_in(store, ANNAS, HERE, NOW_MS)
    assert [guess(store, NOW_MS) for _ in range(6)] == [None] * 5 + [30]


def test_a_restart_forgets_nothing(store):
    for _ in range(5):
        guess(store, NOW_MS)
    store.close()
    again = PeopleStore(store._engine.url.render_as_string(hide_password=False))
    assert guess(again, NOW_MS) == 30
    again.close()


def test_after_an_hour_of_rest_all_is_forgotten(store):
    for _ in range(5):
        guess(store, NOW_MS)
    assert [guess(store, NOW_MS + 61 * MINUTE_MS) for _ in range(6)] == [None] * 5 + [30]


@pytest.mark.parametrize("guesses", [1, 9])
@pytest.mark.parametrize("ahead_ms", [MINUTE_MS // 60, 50 * MINUTE_MS, 400 * 24 * 60 * MINUTE_MS])
def test_nobody_waits_because_the_clock_was_ahead_when_somebody_guessed(store, guesses, ahead_ms):
    now_ms = NOW_MS + ahead_ms
    for _ in range(guesses):
        now_ms += 1000 * (guess(store, now_ms) or 0)
    waits = [guess(store, NOW_MS) or 0 for _ in range(guesses)]
    assert max(waits) <= throttle.ACCOUNT.longest_ms // 1000
    assert waits[0] == 0 or guesses == 9


@pytest.mark.parametrize(
    ("addresses", "elsewhere"),
    [
        ([f"192.0.2.{n}" for n in range(30)], "192.0.3.1"),
        ([f"2001:db8::{n:x}" for n in range(30)], "2001:db8:0:1::1"),
        ([f"::ffff:192.0.2.{n}" for n in range(30)], "192.0.3.1"),
    ],
)
def test_a_neighbourhood_that_tries_many_names_waits_and_others_do_not(store, addresses, elsewhere):
    for number, address in enumerate(addresses):
        assert guess(store, NOW_MS, f"name{number}@acme.example", address) is None
    assert guess(store, NOW_MS, "another@acme.example", addresses[0]) == 1
    assert guess(store, NOW_MS, "another@acme.example", elsewhere) is None


def test_who_has_one_account_cannot_wash_a_neighbourhood_clean_with_it(store):
    for number in range(29):
        guess(store, NOW_MS, f"name{number}@acme.example")
        sign_in(store, ANNAS, HERE, NOW_MS)
    guess(store, NOW_MS, "last@acme.example")
    assert guess(store, NOW_MS, "one more@acme.example") == 1


def test_many_at_once_are_no_more_than_one_after_another(store):
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: guess(store, NOW_MS), range(20)))
    assert told.count(None) == 5


def test_no_name_that_was_tried_is_kept_for_it_may_be_a_password(store, tmp_path):
    guess(store, NOW_MS, "MyPassword77")
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"mypassword77" not in kept.lower()


def test_a_wait_never_grows_beyond_its_limit():
    assert [throttle.ACCOUNT.wait_ms(failures) for failures in (0, 4, 5, 6, 50, 10**9)] == [
        0,
        0,
        30_000,
        60_000,
        900_000,
        900_000,
    ]
