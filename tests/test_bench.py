"""The benchmarks still run: over data so small that no figure means anything."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.thorough
def test_the_benchmarks_run():
    command = [sys.executable, ROOT / "bench", "--legs", "20000", "--rows", "2000", "--runs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "a page of a year of 500 employees" in done.stdout
