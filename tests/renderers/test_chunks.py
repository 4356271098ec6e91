import pytest

from pbxtally.fields import Format
from pbxtally.renderers import MEDIA_TYPES, chunks
from renderers.reports import CREATED_MS, report, row


@pytest.mark.parametrize(
    ("form", "beginning"), [("JSON", b'[{"'), ("CSV", b"\xef\xbb\xbfemployeeName"), ("EXCEL", b"PK")]
)
def test_a_report_is_written_in_the_format_that_was_asked_for(form, beginning):
    made = report(row("Bo", "232", {"49": (1,)}), format=form, fields="employeeName,inboundCalls")
    assert b"".join(chunks(made, CREATED_MS)).startswith(beginning)


def test_every_format_has_a_media_type():
    assert set(MEDIA_TYPES) == set(Format)
