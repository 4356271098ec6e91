"""What a provider says counts only if it is its own word, for us, now, and about our question."""

import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from pbxtally.errors import SignOnError
from pbxtally.sso import verified_address, verified_claims

KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "ours"})
KEYS = KeySet([KEY]).as_dict()
ISSUER, CLIENT = "https://id.example", "pbxtally"
GOOD = {"iss": ISSUER, "aud": CLIENT, "sub": "1", "nonce": "n"}


def signed(key=KEY, algorithm="RS256", **claims):
    now = int(time.time())
    return jwt.encode({"alg": algorithm, "kid": "ours"}, {**GOOD, "iat": now, "exp": now + 60, **claims}, key)


def check(token):
    return verified_claims(token, KEYS, ISSUER, CLIENT, "n")


def test_what_the_provider_signed_for_us_counts():
    assert check(signed())["sub"] == "1"
    assert check(signed(aud=[CLIENT, "other"], azp=CLIENT))["sub"] == "1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"aud": [CLIENT, "other"], "azp": "other"},
        {"nonce": "m"},
        {"nonce": None},
        {"exp": 1_606_780_800},
        {"sub": None},
    ],
    ids=str,
)
def test_a_word_of_another_provider_to_another_client_of_another_time_does_not(claims):
    with pytest.raises(SignOnError):
        check(signed(**claims))


@pytest.mark.parametrize("left_out", ["iss", "aud", "sub", "nonce", "exp"])
def test_a_word_with_something_left_out_does_not(left_out):
    now = int(time.time())
    claims = {**GOOD, "iat": now, "exp": now + 60}
    del claims[left_out]
    with pytest.raises(SignOnError):
        check(jwt.encode({"alg": "RS256", "kid": "ours"}, claims, KEY))


def test_a_word_signed_by_another_key_or_by_none_or_changed_on_the_way_does_not():
    head, body, _ = signed().split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    by_a_secret = signed(OctKey.generate_key(256, {"kid": "ours"}), "HS256")
    for token in (signed(OTHER), unsigned, f"{head}.{body}.", by_a_secret, "", "None", "a.b.c"):
        with pytest.raises(SignOnError):
            check(token)


def test_an_address_counts_only_if_the_provider_made_sure_of_it():
    assert verified_address({"email": "a@b.example", "email_verified": True}, "email") == "a@b.example"
    assert verified_address({"upn": "a@b.example", "email_verified": "true"}, "upn") == "a@b.example"
    for verified in (False, None, "false", 1.5, "yes"):
        with pytest.raises(SignOnError, match="verified"):
            verified_address({"email": "a@b.example", "email_verified": verified}, "email")
