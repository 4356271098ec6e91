"""What `serve` makes of the settings of single sign-on."""

import sys

import pytest

from pbxtally.cli.serve import provider_of
from pbxtally.errors import InvalidFieldError
from pbxtally.settings import Settings, load_settings

WHOLE = {"oidc_issuer": "https://id.example", "oidc_client_id": "calls", "oidc_client_secret": "hush"}


def test_the_provider_is_told_to_send_people_back_to_the_address_they_type():
    provider = provider_of(Settings(**WHOLE, address="https://calls.example/pbx/"))
    assert provider.callback == "https://calls.example/pbx/auth/oidc/callback"
    assert "hush" not in repr(provider)
    assert provider_of(Settings()) is None


@pytest.mark.parametrize("left_out", ["oidc_client_id", "oidc_client_secret"])
def test_what_is_left_out_is_named_before_anybody_tries_to_sign_in(left_out):
    with pytest.raises(InvalidFieldError, match="needed for single sign-on"):
        provider_of(Settings(**{**WHOLE, left_out: ""}))


def test_without_the_extra_the_server_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "pbxtally.sso", raising=False)
    monkeypatch.setitem(sys.modules, "authlib.integrations.httpx_client", None)
    with pytest.raises(InvalidFieldError, match="install pbxtally with its extra sso"):
        provider_of(Settings(**WHOLE))


def test_a_provider_that_others_could_listen_to_is_refused(tmp_path):
    with pytest.raises(InvalidFieldError, match="begin with https://"):
        load_settings(tmp_path, {"PBXTALLY_OIDC_ISSUER": "http://id.example"})
