"""Processes that a command starts, and waiting for what they do."""

import time
from pathlib import Path


def children(pid):
    """A process's children, whichever thread started them."""
    return [child for one in Path(f"/proc/{pid}/task").glob("*/children") for child in one.read_text().split()]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError
