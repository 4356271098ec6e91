"""A person at a terminal: commands run in a folder, in this process or, if that matters, in one of their own."""

import contextlib
import gc
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

from click.testing import CliRunner

from cli.warm import IS_POSSIBLE, WarmProcess, plain_environment
from pbxtally.cli import main


@contextlib.contextmanager
def restored_process():
    """Restore what a command changes in the process it runs in."""
    umask, thresholds = os.umask(0o022), gc.get_threshold()
    try:
        yield
    finally:
        gc.enable()  # `load` turns it off
        gc.set_threshold(*thresholds)
        os.umask(umask)


class Done(NamedTuple):
    """How a command ended; `out` and `err` as text."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs commands in a folder; the data folder is the default one, `pbxtally-data` in it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / "pbxtally-data"

    def write(self, name, content):
        """Make a file: JSON from an object, else bytes, or lines of bytes."""
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else b"".join(content))
        return name

    def run(self, *words, environment=None):
        """Run a command in this process."""
        alone = CliRunner().isolation(env=environment or {"PBXTALLY_DATA": None})
        with contextlib.chdir(self.folder), restored_process(), alone as (out, err, _):
            try:
                main(words)
            except SystemExit as ended:
                code = ended.code
        return Done(code, out.getvalue().decode(), err.getvalue().decode())

    def does(self, *words):
        """What a command prints; it must succeed, and say nothing on standard error."""
        done = self.run(*words)
        assert (done.code, done.err) == (0, "")
        return done.out

    def ask(self, *words, **members):
        """What `ask` answers, as objects."""
        return json.loads(self.does("ask", json.dumps(members), *words))

    def ask_so_far(self, *words, **members):
        """The same where something is lost, or waits in the journal: `ask` says what its answer lacks."""
        done = self.run("ask", json.dumps(members), *words)
        assert all(line.startswith("not in this answer: ") for line in done.err.splitlines()), done.err
        return json.loads(done.out)

    def start(self, *words, environment=None, is_cold=False, **streams):
        """Start a command as a process of its own, in a plain shell's environment; as a shell does it if `is_cold`.

        With an environment, which is added to the plain one, it begins cold in any case.
        """
        pipe = subprocess.PIPE
        how = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe} | streams
        if IS_POSSIBLE and not is_cold and not environment:
            return WarmProcess(words, env=plain_environment(), **how)
        command = [sys.executable, "-P", "-m", "pbxtally", *words]
        return subprocess.Popen(command, env=plain_environment() | (environment or {}), **how)

    def process(self, *words, stdin=None):
        """Run a command as a process of its own, in a pipe."""
        started = self.start(*words, is_cold=True, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        out, err = started.communicate(stdin)
        return Done(started.returncode, out.decode(), err.decode())

    def on_a_screen(self, *words):
        """Run a command with a terminal as its input and output; everything shown is in `out`."""
        here, there = pty.openpty()
        started = self.start(*words, is_cold=True, stdin=there, stdout=there, stderr=there)
        os.close(there)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's other end is closed when the command ends
            while part := os.read(here, 65536):
                shown += part
        os.close(here)
        return Done(started.wait(), shown.decode(), "")

    @contextlib.contextmanager
    def server(self, *words, **how):
        """A server on the data folder, ready; a `Server`."""
        started = self.start("serve", "--port", "0", *words, **how)
        try:
            yield Server(started)
        finally:
            if started.poll() is None:
                started.kill()
            started.communicate()


class Server:
    """A running `serve`."""

    def __init__(self, process):
        self.process = process
        self.address = process.stdout.readline().decode().split()[-1]

    def get(self, path, token=None, body=None, key=""):
        """What curl gets, and how curl sends a body; `key`: the key to send it under, to repeat it safely."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        with urlopen(Request(self.address + path, body, headers), timeout=30) as answer:
            return answer.read()

    def stop(self, how=signal.SIGINT):
        """Stop it with a signal; gives its exit code and what it said on standard error."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err.decode()
