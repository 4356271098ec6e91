"""Single sign-on: ask an OpenID provider who somebody is (OpenID Connect Core 1.0, authorization code with PKCE).

What the provider says counts only if it is signed with one of its keys, is meant for us, has not expired, and answers
the very question this browser was sent with. No message contains the secret or a token.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pbxtally.errors import BusyError, SignOnError

PATIENCE_SECONDS = 5
LEEWAY_SECONDS = 60
KNOWN_SECONDS = 3600
"""How long the provider's addresses are cached; its keys are fetched each time, since they change."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Public-key algorithms only: our own secret must not sign anything."""

DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser was sent to the provider with, and must bring back."""

    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Provider:
    """An OpenID provider; `claim` holds the e-mail address, `callback` is where browsers return to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    name: str
    callback: str
    _known: tuple[float, dict[str, Any]] | None = field(default=None, repr=False)

    @staticmethod
    def question(state: str, nonce: str, verifier: str) -> Question:
        """A question made again from what a browser kept."""
        return Question(state, nonce, verifier)

    def ask(self) -> tuple[str, Question]:
        """The address to send a browser to, and the question."""
        question = Question(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._client() as client:
            where = self._addresses(client)["authorization_endpoint"]
            url, _ = client.create_authorization_url(
                where, question.state, code_verifier=question.verifier, nonce=question.nonce
            )
        return str(url), question

    def answer(self, given: Mapping[str, str], question: Question) -> str:
        """The e-mail address of whoever came back; SignOnError if the answer is not good."""
        if not secrets.compare_digest(given.get("state", "").encode(), question.state.encode()):
            raise SignOnError("The answer does not belong to this browser's request")
        if given.get("iss", self.issuer) != self.issuer:
            raise SignOnError("Another provider answered")
        if "error" in given or "code" not in given:
            raise SignOnError("The provider did not let you in")
        try:
            with self._client() as client:
                claims = self._claims(client, given["code"], question)
        except (httpx2.HTTPError, ValueError, KeyError) as why:
            raise self._unreachable(why) from None
        except OAuthError as why:
            raise SignOnError(f"The provider rejected its own code: {why.error}") from None
        return verified_address(claims, self.claim)

    def _claims(self, client: OAuth2Client, code: str, question: Question) -> Mapping[str, Any]:
        """What the provider says about somebody; its userinfo endpoint is asked if the ID token has no `claim`."""
        addresses = self._addresses(client)
        token = client.fetch_token(addresses["token_endpoint"], code=code, code_verifier=question.verifier)
        keys = self._get(client, addresses["jwks_uri"])
        claims = verified_claims(str(token.get("id_token")), keys, self.issuer, self.client_id, question.nonce)
        if self.claim in claims or "userinfo_endpoint" not in addresses:
            return claims
        more = _object(client.get(addresses["userinfo_endpoint"]))
        if more.get("sub") != claims["sub"]:
            raise SignOnError("The provider named two different people")
        return more

    def _addresses(self, client: OAuth2Client) -> dict[str, Any]:
        if self._known is not None and time.monotonic() < self._known[0]:
            return self._known[1]
        try:
            found = self._get(client, self.issuer.rstrip("/") + DISCOVERY)
        except (httpx2.HTTPError, ValueError) as why:
            raise self._unreachable(why) from None
        if found.get("issuer") != self.issuer or "authorization_endpoint" not in found:
            raise BusyError(f"{self.issuer} is another provider, or none - check the setting oidc_issuer")
        self._known = (time.monotonic() + KNOWN_SECONDS, found)
        return found

    def _get(self, client: OAuth2Client, url: str) -> dict[str, Any]:
        return _object(client.request("GET", url, withhold_token=True))

    def _unreachable(self, why: Exception) -> BusyError:
        return BusyError(f"The provider {self.issuer} gave an unexpected answer: {type(why).__name__}")

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            self.client_secret,
            scope="openid email profile",
            redirect_uri=self.callback,
            code_challenge_method="S256",
            timeout=PATIENCE_SECONDS,
        )


def verified_claims(
    id_token: str, keys: Mapping[str, Any], issuer: str, client_id: str, nonce: str
) -> Mapping[str, Any]:
    """What an ID token says, if it is the provider's, for us, currently valid, and the answer to our question."""
    options: Any = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(token.claims, token.header, options, {"nonce": nonce, "client_id": client_id})
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as why:
        raise SignOnError(f"The provider's answer is invalid: {type(why).__name__}") from None
    return dict(token.claims)


def verified_address(claims: Mapping[str, Any], claim: str) -> str:
    """The e-mail address, if the provider verified that it is theirs: otherwise anybody could claim anybody's."""
    address = claims.get(claim)
    if not isinstance(address, str) or not address.strip():
        raise SignOnError(f"The provider gave no {claim}")
    if claims.get("email_verified") not in (True, "true"):
        raise SignOnError("The provider does not say that the e-mail address is verified")
    return address


def _object(response: httpx2.Response) -> dict[str, Any]:
    found = response.raise_for_status().json()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
