from shutil import copytree

import pytest

from cli.office import PEOPLE
from cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path):
    """A terminal in an empty folder."""
    return Terminal(tmp_path)


@pytest.fixture(scope="session")
def office_folder(tmp_path_factory):
    """A folder where the office's people were imported, to be copied."""
    terminal = Terminal(tmp_path_factory.mktemp("office"))
    terminal.does("people", "import", terminal.write("people.json", PEOPLE))
    return terminal.folder


@pytest.fixture
def office(terminal, office_folder):
    """A terminal where the office's people are known, and no calls yet."""
    copytree(office_folder, terminal.folder, dirs_exist_ok=True)
    return terminal
