"""Addresses of databases: what one has to say, and what of it is shown."""

import pytest

from pbxtally.collectors.database import address_of, shown


@pytest.mark.parametrize(
    ("dsn", "wrong"),
    [
        ("master.db", "not an address such as mysql://USER:PASSWORD@HOST/DATABASE"),
        ("oracle://u:secret@h/d", "no database that can be read begins with oracle://"),
        ("mysql://u:secret@h", "the address names no database"),
        ("mysql://u:my@secret@h/d", "an address has one @; in the password @ is written %40"),
        ("postgresql://u:my@se/cret:secret@h/d", "an address has one @; in the password @ is written %40"),
        ("mysql://u:my@:secret@h/d", "not an address such as .*; in the password @ is written %40, : %3A"),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(dsn, wrong):
    with pytest.raises(ValueError, match=wrong) as why:
        address_of(dsn)
    assert "secret" not in str(why.value)


def test_an_address_is_shown_without_its_password():
    assert shown(address_of("mariadb://u:secret@h:3307/d")) == "mariadb://u@h:3307/d"
    assert shown(address_of("postgres://u:secret@h/d")) == "postgresql://u@h/d"
    assert shown(address_of("sqlite:////var/log/master.db")) == "sqlite:////var/log/master.db"
