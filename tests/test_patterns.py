"""A pattern for names of devices: what operators write is taken, what could keep a server busy for hours is not."""

import pytest

from pbxtally.errors import InvalidFieldError
from pbxtally.numbering import DEFAULT_EXTENSION_PATTERN
from pbxtally.patterns import compile_pattern
from pbxtally.sources.generic import understood
from pbxtally.sources.generic_presets import PRESETS

USUAL = [
    DEFAULT_EXTENSION_PATTERN,
    "",
    r"acme-(\d+)",
    r"(\d+)(?:-app)?",
    r"(.+)@acme\.example",
    r"(?:word)-([0-9]+)",
    r"SIP/(.+)-[0-9a-f]+",
    r"(?:SIP|PJSIP|IAX2)/(\w+)(?:-\w+)?(?:@.*)?",
    r"(?i)sip:(\+?[0-9*#()]+)@[a-z.]+",
    r"(?P<device>\d{3}|\d{5})",
    r"[^)]+\)[0-9]{8}",
    r"(?<!x)(10[1-9]|1[1-9]\d|2\d\d)",
]


@pytest.mark.parametrize("said", USUAL)
def test_what_operators_write_is_taken(said):
    assert compile_pattern("device", said, "the device").pattern == said


@pytest.mark.parametrize("preset", PRESETS)
def test_every_pattern_of_a_preset_is_taken(preset):
    assert (understood(preset).device is not None) == ("\ndevice = " in PRESETS[preset].mapping)


LONG = "a group may be optional, (…)?, but not repeated; characters in brackets may be, [a-z.]+"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("(a+)+b", LONG),
        ("(?:a|aa)*b", LONG),
        ("((?:ab?){2})c", LONG),
        (r"[a\])]([)a]+){2,}", LONG),
        ("a*a*a*a*a*b", "5 repeats (*, +, {…}) and 0 choices (?, |) are too many; write it with fewer"),
        ("a?" * 30 + "b", "0 repeats (*, +, {…}) and 30 choices (?, |) are too many; write it with fewer"),
        ("(?:a|.)" * 30 + "b", "0 repeats (*, +, {…}) and 30 choices (?, |) are too many; write it with fewer"),
        ("(?x)(a+) +b", "write it without (?x) and (?#…)"),
        ("(?x:(a+) +)b", "write it without (?x) and (?#…)"),
        ("(?#[)(a+)+(?#])b", "write it without (?x) and (?#…)"),
    ],
)
def test_what_may_take_long_for_some_name_is_refused_with_what_to_write(said, why):
    assert refused(said) == f"device: {said[:80]!r} may take too long for some names: {why}"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("(1", "'(1' is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("1{99999999999}", "'1{99999999999}' is not a regular expression: the repetition number is too large"),
        (7, "7 is not a regular expression: a text was expected"),
        ("(1)(2)", "the pattern may have at most one group: the device"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(said, why):
    assert refused(said) == f"device: {why}"


def test_a_pattern_of_brackets_without_end_is_refused_in_a_line():
    assert "is not a regular expression: maximum recursion depth" in refused("(?:" * 5_000 + "1" + ")" * 5_000)


def refused(said):
    with pytest.raises(InvalidFieldError) as why:
        compile_pattern("device", said, "the device")
    return f"{why.value.word}: {why.value}"
