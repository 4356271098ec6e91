"""A request as the tests' customer makes it, and the error it gets."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pbxtally.errors import InvalidFieldError
from pbxtally.query import Asker, parse_query

OWN, OTHER = "12345678901234567890abcd", "f" * 24
BO, IDA = "5450f1834b75ff21032563a1", "534bf567221eb20000136767"
COPENHAGEN, KATHMANDU = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Asia/Kathmandu")
ZONES = {OWN: COPENHAGEN, OTHER: KATHMANDU}


def ms(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


ASKER = Asker(OWN, ms("2020-12-23T09:00"), lambda customer: ZONES.get(customer, COPENHAGEN))


def ask(*, as_text=False, **members):
    return parse_query(members, ASKER, as_text=as_text)


def period(since=None, until=None, as_text=False, **members):
    query = ask(**{"from": since, "to": until}, **members, as_text=as_text)
    return query.period.since_ms, query.period.until_ms


def complaint(*, as_text=False, **members):
    with pytest.raises(InvalidFieldError) as caught:
        ask(as_text=as_text, **members)
    assert caught.value.code == 422
    return caught.value.word, caught.value.description
