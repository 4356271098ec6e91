import re
from urllib.parse import unquote

import pytest

from pbxtally.renderers.downloads import content_disposition
from renderers.reports import HOSTILE, report


def file_name(made):
    """What a client that knows RFC 5987 calls the download."""
    said = content_disposition(made)
    real = re.search("filename\\*=UTF-8''(.*)", said)
    return unquote(real[1]) if real else re.search('filename="(.*)"', said)[1]


def test_a_file_name_says_whose_calls_of_which_days_by_which_interval():
    assert file_name(report(format="CSV")) == "pbxtally-nordlys-2020-11-30-2020-12-20-week.csv"
    assert file_name(report(format="EXCEL", groupingInterval="HOUR")).endswith("-hour.xlsx")


def test_the_last_day_is_the_one_people_say():
    made = report(format="CSV", **{"from": "2020-01-01T00:00:00", "to": "2020-01-31T23:59:59"})
    assert file_name(made) == "pbxtally-nordlys-2020-01-01-2020-01-31-week.csv"


def test_days_are_those_of_the_zone_that_was_asked_for():
    made = report(timezone="Pacific/Auckland", **{"from": "2020-01-01T12:00:00Z", "to": "2020-01-01T12:59:59Z"})
    assert file_name(made) == "pbxtally-nordlys-2020-01-02-2020-01-02-week.json"


def test_a_name_in_ascii_is_all_a_client_needs():
    wanted = 'attachment; filename="pbxtally-nordlys-2020-11-30-2020-12-20-week.csv"'
    assert content_disposition(report(format="CSV")) == wanted


def test_other_letters_are_kept_beside_their_spelling_in_ascii():
    assert content_disposition(report(customer_name="Smørrebrød & Søn A/S", format="CSV")) == (
        'attachment; filename="pbxtally-smoerrebroed-soen-a-s-2020-11-30-2020-12-20-week.csv"; '
        "filename*=UTF-8''pbxtally-sm%C3%B8rrebr%C3%B8d-s%C3%B8n-a-s-2020-11-30-2020-12-20-week.csv"
    )


def test_a_name_without_a_letter_of_ascii_is_left_out_of_the_plain_one():
    made = report(customer_name="北光", format="EXCEL")
    assert content_disposition(made).startswith('attachment; filename="pbxtally-2020-11-30-2020-12-20-week.xlsx"; ')
    assert file_name(made) == "pbxtally-北光-2020-11-30-2020-12-20-week.xlsx"


@pytest.mark.parametrize(
    "name", [*HOSTILE, 'a"\r\nSet-Cookie: x=1', "../../etc/passwd", "å" * 10_000, "", "..", "北" * 99]
)
def test_no_customer_name_gets_out_of_the_header_or_the_folder(name):
    made = report(customer_name=name, format="CSV")
    plain = r'filename="pbxtally-[a-z0-9-]*2020-11-30-2020-12-20-week\.csv"'
    encoded = r"filename\*=UTF-8''pbxtally-[A-Za-z0-9%-]*2020-11-30-2020-12-20-week\.csv"
    assert re.fullmatch(f"attachment; {plain}(; {encoded})?", content_disposition(made))
    assert len(file_name(made).encode()) < 200
    assert not set(file_name(made)) & set('/\\:*?"<>|\r\n\t\x00\u202e')
