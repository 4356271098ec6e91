"""Backups: a folder with everything as it was at one moment, and a list of its files, written last, to check it by."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

import msgspec

from pbxtally import __version__
from pbxtally.cli.folder import Folder
from pbxtally.cli.remote_store import RemoteStore
from pbxtally.collectors.saved_positions import ENDINGS
from pbxtally.errors import FolderError
from pbxtally.stores.duckdb_shield import sync
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.duckdb_upkeep import copy_sqlite
from pbxtally.stores.journal import Journal

LIST = "backup.json"
DATABASES = ["people.db", "journal.db"]
ALONGSIDE = ("settings.toml", "follow")
"""What is small, copied first."""


class Copied(msgspec.Struct):
    """One file of a backup."""

    bytes: int
    sha256: str


class Backup(msgspec.Struct):
    """What a backup holds; `people` says where they are, since those on PostgreSQL are not in it."""

    made: str
    version: str
    people: str
    files: dict[str, Copied]


def back_up(folder: Folder, store: DuckStore | RemoteStore, target: Path) -> Backup:
    """Copy everything into an empty folder; the list is written last, so that half a backup does not count as one."""
    if target.resolve().is_relative_to(folder.path.resolve()):
        raise FolderError(f"{target} is in the data folder and would be lost with it - use a folder elsewhere")
    make_empty(target)
    for name in ALONGSIDE:  # collectors' places first: the databases then hold all that comes before them
        _copy(folder.path / name, target / name)
    names = store.upkeep.copy(str(target.absolute()), DATABASES)
    position = _check_calls(folder, target)
    files = {str(one.relative_to(target)): _copied(one) for one in sorted(target.rglob("*")) if one.is_file()}
    people = "here" if "people.db" in names else "on PostgreSQL"
    made = Backup(datetime.now(UTC).isoformat(timespec="seconds"), __version__, people, files)
    write_whole(target / LIST, msgspec.json.format(msgspec.json.encode(made)))
    with closing(Journal(folder.path)) as journal:
        journal.mark_backed_up(position)
    return made


def restore(backup: Path, target: Path) -> Backup:
    """Put a backup into an empty folder, every file compared with the list.

    Raises FolderError if the backup is not whole; the folder is empty again then.
    """
    made = read_list(backup)
    make_empty(target)
    try:
        for name, wanted in made.files.items():
            (target / name).parent.mkdir(mode=0o700, exist_ok=True)
            _copy(backup / name, target / name)
            if _copied(target / name) != wanted:
                raise FolderError(f"{backup / name} differs from what was written there - this backup is damaged")
    except BaseException:  # half a backup looks like a data folder
        _clear(target)
        raise
    return made


def read_list(backup: Path) -> Backup:
    """The list of a backup; raises FolderError if it is no backup, or not whole."""
    try:
        made = msgspec.json.decode((backup / LIST).read_bytes(), type=Backup)
    except FileNotFoundError:
        raise FolderError(f"{backup} is not a backup: it has no {LIST}, which is written last") from None
    except msgspec.DecodeError as why:
        raise FolderError(f"{backup / LIST} is damaged: {why}") from None
    lacking = [name for name in made.files if not (backup / name).is_file()]
    if lacking or any(Path(name).is_absolute() or ".." in Path(name).parts for name in made.files):
        raise FolderError(f"{backup} is not whole: {', '.join(lacking) or LIST} is missing or leads elsewhere")
    return made


def make_empty(folder: Path) -> None:
    """Make a folder that only its owner may enter; raises FolderError if it exists and is not empty."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderError(f"{folder} is not empty - use a new folder")


def _clear(folder: Path) -> None:
    """Empty a folder."""
    for one in folder.iterdir():
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync(path.parent)


def _check_calls(folder: Folder, target: Path) -> int:
    """Check that the copy of the calls can be read; says up to which delivery it goes."""
    settings = folder.settings
    copy = DuckStore(target, memory=settings.memory, threads=settings.threads, query_seconds=settings.query_seconds)
    try:
        flaws = copy.upkeep.flaws()
        position = copy.applied()
    finally:
        copy.close()
    if flaws:
        raise FolderError(f"the copy of the calls is damaged: {flaws[0]} - ./run verify says more")
    return position


def _copy(path: Path, copy: Path) -> None:
    """Copy a file, or a folder's files, if there; the copy survives a power cut."""
    if path.is_dir():
        copy.mkdir(mode=0o700, exist_ok=True)
        for one in path.iterdir():
            if one.suffix in ENDINGS:
                _copy(one, copy / one.name)
    elif path.suffix == ".db":
        copy_sqlite(path, copy)
    elif path.exists():
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())


def _copied(path: Path) -> Copied:
    with path.open("rb") as file:
        return Copied(path.stat().st_size, file_digest(file, "sha256").hexdigest())
