"""Processes of their own that need not begin by reading a thousand modules, for the tests that start a hundred.

A Python that has imported all of pbxtally waits beside the tests. For each command it forks, and the new process goes
on as `python -P -m pbxtally WORDS` would, with a folder, an environment and streams of its own. It is a child of the
tests' process, as if that had started it.
"""

import atexit
import ctypes
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from threading import Lock

SOURCE = Path(__file__).resolve().parents[2] / "src"
IS_POSSIBLE = sys.platform == "linux"

ADOPTS_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of Linux's prctl: children of a child that has ended are its children."""

LONGEST = 1 << 20
WITH_THE_SERVER = ("rich.progress", "uvicorn.loops.uvloop", "uvicorn.protocols.http.httptools_impl")

_one_at_a_time = Lock()


class WarmProcess(subprocess.Popen):
    """A command as a process that has imported everything; `args` are the words after `pbxtally`."""

    def _execute_child(self, words, *how):
        folder, environment, pipes = how[4], how[5], how[9:15]
        mine = [number if fd == -1 else fd for number, fd in enumerate((pipes[0], pipes[3], pipes[5]))]
        with _one_at_a_time:
            door = _door()
            socket.send_fds(door, [json.dumps([words, os.fspath(folder), environment]).encode()], mine)
            self.pid = int(door.recv(LONGEST))
        self._child_created = True
        self._close_pipe_fds(*pipes)


def plain_environment():
    """That of a plain shell: nothing for Python or pbxtally but where the source is."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PBXTALLY"))}
    return plain | {"PYTHONPATH": str(SOURCE), "TERM": "xterm", "COLUMNS": "160"}


@cache
def _door():
    """The way to the process that forks, which lives as long as this one."""
    if ctypes.CDLL(None).prctl(ADOPTS_ORPHANS, 1, 0, 0, 0):
        raise OSError("the system does not give us the children of a child")
    here, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with there:
        command = [sys.executable, "-P", __file__]
        forks = subprocess.Popen(command, env=plain_environment(), stdin=there, stdout=subprocess.DEVNULL)

    @atexit.register
    def leave():
        here.close()
        forks.wait()

    return here


# ── the process that forks ──


def main():
    """Import everything, fork for whatever is asked for, and go on as that in each new process."""
    import_everything()
    at_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    message, streams = wait_until_new(socket.socket(fileno=0))
    signal.signal(signal.SIGINT, at_interrupt)
    words, folder, environment = json.loads(message)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    use(streams)
    sys.argv[1:] = words
    runpy.run_module("pbxtally", run_name="__main__", alter_sys=True)


def import_everything():
    import pbxtally

    for one in walk_packages(pbxtally.__path__, "pbxtally."):
        if not one.name.endswith("__main__"):
            import_module(one.name)
    for name in WITH_THE_SERVER:
        import_module(name)


def wait_until_new(door):
    """Come back in every new process, with what was asked for and the streams to use."""
    while True:
        message, streams, _, _ = socket.recv_fds(door, LONGEST, 3)
        if not message:
            sys.exit()
        number = fork_for_our_parent()
        if not number:
            door.detach()
            return message, streams
        door.send(b"%d" % number)
        for stream in streams:
            os.close(stream)


def fork_for_our_parent():
    """Fork a process whose parent is ours; its number here, 0 in it."""
    here, there = os.pipe()
    between = os.fork()
    if not between:
        number = os.fork()
        if number:
            os.write(there, b"%d" % number)
            os._exit(0)
    else:
        os.waitpid(between, 0)  # from now on the new process is our parent's
        number = int(os.read(here, LONGEST))
    os.close(here)
    os.close(there)
    return number


def use(streams):
    """Have these as the standard streams."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)


if __name__ == "__main__":
    main()
