"""FreePBX's usual dial plans: its rows above, what they are for each extension below. Made-up numbers and names."""

import pytest

from pbxtally.calls import Numbering
from sources.asterisk_rows import ASTERISK, csv_line

NUMBERING = Numbering(directory=frozenset({"101", "102", "103"}), trunks=frozenset({"trunk"}))
TRUNK = "PJSIP/trunk-00000001"
NEVER, TEN = "", "2020-12-01 10:00:10"
WIRE, SECOND = "Local/4599000009@from-internal-00000001", "Local/FMPR-102@from-internal-00000002"
TO_TRUNK = {"dstchannel": "PJSIP/trunk-00000003", "lastdata": "PJSIP/4599000009@trunk,300"}
FROM_TRUNK = {"channel": TRUNK, "src": "4599000001"}
TO_VOICEMAIL = {"dstchannel": "", "lastapp": "VoiceMail", "answer": "2020-12-01 10:00:00", "billsec": "65"}


def story(*rows):
    lines = [csv_line(**{"sequence": str(place), **row}) for place, row in enumerate(rows)]
    return ASTERISK.story(*lines, numbering=NUMBERING)


@pytest.mark.parametrize(("greeting", "outcome"), [("u", "unanswered, voicemail"), ("b", "busy, voicemail")])
def test_a_call_for_a_phone_that_could_not_be_rung_went_to_its_voicemail_unanswered(greeting, outcome):
    mailbox = {**TO_VOICEMAIL, "lastdata": f"102@default,{greeting}"}
    assert story({**FROM_TRUNK, **mailbox}) == [f"102 IN outside: {outcome}, rang 0 s, talked 0 s"]
    assert [one.partition(", rang")[0] for one in story(mailbox)] == [
        f"101 OUT local: {outcome.removesuffix(', voicemail') if greeting == 'b' else outcome}",
        f"102 IN local: {outcome}",
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"dst": "*102", "lastdata": "102@default,u"},
        {"dst": "600", "lastdata": "600@default,u"},
        {"dst": "101", "lastdata": "101@default,u"},
    ],
)
def test_voicemail_by_a_feature_code_of_a_group_or_ones_own_is_nobodys_call(row):
    assert story({**TO_VOICEMAIL, **row}) == []


def test_voicemail_after_the_phone_rang_is_told_by_the_phone():
    rang = {**FROM_TRUNK, "answer": NEVER, "end": TEN, "duration": "10", "billsec": "0", "disposition": "BUSY"}
    mailbox = {**FROM_TRUNK, **TO_VOICEMAIL, "start": TEN, "answer": TEN, "lastdata": "102@default,u"}
    assert story(rang, mailbox) == ["102 IN outside: busy, voicemail, rang 10 s, talked 0 s"]


def test_a_call_forwarded_to_a_mobile_is_that_of_the_extension_that_was_dialled():
    near = {**FROM_TRUNK, "dstchannel": f"{WIRE};1", "lastdata": "Local/4599000009@from-internal,,tr"}
    far = {"channel": f"{WIRE};2", **TO_TRUNK, "src": "4599000001"}
    assert story(near, far) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]
    assert story({**near, "dst": "600"}, far) == []


def test_a_call_that_the_mobile_took_while_the_phone_rang_is_that_extensions():
    both = "Local/FMPR-102@from-internal&Local/4599000009@from-internal,20"
    lost = {"answer": NEVER, "end": "2020-12-01 10:00:05", "duration": "5", "billsec": "0", "disposition": "NO ANSWER"}
    call = [
        {**FROM_TRUNK, "dstchannel": f"{SECOND};1", "lastdata": both, **lost},
        {**FROM_TRUNK, "dstchannel": f"{WIRE};1", "lastdata": both},
        {"channel": f"{SECOND};2", "src": "4599000001", **lost},
        {"channel": f"{WIRE};2", **TO_TRUNK, "src": "4599000001"},
    ]
    assert story(*call) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]
