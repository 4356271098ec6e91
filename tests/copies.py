"""Folders that take long to fill are filled once, and copied for every test that changes their content."""

from shutil import copytree

_FILLED = {}


def filled(folder, fill, *how):
    """Put into a folder what `fill(folder, *how)` puts there; gives what its first run in this process gave."""
    if (fill, *how) not in _FILLED:
        first = folder.with_name(f"filled-{len(_FILLED)}")
        first.mkdir()
        _FILLED[fill, *how] = first, fill(first, *how)
    first, given = _FILLED[fill, *how]
    copytree(first, folder, dirs_exist_ok=True)
    return given
