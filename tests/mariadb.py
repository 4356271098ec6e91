"""A MariaDB server of our own: Debian's programs, an ordinary user, loopback, a temporary folder."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql

from postgres import free_port

USER = "pbxtally"


def programs():
    """The server, and the program that makes its folder; None: not installed."""
    found = [shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") for name in _NAMES]
    return found if all(found) else None


_NAMES = ("mariadbd", "mariadb-install-db")


def _user():
    """Who the server runs as: it refuses root."""
    if os.getuid():
        return {}
    names = {one.pw_name: one for one in pwd.getpwall()}
    one = names.get("mysql") or names["nobody"]
    return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


class Server:
    """A running server, and a user that may do everything in it."""

    def __init__(self, port, password):
        self.port, self._password = port, password

    def dsn(self, database):
        return f"mysql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database=None):
        said = {"user": USER, "password": self._password, "database": database, "autocommit": True}
        return pymysql.connect(host="127.0.0.1", port=self.port, **said)

    def make(self, database):
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE OR REPLACE DATABASE `{database}`")
        return self.dsn(database)


@contextmanager
def running_server():
    """Start a server; at the end stop its process."""
    folder, user, password = Path(tempfile.mkdtemp(prefix="pbxtally-mariadb-")), _user(), secrets.token_hex(16)
    try:
        os.chown(folder, user.get("user", -1), user.get("group", -1))
        server, install = programs()
        data = ["--no-defaults", f"--datadir={folder / 'data'}"]
        made = [install, *data, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **user)
        first = folder / "first.sql"
        first.write_text(
            f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{password}';\nGRANT ALL ON *.* TO {USER}@'127.0.0.1';\n"
        )
        os.chown(first, user.get("user", -1), user.get("group", -1))
        port = free_port()
        place = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
        quick = ["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", f"--init-file={first}"]
        with (folder / "log").open("w") as log:
            words = [server, *data, *place, *quick]
            process = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder, **user)
        try:
            yield _ready(Server(port, password), process, folder / "log")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(server, process, log):
    until = time.monotonic() + 60
    while True:
        try:
            server.connect().close()
            return server
        except pymysql.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.05)
