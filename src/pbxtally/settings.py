"""Every setting, each with its sentence and default.

A setting's environment variable is `PBXTALLY_` and its name; its key in the data folder's `settings.toml` is its name.
The environment takes precedence over the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pbxtally.errors import InvalidFieldError

PREFIX = "PBXTALLY_"
DEFAULT_FOLDER = "pbxtally-data"
COLLECTORS = "collect"
"""The key of the table of collectors, each a table itself; `cli` checks them when `serve` starts."""

SMTP_SECURITIES = ("STARTTLS", "TLS", "NONE")
SECRETS = ("smtp_password", "sms_token", "oidc_client_secret", "metrics_token", "database")
"""Settings whose values are not shown when something is wrong with them."""


def _setting(default: Any, sentence: str) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs."""

    host: str = _setting("127.0.0.1", "Address that `serve` listens on.")
    port: int = _setting(8080, "Port that `serve` listens on.")
    database: str = _setting(
        "",
        "Database of people, as `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`; none: SQLite in the data folder.",
    )
    timezone: str = _setting("Europe/Copenhagen", "IANA zone of customers that have none of their own (D10).")
    language: str = _setting(
        "da", "Language whose alphabet sorts names (D18) and that pages speak, where a customer has none of its own."
    )
    address: str = _setting(
        "http://127.0.0.1:8080",
        "Address that people type; links in e-mails begin with it. With `https`, cookies go over TLS only.",
    )
    proxies: str = _setting(
        "",
        "Addresses of your own reverse proxies, separated by commas; only their `X-Forwarded-For` is believed.",
    )
    smtp_host: str = _setting("", "Mail server that links for new passwords are sent through; none: no e-mail is sent.")
    smtp_port: int = _setting(587, "Port of the mail server.")
    smtp_security: str = _setting("STARTTLS", "How the connection to it is encrypted: STARTTLS, TLS or NONE.")
    smtp_user: str = _setting("", "Name to sign in to it with; none: without signing in.")
    smtp_password: str = _setting("", "Password to sign in to it with.")
    smtp_from: str = _setting("", "Address that e-mails come from; needed to send any.")
    sms_url: str = _setting(
        "", "SMS gateway that codes are sent through: it gets `{to, text}` by POST, as JSON; none: no SMS is sent."
    )
    sms_token: str = _setting("", "Token for the gateway, sent as `Authorization: Bearer`; none: without one.")
    oidc_issuer: str = _setting(
        "", "OpenID provider that people may sign in at, exactly as it calls itself; none: no single sign-on."
    )
    oidc_client_id: str = _setting("", "Client id of this installation at the provider.")
    oidc_client_secret: str = _setting("", "Client secret of this installation at the provider.")
    oidc_claim: str = _setting("email", "Claim that holds the e-mail address; `email_verified` has to be true as well.")
    oidc_name: str = _setting("single sign-on", "What people call the provider: the button says `Sign in with …`.")
    metrics_token: str = _setting("", "Token that opens `/metrics`, of 16 characters or more; none: nothing does.")
    journal_days: int = _setting(
        30, "Days that deliveries stay in the journal, once they are counted and in a backup; without one they stay."
    )
    memory: str = _setting("2GB", "Memory that counting may use; more goes to disk.")
    threads: int = _setting(os.cpu_count() or 2, "Processor threads that counting may use; all by default.")
    query_seconds: int = _setting(
        30, "Longest time in seconds that counting for one question may take; taking records in has no such limit."
    )


def data_folder(chosen: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """`--data`, else `PBXTALLY_DATA`, else `./pbxtally-data`."""
    return Path(chosen or environment.get(PREFIX + "DATA") or DEFAULT_FOLDER)


def load_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a data folder; InvalidFieldError names the one that is wrong and where it is set."""
    said = {name: value for name, value in _said(folder).items() if name != COLLECTORS}
    known = {one.name: one for one in fields(Settings)}
    for name in said:
        if name not in known:
            names = ", ".join(known)
            raise InvalidFieldError(name, f"settings.toml knows no such setting - use {names} or [{COLLECTORS}.NAME]")
    for name in known:
        if PREFIX + name.upper() in environment:
            said[name] = environment[PREFIX + name.upper()]
    return Settings(**{name: _value(name, known[name].default, value) for name, value in said.items()})


def collector_tables(folder: Path) -> object:
    """What `settings.toml` says about collectors, not checked yet."""
    return _said(folder).get(COLLECTORS, {})


def _said(folder: Path) -> dict[str, Any]:
    file = folder / "settings.toml"
    try:
        return tomllib.loads(file.read_text("utf-8-sig")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise InvalidFieldError("settings.toml", f"not TOML: {why}") from None


def _value(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, int):
        if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
            raise InvalidFieldError(name, f"{value!r} is not a whole number")
        value = int(value)
    elif name != "memory" and (not isinstance(value, str) or not value):
        raise InvalidFieldError(name, f"{'it' if name in SECRETS else repr(value)} is not a text")
    wrong = _what_is_wrong(name, value)
    if wrong:
        raise InvalidFieldError(name, f"{'it' if name in SECRETS else repr(value)} is {wrong}")
    return value


def _what_is_wrong(name: str, value: Any) -> str:
    """Why a setting cannot have this value, or ""."""
    match name:
        case "port" if value > 65_535:
            return "not a port - use 0 to 65535"
        case "threads" | "query_seconds" if value < 1:
            return "too few - use 1 or more"
        case "memory" if not re.fullmatch(r"\d{1,9}(\.\d+)? ?[KMGT]i?B", str(value), re.IGNORECASE):
            return "not an amount of memory such as 2GB"
        case "language" if not _is_language(value):
            return "not a language code such as da"
        case "smtp_security" if value not in SMTP_SECURITIES:
            return f"none of {', '.join(SMTP_SECURITIES)}"
        case "address" if not value.startswith(("http://", "https://")):
            return "not an address - begin with http:// or https://"
        case "oidc_issuer" | "sms_url" if not _is_private(value):
            return "not private - begin with https://"
        case "metrics_token" if len(value) < 16:
            return "too short to be a secret - use 16 characters or more"
        case "proxies" if not _are_networks(value):
            return "not a list of addresses and networks, such as 127.0.0.1"
        case "timezone" if not _is_zone(value):
            return "not an IANA zone such as Europe/Copenhagen"
    return ""


def _is_private(address: str) -> bool:
    """Whether nobody on the way can eavesdrop: over TLS, or on this machine."""
    return address.startswith(("https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"))


def _are_networks(text: str) -> bool:
    try:
        return bool([ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip()])
    except ValueError:
        return False


def _is_language(code: str) -> bool:
    from pbxtally.people import LANGUAGE

    return LANGUAGE.fullmatch(code) is not None


def _is_zone(name: str) -> bool:
    from pbxtally.reader import find_zone

    return find_zone(name) is not None
