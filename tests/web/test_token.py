"""Where a token may stand, which of several counts, and that it never stands in a log (D24)."""

from base64 import b64encode
from zlib import crc32

import pytest
import structlog

from pbxtally.login import fingerprint, make_token
from pbxtally.people import KnownToken
from web.world import ANNA, NOW_MS, RETIRED, TARO

URL = "/pbx/cdrstats"
CHALLENGES = ['Bearer realm="pbxtally"', 'Basic realm="pbxtally", charset="UTF-8"']


def basic(token, name="excel"):
    return {"Authorization": "Basic " + b64encode(f"{name}:{token}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def cookie(token):
    return {"Cookie": f"theme=dark; token={token}", "Content-Type": "application/json"}


def whole(digit):
    """A token whose checksum fits."""
    body = "pbxt_" + digit * 64
    return f"{body}{crc32(body.encode()):08x}"


@pytest.fixture
def token(world):
    return world.tokens[ANNA]


def numbers(answer):
    assert answer.status_code == 200
    return len(answer.json())


def test_a_token_may_stand_in_four_places(stranger, token):
    for headers in (
        bearer(token),
        basic(token),
        basic(token, ""),
        cookie(token),
        {"authorization": f"bEARER  {token}"},
    ):
        assert numbers(stranger.post(URL, headers=headers)) == 2
        assert numbers(stranger.get(URL, headers=headers)) == 2
    assert numbers(stranger.post(f"{URL}?token={token}")) == 2
    assert numbers(stranger.get(f"{URL}?token={token}")) == 2


def test_the_first_place_with_a_token_counts_even_if_it_is_a_wrong_one(stranger, world, token):
    """Taro's company has one extension, Anna's has two."""
    taro = world.tokens[TARO]
    assert numbers(stranger.get(f"{URL}?token={taro}", headers=bearer(token))) == 2
    assert numbers(stranger.get(f"{URL}?token={taro}", headers=cookie(token))) == 1
    assert stranger.get(f"{URL}?token={token}", headers=bearer("wrong")).status_code == 401
    assert stranger.get(f"{URL}?token=wrong", headers=cookie(token)).status_code == 401


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic", "Basic !", "Basic Og==", "Basic /w==", "Digest x", "pbxt_1"]
)
def test_a_header_without_a_token_is_passed_over(stranger, token, value):
    assert numbers(stranger.get(f"{URL}?token=&token={token}", headers={"Authorization": value})) == 2


@pytest.mark.parametrize("token", [None, "", "pbxt_" + "0" * 72, "pbxt_", "x" * 5000, "ø", "' OR 1=1 --", "a b"])
def test_without_a_known_token_it_is_401_and_says_how_to_sign_in(stranger, token):
    answer = stranger.get(URL, params={} if token is None else {"token": token})
    assert answer.status_code == 401
    assert answer.json()["message"] == "credentials_invalid"
    assert answer.headers.get_list("www-authenticate", split_commas=False) == CHALLENGES


def test_a_revoked_token_and_one_of_somebody_who_left_look_like_an_unknown_one(stranger, world):
    revoked = make_token(world.people, ANNA, NOW_MS)
    assert stranger.get(URL, headers=bearer(revoked)).status_code == 200
    world.people.revoke_token(fingerprint(revoked), NOW_MS)
    answers = [stranger.get(URL, headers=bearer(one)) for one in (revoked, world.tokens[RETIRED], "unknown")]
    assert {one.status_code for one in answers} == {401}
    assert len({one.content for one in answers}) == 1


def test_a_token_that_is_over_and_one_from_elsewhere_are_told_apart(stranger, world):
    over, bound = whole("3"), whole("4")
    keep = world.people.keep_token
    keep(KnownToken(fingerprint(over), ANNA, over[:11], NOW_MS, expires_ms=NOW_MS))
    keep(KnownToken(fingerprint(bound), ANNA, bound[:11], NOW_MS, ip_range="192.0.2.0/24"))
    assert stranger.get(URL, headers=bearer(over)).json()["message"] == "expired"
    forged = {**bearer(bound), "X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}
    assert stranger.get(URL, headers=forged).json()["message"] == "invalid_token"


@pytest.mark.parametrize("said", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_request_signed_in_by_cookie_has_to_say_that_its_body_is_json(stranger, token, said):
    headers = {"Cookie": f"token={token}", **({"Content-Type": said} if said else {})}
    answer = stranger.post(URL, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (415, "media_type")
    headers["Content-Type"] = "Application/JSON; charset=utf-8"
    assert stranger.post(URL, content=b"{}", headers=headers).status_code == 200


def test_two_content_types_are_not_one(stranger, token):
    headers = [("Cookie", f"token={token}"), ("Content-Type", "application/json"), ("Content-Type", "text/plain")]
    assert stranger.post(URL, content=b"{}", headers=headers).status_code == 415


def test_a_token_never_stands_in_the_log(stranger, token, world, monkeypatch, capfd):
    with structlog.testing.capture_logs() as lines:
        for headers in (bearer(token), basic(token), cookie(token)):
            stranger.get(URL, headers=headers)
        stranger.get(f"{URL}?token={token}")
        stranger.get(f"{URL}/{token}")
        stranger.post(f"{URL}?token={token}", content=b"{")
        stranger.get(f"/?token={token}")
        monkeypatch.setattr(world.people, "token", _fail_with(token))
        assert stranger.get(f"{URL}?token={token}").status_code == 500
    assert len(lines) == 9
    assert token[:16] not in repr(lines)
    assert token[16:40] not in repr(lines) + "".join(capfd.readouterr())
    assert lines[0]["employee"] == ANNA


def _fail_with(token):
    def fail(token_hash):
        raise ValueError(f"cannot look for {token}")

    return fail
