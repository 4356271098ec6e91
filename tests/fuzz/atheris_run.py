"""Gives a target a million odd inputs, each made from earlier ones, guided by the code they made run.

`main` does so in a process of its own, since the fuzzer ends the one it is in. An input may take ten seconds, and all
of them together a gigabyte; what breaks a target is written down, to become a seed once its cause is fixed.
"""

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"
LONGEST_INPUT = 4096
FOLDED_INPUT = 512
"""For foldings, which take as long for each event as others for a whole input: 128 events of one call."""

LONG_ONES = 10_000
"""How many inputs of a folding may still be of any length."""

SECONDS, MEGABYTES = 10, 1024


def is_possible():
    """Whether the fuzzer exists for this machine and this Python."""
    return sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 13)


def main(target, executions, seed):
    """Run the target with this index that many times, and say how many inputs were worth keeping."""
    from fuzz.targets import FOLDED, NAMES

    if not is_possible():
        return "left out: there is no fuzzer for this machine or this Python"
    name = NAMES[target]
    if name not in FOLDED:
        return run(name, executions, seed)
    return f"{run(name, LONG_ONES, seed)}; {run(name, executions, seed, FOLDED_INPUT)}"


def run(name, executions, seed, longest=LONGEST_INPUT):
    """The same by name, with inputs of at most so many bytes."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        shutil.copytree(SEEDS / name, corpus)
        limits = (f"-max_len={longest}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}")
        command = [sys.executable, __file__, name, str(corpus), f"-artifact_prefix={folder}/", *limits,
                   f"-runs={executions}", f"-seed={seed % 2**31}", "-verbosity=0", "-print_final_stats=1"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        broke = [one.read_bytes() for one in Path(folder).iterdir() if one.is_file()]
        assert not broke and done.returncode == 0, f"{name} with {broke}\n{done.stdout}\n{done.stderr}"
        ran = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        assert ran and int(ran[1]) >= executions, f"{name} stopped early\n{done.stderr}"
        return f"{ran[1]} inputs, {len(list(corpus.iterdir()))} of them worth keeping, none broke {name}"


if __name__ == "__main__":
    import atheris

    sys.path.insert(0, str(Path(__file__).parents[1]))
    with atheris.instrument_imports(include=["pbxtally"]):
        from fuzz.targets import TARGETS

    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
