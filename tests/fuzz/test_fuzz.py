"""The seeds of the fuzzer, and each of them cut and bent a little, go through what they are for."""

import random
from pathlib import Path

import pytest

from fuzz import damaged
from fuzz.atheris_run import SEEDS, is_possible, run
from fuzz.targets import NAMES, TARGETS

ALL = [(path.parent.name, path.name) for path in sorted(SEEDS.glob("*/*"))]


def test_every_target_has_seeds_and_every_seed_a_target():
    assert {name for name, _ in ALL} == set(NAMES)


@pytest.mark.parametrize(("name", "seed"), ALL)
def test_a_seed_breaks_nothing_nor_does_a_cut_or_a_changed_one(name, seed):
    data = Path(SEEDS, name, seed).read_bytes()
    dice = random.Random(seed)
    TARGETS[name](data)
    for _ in range(20):
        TARGETS[name](data[: dice.randrange(len(data) + 1)])
        bent = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            bent[dice.randrange(len(bent))] = dice.choice(b"\0\"'\\,;|<>{}[]0129-:\n\xff")
        TARGETS[name](bytes(bent))


@pytest.mark.thorough
@pytest.mark.skipif(not is_possible(), reason="there is no fuzzer for this machine or this Python")
@pytest.mark.parametrize("name", NAMES)
def test_two_thousand_inputs_of_the_fuzzer_break_nothing(name):
    run(name, 2_000, 1)


def test_a_file_that_is_damaged_anywhere_is_read_up_to_there():
    assert "read from all of them" in damaged.main(seed=1, every=29)
