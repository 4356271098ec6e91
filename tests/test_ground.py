"""What a checkout promises before any call is counted: its locks, its first start, its list of dependencies."""

import ast
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]

# In pieces, so that this file is not the first to name one.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(pieces))
        for pieces in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("security", "debian", "org"),
            ("archive", "ubuntu", "com"),
        ]
    )
)


def test_no_file_of_the_project_names_a_registry():
    naming = [path for path in files_of_the_project() if REGISTRIES.search(path.read_text("utf-8", errors="ignore"))]
    assert naming == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_no_address(lock):
    assert "://" not in lock.read_text("utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_in_a_lock_is_one_version_with_hashes(lock):
    for entry in entries(lock):
        assert re.match(r"[a-z0-9.\[\]_-]+==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_development_lock_holds_all_of_the_runtime_lock():
    runtime, development = LOCKS
    assert set(entries(runtime)) <= set(entries(development))


@pytest.fixture
def linked(tmp_path):
    """The `run` of a checkout whose `.venv` is a link to that of another, which is filled."""
    first, second = tmp_path / "first", tmp_path / "second"
    for checkout in (first, second):
        checkout.mkdir()
        shutil.copy(ROOT / "run", checkout)
        shutil.copy(ROOT / "requirements.lock", checkout)
    (first / ".venv" / "bin").mkdir(parents=True)
    (first / ".venv" / "bin" / "python").touch()
    (second / ".venv").symlink_to(first / ".venv")
    owner = runpy.run_path(str(first / "run"), run_name="run")
    owner["stamp"](owner["RUNTIME"]).write_text(f"{owner['wanted'](owner['RUNTIME'])}\n{owner['place']()}\n", "utf-8")
    return runpy.run_path(str(second / "run"), run_name="run")


def test_a_checkout_linked_to_the_environment_of_another_uses_it_as_it_is(linked):
    assert linked["is_ready"](linked["RUNTIME"])


def test_an_environment_made_in_place_of_a_link_leaves_what_the_link_led_to(linked):
    others = linked["VENV"].resolve()
    linked["make_venv"](with_pip=False)
    assert (others / "requirements.lock.stamp").exists()
    assert (linked["VENV"].is_symlink(), linked["PYTHON"].exists()) == (False, True)


def test_run_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / "run").read_text("utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize(("lock", "words"), [(LOCKS[0], "--version"), (LOCKS[1], "test --version")])
def test_where_nothing_may_be_written_run_says_who_fills_the_environment(tmp_path, monkeypatch, lock, words):
    prepare = runpy.run_path(str(ROOT / "run"), run_name="run")["prepare"]
    monkeypatch.setitem(prepare.__globals__, "VENV", tmp_path)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    with pytest.raises(SystemExit, match=rf"is not filled for this version.* As its owner: .*/run {words}$"):
        prepare(lock)


def test_every_dependency_has_its_reason_in_the_manual():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    manual = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    names = [re.split(r"[\[<>=~ ]", requirement)[0] for requirement in wanted]
    assert [name for name in names if f"| {name} |" not in manual] == []


def files_of_the_project():
    """Every file that is committed, or would be by `git add --all`."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def entries(lock):
    """A lock's packages, each with its hashes on the same line."""
    return lock.read_text("utf-8").replace("\\\n", " ").splitlines()
