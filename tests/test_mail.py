"""Letters reach a mail server that really listens."""

import socketserver
import ssl
import threading
from email import message_from_bytes
from email.policy import default
from smtplib import SMTPNotSupportedError
from time import time

import pytest

from pbxtally.mail import Smtp


class Session(socketserver.StreamRequestHandler):
    """As much SMTP as a letter needs."""

    def handle(self):
        """Answer every line, and keep what comes between DATA and the dot."""
        self.wfile.write(b"220 here\r\n")
        in_letter = False
        for line in self.rfile:
            if in_letter:
                in_letter = line != b".\r\n"
                self.server.letter.append(line)
                if not in_letter:
                    self.wfile.write(b"250 kept\r\n")
                continue
            word = line.split()[0].upper()
            self.server.words.append(line.strip().decode())
            in_letter = word == b"DATA"
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 fine\r\n"))
            if word == b"QUIT":
                return


@pytest.fixture
def server():
    with socketserver.TCPServer(("127.0.0.1", 0), Session) as server:
        server.letter, server.words = [], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_letter_arrives_as_it_was_written(server):
    post = Smtp("127.0.0.1", server.server_address[1], "NONE", "", "", "calls@example.com")
    post.send(
        "søren@acme.example".replace("ø", "oe"), "A new password", "Hello Søren,\n\nhttp://x/new-password?key=1\n"
    )
    assert "rcpt TO:<soeren@acme.example>" in server.words
    letter = b"".join(server.letter)
    assert b"Subject: A new password\r\n" in letter
    assert b"From: calls@example.com\r\n" in letter


def test_a_letter_says_when_it_was_written_and_has_an_id_of_its_own(server):
    post = Smtp("127.0.0.1", server.server_address[1], "NONE", "", "", "Calls <calls@example.com>")
    post.send("anna@acme.example", "A new password", "text")
    letter = message_from_bytes(b"".join(server.letter), policy=default)
    assert abs(letter["Date"].datetime.timestamp() - time()) < 60
    assert letter["Message-ID"].endswith("@example.com>")
    assert letter["Auto-Submitted"] == "auto-generated"


def test_what_takes_long_is_done_before_anybody_is_written_to(server, monkeypatch):
    post = Smtp("127.0.0.1", server.server_address[1], "NONE", "", "", "calls@example.com")
    monkeypatch.delattr(ssl, "create_default_context")
    post.send("anna@acme.example", "A new password", "text")
    assert b"text\r\n" in server.letter


def test_a_server_that_takes_no_tls_gets_no_letter(server):
    post = Smtp("127.0.0.1", server.server_address[1], "STARTTLS", "", "", "calls@example.com")
    with pytest.raises(SMTPNotSupportedError, match="STARTTLS"):
        post.send("anna@acme.example", "A new password", "text")
    assert server.letter == []
