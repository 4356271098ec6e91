"""Letters by SMTP, one connection each: there are few."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server; `security` is STARTTLS, TLS or NONE, an empty `user` sends without signing in."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand a letter over; OSError or SMTPException where that fails."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        letter.set_content(text)
        with self._connected() as server:
            if self.user:
                server.login(self.user, self.password)
            server.send_message(letter)

    def _connected(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        if self.security == "TLS":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE_SECONDS, context=trusted)
        server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE_SECONDS)
        if self.security == "STARTTLS":
            server.starttls(context=trusted)
        return server
