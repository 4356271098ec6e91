"""Where a setting is said, what wins, and what is wrong with it."""

from dataclasses import fields
from pathlib import Path

import pytest

from pbxtally.errors import InvalidFieldError
from pbxtally.settings import Settings, data_folder, load_settings


def said(tmp_path, file="", **environment):
    (tmp_path / "settings.toml").write_text(file, "utf-8")
    return load_settings(tmp_path, {f"PBXTALLY_{name}": value for name, value in environment.items()})


def wrong(tmp_path, file="", **environment):
    with pytest.raises(InvalidFieldError) as why:
        said(tmp_path, file, **environment)
    return why.value.word, why.value.description


def test_where_nothing_is_said_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path, {}) == Settings()
    assert (Settings().host, Settings().port, Settings().timezone) == ("127.0.0.1", 8080, "Europe/Copenhagen")


def test_the_file_in_the_data_folder_is_read(tmp_path):
    settings = said(tmp_path, 'timezone = "Asia/Tokyo"\nport = 9000\nlanguage = "de"')
    assert (settings.timezone, settings.port, settings.language, settings.host) == (
        "Asia/Tokyo",
        9000,
        "de",
        "127.0.0.1",
    )


def test_the_environment_wins_over_the_file(tmp_path):
    settings = said(tmp_path, 'timezone = "Asia/Tokyo"\nport = 9000', PORT="9001")
    assert (settings.timezone, settings.port) == ("Asia/Tokyo", 9001)


def test_the_environment_alone_will_do(tmp_path):
    assert load_settings(tmp_path, {"PBXTALLY_QUERY_SECONDS": "5"}).query_seconds == 5


def test_what_is_ours_but_no_setting_is_left_alone(tmp_path):
    assert load_settings(tmp_path, {"PBXTALLY_DATA": "/somewhere", "OTHER_PORT": "1"}) == Settings()


def test_every_setting_has_a_sentence():
    sentences = [one.metadata["sentence"] for one in fields(Settings)]
    assert [one for one in sentences if not one.endswith(".")] == []


@pytest.mark.parametrize(
    ("file", "environment", "setting", "description"),
    [
        ("port = true", {}, "port", "True is not a whole number"),
        ('port = "80a"', {}, "port", "'80a' is not a whole number"),
        ("port = -1", {}, "port", "-1 is not a whole number"),
        ("port = 1.5", {}, "port", "1.5 is not a whole number"),
        ("port = 65536", {}, "port", "65536 is not a port - use 0 to 65535"),
        ("threads = 0", {}, "threads", "0 is too few - use 1 or more"),
        ("query_seconds = 0", {}, "query_seconds", "0 is too few - use 1 or more"),
        ("", {"PORT": ""}, "port", "'' is not a whole number"),
        ("", {"PORT": "²"}, "port", "'²' is not a whole number"),
        ("host = 1", {}, "host", "1 is not a text"),
        (
            'metrics_token = "watchman"',
            {},
            "metrics_token",
            "it is too short to be a secret - use 16 characters or more",
        ),
        ("smtp_password = 12345", {}, "smtp_password", "it is not a text"),
        ("", {"HOST": ""}, "host", "'' is not a text"),
        ('timezone = "Mars"', {}, "timezone", "'Mars' is not an IANA zone such as Europe/Copenhagen"),
        ("", {"TIMEZONE": "../x"}, "timezone", "'../x' is not an IANA zone such as Europe/Copenhagen"),
        ('language = "danish"', {}, "language", "'danish' is not a language code such as da"),
        (
            'proxies = "127.0.0.1, proxy.example"',
            {},
            "proxies",
            "'127.0.0.1, proxy.example' is not a list of addresses and networks, such as 127.0.0.1",
        ),
        ("memory = 4", {}, "memory", "4 is not an amount of memory such as 2GB"),
        ('memory = "lots"', {}, "memory", "'lots' is not an amount of memory such as 2GB"),
    ],
)
def test_a_wrong_value_is_told_by_the_settings_name(tmp_path, file, environment, setting, description):
    assert wrong(tmp_path, file, **environment) == (setting, description)


def test_a_setting_that_does_not_exist_is_told_with_those_that_do(tmp_path):
    setting, description = wrong(tmp_path, "colour = 1")
    assert setting == "colour"
    assert description.startswith("settings.toml knows no such setting - use host, port, ")
    assert description.endswith(", query_seconds or [collect.NAME]")


@pytest.mark.parametrize("content", [b"port = ", b"\xff"])
def test_a_file_that_is_no_toml_is_refused(tmp_path, content):
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(InvalidFieldError, match="not TOML") as why:
        load_settings(tmp_path, {})
    assert why.value.word == "settings.toml"


def test_a_file_with_the_mark_that_an_editor_on_windows_writes_is_read(tmp_path):
    (tmp_path / "settings.toml").write_bytes(b"\xef\xbb\xbfport = 8081\r\n")
    assert load_settings(tmp_path, {}).port == 8081


def test_the_data_folder_is_the_option_then_the_environment_then_the_default():
    said_there = {"PBXTALLY_DATA": "/there"}
    assert data_folder("/here", said_there) == Path("/here")
    assert data_folder(None, said_there) == Path("/there")
    assert data_folder(None, {"PBXTALLY_DATA": ""}) == data_folder(None, {}) == Path("pbxtally-data")
