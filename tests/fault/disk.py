"""The disk of `disk.c`, from Python: build it when needed, tell it when to fail, and read its record."""

import errno
import mmap
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
WRITE, SYNC, OPEN, RENAME, CUT, REMOVE = 1, 2, 4, 8, 16, 32
ANY = WRITE | SYNC | OPEN | RENAME | CUT | REMOVE

_CONTROL = struct.Struct("<7q64s")
_ENTRY = struct.Struct("<cQQII")


def scratch():
    """A folder for a run; in memory if possible, since the machine's own disk is not what is tested."""
    return tempfile.TemporaryDirectory(dir=next((one for one in ("/dev/shm",) if Path(one).is_dir()), None))


def compiler():
    """The C compiler's program, or None."""
    return shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")


def built(folder):
    """The disk, built as a library in a folder."""
    library = Path(folder) / "disk.so"
    command = [compiler(), "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, HERE / "disk.c", "-ldl"]
    subprocess.run(command, check=True)
    return library


def environment(library, under, **more):
    """The environment of a process that runs on that disk."""
    paths = os.pathsep.join((str(HERE.parents[1] / "src"), str(HERE.parent)))
    named = {f"DISK_{name.upper()}": str(path) for name, path in more.items()}
    return os.environ | {"LD_PRELOAD": str(library), "DISK_UNDER": f"{under}/", "PYTHONPATH": paths} | named


def run_on(library, under, module, *words, **more):
    """Run a module of `tests` on that disk to its end; gives what it printed."""
    command = [sys.executable, "-c", f"from {module} import work; work(*__import__('sys').argv[1:])", *map(str, words)]
    done = subprocess.run(command, env=environment(library, under, **more), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Control:
    """Says which operation fails, in memory shared with the process."""

    def __init__(self, path):
        if not Path(path).exists():
            Path(path).write_bytes(bytes(_CONTROL.size))
        with Path(path).open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _CONTROL.size)

    def fail(self, nth, kinds=ANY, error=errno.EIO, sticky=False, half=False, match=""):
        """From now on, the n-th operation of these kinds fails; `sticky`: and all after it."""
        self._memory[:] = _CONTROL.pack(nth, sticky, error, kinds, half, 0, 0, match.encode())

    def heal(self):
        """Let nothing fail any more; gives how many did."""
        failed = _CONTROL.unpack(self._memory[:])[6]
        self.fail(0, kinds=0)
        return failed


class Entry(NamedTuple):
    """One change on the disk: O created, W written, S synced, T truncated, U removed, R renamed (`data`: new path)."""

    kind: str
    file: int
    offset: int
    path: str
    data: bytes


def read_record(path):
    """Every change, in the order in which it happened."""
    content, place, found = Path(path).read_bytes(), 0, []
    while place < len(content):
        kind, file, offset, path_long, data_long = _ENTRY.unpack_from(content, place)
        place += _ENTRY.size
        name, place = content[place : place + path_long].decode(), place + path_long
        data, place = content[place : place + data_long], place + data_long
        found.append(Entry(kind.decode(), file, offset, name, data))
    return found
