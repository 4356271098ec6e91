"""`people reset`: the link to a first or a new password."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from copies import filled
from login.entrance import ACME, ANNA, HERE, NOW_MS, PEOPLE, actions, change, code_of, fill, open_store
from pbxtally.cli import cli
from pbxtally.errors import NotFoundError
from pbxtally.login import confirm, enrol, has_authenticator, use_link

LINK = r"https://calls\.example\.com/calls/new-password\?key=(pbxr_[0-9a-f]{64})\n"


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path, _fill)
    return tmp_path


def _fill(folder):
    store = open_store(folder)
    fill(store)
    enrol(store, PEOPLE[0])
    confirm(store, PEOPLE[0], code_of(store, ANNA, NOW_MS), NOW_MS)
    store.close()
    (folder / "settings.toml").write_text('address = "https://calls.example.com/calls/"\n')


@pytest.mark.parametrize(("more", "stays"), [((), True), (("--authenticator",), False)])
def test_the_link_it_prints_sets_a_password(folder, more, stays):
    done = CliRunner().invoke(cli, ["people", "reset", ANNA.upper(), *more, "--data", str(folder)])
    [key] = re.fullmatch(LINK, done.output).groups()
    store = open_store(folder)
    assert has_authenticator(store, PEOPLE[0]) is stays
    now_ms = store.audit(ACME, 0, 1)[1][0].at_ms
    assert use_link(store, key, "Vinterhus8 i skoven", HERE, now_ms + 23 * 3_600_000).id == ANNA
    assert actions(store, ACME) == ["RESET_ASKED", *([] if stays else ["AUTHENTICATOR_RESET"]), "PASSWORD_SET"]
    assert all(line.detail.startswith("by a command of ") for line in store.audit(ACME, 1, 9)[1])
    store.close()


def test_a_link_for_who_has_no_name_to_sign_in_with_is_printed_and_that_said(folder):
    store = open_store(folder)
    change(store, replace(PEOPLE[0], email_address=None))
    store.close()
    done = CliRunner().invoke(cli, ["people", "reset", ANNA, "--data", str(folder)])
    assert re.fullmatch(LINK, done.stdout)
    assert done.stderr == "Anna has no e-mail address or user name to sign in with yet\n"


def test_keys_that_commands_make_and_end_stand_in_the_audit(folder):
    def does(*words):
        done = CliRunner().invoke(cli, ["intake", *words, "--customer", ACME, "--data", str(folder)])
        assert done.exit_code == 0
        return done.output.strip()

    beginning = does("key", "--source", "asterisk")[:11]
    does("revoke", beginning)
    store = open_store(folder)
    ended, made = store.audit(ACME, 0, 2)[1]
    store.close()
    assert (made.action, ended.action) == ("CREATED", "DELETED")
    assert made.detail.startswith(f"intake key {beginning}…, asterisk, by a command of ")
    assert ended.detail.startswith(f"intake key {beginning}…, by a command of ")


def test_a_key_may_be_ended_by_itself_and_is_repeated_nowhere(folder):
    def does(*words):
        return CliRunner().invoke(cli, ["intake", *words, "--customer", ACME, "--data", str(folder)])

    key = does("key", "--source", "asterisk").output.strip()
    unknown = does("revoke", key[:-1] + "x")
    assert isinstance(unknown.exception, NotFoundError)
    assert key[:-1] not in unknown.exception.description
    assert does("revoke", key).output == "revoked\n"
    store = open_store(folder)
    assert store.audit(ACME, 0, 1)[1][0].detail.startswith(f"intake key {key[:11]}…, by a command of ")
    store.close()


def test_nobody_has_no_link(folder):
    done = CliRunner().invoke(cli, ["people", "reset", "9" * 24, "--data", str(folder)])
    assert done.exit_code == 1
    assert done.output == ""
