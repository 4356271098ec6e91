"""The commands with `PBXTALLY_DATABASE`: people on a server, nothing of them in the folder."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.error import HTTPError

import pytest

from cli.growing import METRICS_TOKEN
from cli.office import ACME, ANNA, DECEMBER, PEOPLE, row
from cli.processes import wait_for
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


@pytest.mark.parametrize("how", ["out_of_reach", "frozen"])
def test_deliveries_and_questions_are_put_off_while_the_server_is_gone_and_go_on_when_it_is_back(
    run, tmp_path, people_url, postgres, how
):
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    run("people", "import", tmp_path / "people.json")
    key = run("intake", "key", "--customer", ACME, "--source", "asterisk").stdout.strip()
    token, asked = run("people", "token", ANNA).stdout.strip(), json.dumps(DECEMBER).encode()
    calls = row("01 10:00:00", "101", "102")
    office = Terminal(tmp_path)
    with office.server("--data", tmp_path / "data", environment={"PBXTALLY_DATABASE": people_url}) as server:
        with getattr(postgres, how)(people_url):
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


def test_metrics_tell_of_the_collectors_while_the_server_is_gone(run, tmp_path, people_url, postgres):
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    run("people", "import", tmp_path / "people.json")
    with closing(sqlite3.connect(tmp_path / "pbx.db")) as pbx, pbx:
        pbx.execute(
            "CREATE TABLE cdr (calldate, src, dst, channel, dstchannel, duration, billsec, disposition, uniqueid)"
        )
        call = ("2020-12-03 09:00:00", "101", "102", "PJSIP/101-1", "PJSIP/102-2", 65, 60, "ANSWERED", "1606982400.1")
        pbx.execute(f"INSERT INTO cdr VALUES ({', '.join('?' * len(call))})", call)
    table = f'kind = "poll"\nsource = "asterisk"\ncustomer = "{ACME}"\ndsn = "sqlite:///{tmp_path / "pbx.db"}"'
    (tmp_path / "data" / "settings.toml").write_text(f'metrics_token = "{METRICS_TOKEN}"\n[collect.pbx]\n{table}\n')
    wanted = 'pbxtally_collector_newest_row_timestamp_seconds{kind="poll",name="pbx",source="asterisk"} 1.6069824e+09'
    office = Terminal(tmp_path)
    with office.server("--data", tmp_path / "data", environment={"PBXTALLY_DATABASE": people_url}) as server:
        wait_for(lambda: wanted in server.get("/metrics", METRICS_TOKEN).decode())
        with postgres.out_of_reach(people_url):
            assert wanted in server.get("/metrics", METRICS_TOKEN).decode()
