"""The databases that CDRs are read from, and a certificate, for every test that asks for one."""

import itertools
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_numbers = itertools.count()


class Cdrs:
    """A database that a PBX writes; `dsn` is how it is reached, `does` runs a statement with its values."""

    def __init__(self, dsn, connect, mark):
        self.dsn = dsn
        self._connect = connect
        self._mark = mark

    def does(self, statement, *values):
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement.replace("?", self._mark), values)
            connection.commit()


@pytest.fixture(scope="session")
def mariadb():
    """A MariaDB server, started once."""
    from mariadb import programs, running_server

    if programs() is None:
        pytest.skip("MariaDB's server programs are not here: apt install mariadb-server")
    with running_server() as server:
        yield server


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def cdrs(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "master.db"
        return Cdrs(f"sqlite:///{file}", lambda: sqlite3.connect(file), "?")
    server = request.getfixturevalue(request.param)
    name = f"cdr{next(_numbers)}"
    made = server.make(name).replace("+psycopg", "")
    return Cdrs(made, lambda: server.connect(name), "%s")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a certificate of localhost and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime.now(UTC) - timedelta(days=1)).not_valid_after(
        datetime.now(UTC) + timedelta(days=9)
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem) + key.private_bytes(pem, *plain))
    return file
