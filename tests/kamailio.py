"""A Kamailio of our own: Debian's program and configuration, with what our manual says to paste in, and SQLite."""

import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sip_phone import Phone

PAGE = Path(__file__).parents[1] / "docs" / "sources" / "kamailio.md"
SHIPPED = Path("/etc/kamailio/kamailio.cfg")
TABLES = Path("/usr/share/kamailio/db_sqlite/acc-create.sql")
FIRST = "CREATE TABLE version (table_name VARCHAR(32), table_version INTEGER);\n"


def program():
    """The proxy's program; None: it or its SQLite module is not installed."""
    return shutil.which("kamailio", path="/usr/sbin:/usr/bin") if SHIPPED.exists() and TABLES.exists() else None


def pasted():
    """What the manual's page says to paste: SQL, and the parts of the configuration by their place."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    sql = "".join(text for kind, text in blocks if kind == "sql")
    params, invite, bye, cdr_params, dialog = (text for kind, text in blocks if not kind)
    return sql, params + cdr_params, invite.replace("    }\n", f"{dialog}    }}\n"), bye


def configuration(url, port, gateway):
    """What an operator then has: the shipped file with an address, a database, and a gateway for numbers with 00."""
    _, params, invite, bye = pasted()
    own = f'#!define WITH_PSTN\n#!define DBURL "{url}"\nlisten=udp:127.0.0.1:{port}\ndisable_tcp=yes\n'
    text = SHIPPED.read_text()
    for place, said in (
        (r"# ----- acc params -----.*?(?=# ----- usrloc)", params),
        (r"(?<=# account only INVITEs\n).*?\}\n", invite),
        (r"(?<=# ... even if the transaction fails\n)", bye),
        (r'loadmodule "acc.so"', 'loadmodule "db_sqlite.so"\nloadmodule "dialog.so"\nloadmodule "acc.so"'),
        (r'import_file "kamailio-local.cfg"', own),
        (r'pstn.gw_ip = ""', f'pstn.gw_ip = "{gateway[0]}"'),
        (r'pstn.gw_port = ""', f'pstn.gw_port = "{gateway[1]}"'),
    ):
        text, times = re.subn(place, lambda _, said=said: said, text, count=1, flags=re.DOTALL)
        assert times == 1, f"the shipped configuration has no {place}"
    return text


@contextmanager
def running_proxy(folder, gateway):
    """Start a proxy that writes a folder's `kamailio.db`; give its address, and stop its process at the end."""
    file = folder / "kamailio.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FIRST + TABLES.read_text() + pasted()[0])
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind(("127.0.0.1", 0))
        address = one.getsockname()
    (folder / "kamailio.cfg").write_text(configuration(f"sqlite:///{file}", address[1], gateway))
    words = [program(), "-f", folder / "kamailio.cfg", "-DD", "-E", "-Y", folder, "-m", "32", "-M", "4", "-n", "1"]
    with (folder / "kamailio.log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder)
    try:
        _ready(address, process, folder / "kamailio.log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _ready(address, process, log):
    """Wait until it answers."""
    until = time.monotonic() + 30
    with closing(Phone("nobody", address)) as phone:
        phone.patience(0.2)
        while time.monotonic() < until and process.poll() is None:
            with suppress(TimeoutError):
                return phone.register()
    raise AssertionError(log.read_text())
