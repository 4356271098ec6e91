"""What every answer has: safe headers, gzip for who takes it, one line in the log."""

import pytest
import structlog

from pbxtally.web.app import ROUTES
from pbxtally.web.middleware import takes_gzip
from web.world import ANNA

URL = "/pbx/cdrstats"


def test_every_answer_has_safe_headers(anna):
    paths = [path for path, *_ in ROUTES]
    for path in [*paths, "/nothing", f"{URL}?from=x"]:
        headers = anna.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        if "/static/" not in path and path != "/favicon.ico":
            assert headers["cache-control"] == "no-store"


def test_an_answer_of_the_api_may_load_nothing_at_all(anna):
    for path in (URL, "/nothing", "/healthz", "/openapi.json"):
        assert anna.get(path).headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("accept", "takes"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0, *", False),
        ("notgzip", False),
    ],
)
def test_gzip_is_sent_to_who_says_so(accept, takes):
    assert takes_gzip(accept) is takes


def test_a_workbook_is_not_zipped_again_and_a_small_answer_is_not_either(anna):
    for path in (f"{URL}.xlsx", "/healthz"):
        assert "content-encoding" not in anna.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_a_request_leaves_one_line_without_what_stood_in_its_address(anna):
    with structlog.testing.capture_logs() as lines:
        anna.get(f"{URL}?from=2020-11-30&customer={'1' * 24}")
        anna.get("/nothing%0a%1b[31m?x=1")
    stats, nothing = lines
    assert {**stats, "milliseconds": 0, "bytes": 0} == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": URL,
        "status": 403,
        "milliseconds": 0,
        "bytes": 0,
        "address": "testclient",
        "employee": ANNA,
    }
    assert nothing["path"] == "/nothing%0A%1B%5B31m"
    assert nothing["employee"] is None
