"""A small SMS gateway on loopback that keeps what it is posted."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        """Keep the message, and answer as the gateway was told to; None: with something that is not HTTP."""
        self.server.heads.append(dict(self.headers))
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.server.answer is None:
            self.wfile.write(b"HELLO\r\n\r\n")
            return
        self.send_response(self.server.answer)
        self.send_header("Location", self.server.url + "elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def listening(answer=202):
    """The gateway, with its `url`, and the `heads` and `messages` it was sent."""
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.answer, server.heads, server.messages = answer, [], []
        server.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def last_code(gateway):
    """The six digits of the newest message."""
    return next(word for word in gateway.messages[-1]["text"].replace(".", " ").split() if word.isdigit())
