"""The commands with `PBXTALLY_DATABASE`: people on a server, nothing of them in the folder."""

import json
import os
import subprocess
import sys
from urllib.error import HTTPError

import pytest

from cli.office import ACME, ANNA, DECEMBER, PEOPLE, row
from cli.terminal import Terminal

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database", ["postgres"], indirect=True),
]


@pytest.fixture
def run(people_url, tmp_path):
    """Run a command on a data folder."""

    def run(*words, url=people_url):
        command = [sys.executable, "-m", "pbxtally", *words, "--data", tmp_path / "data"]
        environment = {**os.environ, "PBXTALLY_DATABASE": url, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_people_are_kept_on_the_server_and_not_in_the_folder(run, tmp_path):
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    assert run("people", "import", tmp_path / "people.json").returncode == 0
    listed = run("people", "list")
    assert (listed.returncode, "Acme" in listed.stdout) == (0, True), listed.stderr
    assert not (tmp_path / "data" / "people.db").exists()


def test_a_folder_that_is_not_there_is_said_so_though_the_people_are_elsewhere(run):
    told = run("people", "list")
    assert (told.returncode != 0, "there is no data in" in told.stderr) == (True, True)


def test_a_server_that_cannot_be_reached_is_named_without_its_password(run, tmp_path):
    (tmp_path / "data").mkdir()
    told = run("people", "list", url="postgresql+psycopg://anna:verysecret@127.0.0.1:1/people")
    assert told.returncode != 0
    assert "Cannot use postgresql+psycopg://anna:***@127.0.0.1:1/people" in " ".join(told.stderr.split())
    assert "verysecret" not in told.stderr + told.stdout


def test_deliveries_and_questions_are_put_off_while_the_server_is_gone_and_go_on_when_it_is_back(
    run, tmp_path, people_url, postgres
):
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    run("people", "import", tmp_path / "people.json")
    key = run("intake", "key", "--customer", ACME, "--source", "asterisk").stdout.strip()
    token, asked = run("people", "token", ANNA).stdout.strip(), json.dumps(DECEMBER).encode()
    calls = row("01 10:00:00", "101", "102")
    office = Terminal(tmp_path)
    with office.server("--data", tmp_path / "data", environment={"PBXTALLY_DATABASE": people_url}) as server:
        with postgres.out_of_reach(people_url):
            assert put_off(server, "/intake/asterisk", key, calls)
            assert put_off(server, "/pbx/cdrstats", token, asked)
        assert json.loads(server.get("/intake/asterisk", key, calls))["kept"] == 1
        assert json.loads(server.get("/pbx/cdrstats", token, asked))
        assert server.stop()[0] == 0


def put_off(server, *asked):
    """Whether it is answered that one may come again."""
    with pytest.raises(HTTPError) as told:
        server.get(*asked)
    with told.value as refused:
        return refused.code == 503 and int(refused.headers["Retry-After"]) > 0
