"""An OpenID provider in a process of its own: `python provider.py PORT`.

It admits only registered clients, and requires PKCE of them.
"""

import io
import os
import sys
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import uvicorn


class HoldsToPkce:
    """The provider; a code can only be redeemed with the verifier of its challenge (RFC 7636)."""

    def __init__(self, inner):
        self.inner, self.challenges = inner, {}

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/oauth2/token" and not self.is_whole(environ):
            start_response("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        asked = parse_qs(environ.get("QUERY_STRING", ""))

        def remember(status, headers, *more):
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code")
            if code and asked.get("code_challenge_method") == ["S256"]:
                self.challenges[code[0]] = asked["code_challenge"][0]
            return start_response(status, headers, *more)

        return self.inner(environ, remember)

    def is_whole(self, environ):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        digest = sha256(given.get("code_verifier", "").encode()).digest()
        return self.challenges.get(given.get("code")) == urlsafe_b64encode(digest).rstrip(b"=").decode()


if __name__ == "__main__":
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    app = HoldsToPkce(oidc_provider_mock.app(require_client_registration=True, require_nonce=True))
    uvicorn.run(app, interface="wsgi", port=int(sys.argv[1]), log_level="warning")
