"""Folders that take long to fill are filled once, and copied for every test that changes their content."""

import atexit
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

_FILLED = {}
_folder = TemporaryDirectory()
atexit.register(_folder.cleanup)


def filled(folder, fill, *how):
    """Put into a folder what `fill(folder, *how)` puts there; gives what its first run in this process gave."""
    if (fill, *how) not in _FILLED:
        first = Path(_folder.name) / str(len(_FILLED))
        first.mkdir()
        _FILLED[fill, *how] = first, fill(first, *how)
    first, given = _FILLED[fill, *how]
    copytree(first, folder, dirs_exist_ok=True)
    return given


def nobody_yet(folder):
    """Put a people's database with nobody in it into a folder, as making its tables takes long; gives its address."""
    filled(folder, _make_tables)
    return sqlite_url(folder / "people.db")


def _make_tables(folder):
    PeopleStore(sqlite_url(folder / "people.db")).close()
