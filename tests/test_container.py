"""The image of the Dockerfile, without an engine that builds it: what is copied into it is all that is needed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pbxtally.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COPIED = [name for names in re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE) for name in names.split()]


def test_nothing_else_of_the_checkout_is_given_to_the_engine():
    ignored, *allowed, _ = (ROOT / ".dockerignore").read_text().split()
    assert ignored == "*"
    assert sorted(allowed) == sorted(f"!{name}" for name in COPIED)


def test_a_server_and_its_manual_work_with_what_is_copied(tmp_path):
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    inside = "from pbxtally.web.manual import manual; print(manual('how-we-count.md'))"
    for words in (["-c", inside], ["-m", "pbxtally", "serve", "--help"]):
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
        done = subprocess.run([sys.executable, "-P", *words], cwd=tmp_path, env=environment, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(done.stdout) > 1000


def test_it_listens_on_the_port_of_the_settings_and_asks_there_whether_it_is_well():
    port = Settings().port
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert f"http://127.0.0.1:{port}/readyz" in DOCKERFILE
