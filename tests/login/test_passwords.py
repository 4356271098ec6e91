"""Which passwords may be chosen, and how they are compared."""

import threading
import time

import pytest

from pbxtally.errors import InvalidFieldError
from pbxtally.login import passwords


@pytest.mark.parametrize(
    ("password", "lacks"),
    [
        ("Short7", "8 to 256 characters"),
        ("nocapital7", "an upper-case letter"),
        ("NOSMALL77", "a lower-case letter"),
        ("NoDigitHere", "a digit"),
        ("", "8 to 256 characters, an upper-case letter, a lower-case letter, a digit"),
        ("Aa1" + "x" * 254, "8 to 256 characters"),
        (None, "use text"),
    ],
)
def test_a_password_is_refused_with_what_it_lacks(password, lacks):
    with pytest.raises(InvalidFieldError) as refused:
        passwords.check_password(password)
    assert refused.value.word == "password"
    assert refused.value.description.endswith(lacks)


@pytest.mark.parametrize("password", ["Password1", "Passw0rd", "Qwerty123", "Charlie1", "Liverpool1", "Trustno1"])
def test_a_password_that_is_tried_first_is_refused(password):
    with pytest.raises(InvalidFieldError, match="one of the 30,000"):
        passwords.check_password(password)


def test_the_list_is_as_long_as_we_say():
    assert len(passwords._common()) == 30_000


def test_any_other_password_is_good_and_opens_only_as_itself():
    kept = passwords.hashed(passwords.check_password("Blåbær på 7 marker"))
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right("Blåbær på 7 marker", kept)
    assert passwords.is_right("Bla\u030abær på 7 marker", kept)
    assert not passwords.is_right("Blåbær på 7 Marker", kept)


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_where_no_password_is_kept_none_is_right(kept):
    assert not passwords.is_right("§", kept)
    assert not passwords.is_right("", kept)


def test_two_passwords_at_most_are_compared_at_once(monkeypatch):
    inside, most = [], []

    class Slow:
        def verify(self, kept, password):
            inside.append(password)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=passwords.is_right, args=("x", "kept")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert len(most) == 8
