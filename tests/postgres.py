"""A PostgreSQL server of our own: Debian's programs, an ordinary user, loopback, a temporary folder."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg

USER = "pbxtally"


def programs():
    """The folder of the newest server programs installed; None: there are none."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *Path("/usr/local/bin").glob("initdb")]
    return max(found, key=lambda one: [int(word) for word in one.parts if word.isdigit()]).parent if found else None


def _user():
    """Who the server runs as: it refuses root."""
    if os.getuid():
        return {}
    names = {one.pw_name: one for one in pwd.getpwall()}
    one = names.get("postgres") or names["nobody"]
    return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


class Server:
    """A running server; every database is asked for by name, as a copy of another if wanted."""

    def __init__(self, port, password, process):
        self._process = process
        self._address = f"{USER}:{password}@127.0.0.1:{port}"

    def url(self, database):
        return f"postgresql+psycopg://{self._address}/{database}"

    def connect(self, database="postgres"):
        return psycopg.connect(f"postgresql://{self._address}/{database}", autocommit=True)

    def make(self, database, template="template0"):
        with closing(self.connect()) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    @contextmanager
    def out_of_reach(self, url):
        """While the block runs, a database has no connections and takes none."""
        database = url.rpartition("/")[2]
        with closing(self.connect()) as connection:
            connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
            try:
                yield
            finally:
                connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')

    @contextmanager
    def frozen(self, _url=None, seconds=180):
        """While the block runs, but at most so many seconds, all its processes are frozen."""
        thaw = threading.Timer(seconds, self._tell_all, [signal.SIGCONT])
        thaw.start()
        self._tell_all(signal.SIGSTOP)
        try:
            yield
        finally:
            thaw.cancel()
            self._tell_all(signal.SIGCONT)

    def _tell_all(self, told):
        """Signal the first process first: then it starts no new ones."""
        self._process.send_signal(told)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                pid, _, rest = stat.read_text().partition(" ")
                if rest.rpartition(")")[2].split()[1] == str(self._process.pid):
                    os.kill(int(pid), told)

    def drop(self, database):
        with closing(self.connect()) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@contextmanager
def running_server():
    """Start a server; at the end stop its process."""
    folder, user, password = Path(tempfile.mkdtemp(prefix="pbxtally-postgres-")), _user(), secrets.token_hex(16)
    try:
        (folder / "password").write_text(password)
        for one in (folder, folder / "password"):
            os.chown(one, user.get("user", -1), user.get("group", -1))
        options = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={folder / 'password'}", "--no-sync"]
        words = [programs() / "initdb", f"--pgdata={folder / 'data'}", "--encoding=UTF8", "--locale=C.UTF-8", *options]
        subprocess.run(words, check=True, capture_output=True, cwd=folder, **user)
        port = free_port()
        place = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": ""}
        settings = place | {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}  # need not be durable
        words = [programs() / "postgres", "-D", folder / "data", *(f"--{one}={settings[one]}" for one in settings)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder, **user)
        try:
            yield _ready(Server(port, password, process), process, folder / "log")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def _ready(server, process, log):
    until = time.monotonic() + 30
    while True:
        try:
            server.connect().close()
            return server
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.05)
