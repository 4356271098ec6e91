"""Send e-mail by SMTP, one connection each: there is little of it."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import localtime, make_msgid

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server; `security` is STARTTLS, TLS or NONE; with an empty `user` it sends without signing in.

    `trusted` is made with it, not for each letter: that takes longer than all else here, and whoever asks for a link
    could tell, by how long their next request takes, that there is somebody to write to.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand a message over; raises OSError or SMTPException if that fails."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        letter["Date"] = localtime()
        letter["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].strip("> "))
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        with self._connected() as server:
            if self.security == "STARTTLS":
                server.starttls(context=self.trusted)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(letter)

    def _connected(self) -> smtplib.SMTP:
        if self.security == "TLS":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE_SECONDS, context=self.trusted)
        return smtplib.SMTP(self.host, self.port, timeout=PATIENCE_SECONDS)
