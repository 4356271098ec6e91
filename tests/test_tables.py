"""A row means the same however it is written: plain, or with cells in quotes that need none."""

import json

import pytest

from pbxtally.tables import rows_below_heading

ROWS = [
    ["101", "2026-03-02 09:00:00", "102"],
    ["", " 7 ", ""],
    ["100%", "%b 5", "{9}"],
    ["NULL", "9", "\\N"],
    ["9", "Jørgen", "a\tb"],
]


@pytest.mark.parametrize("names", [["caller", "start", "callee"], ["50%", "%b", "id"], ["id", "start", "id"]])
@pytest.mark.parametrize("separator", ",;\t")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_plain_row_is_the_same_record_as_one_in_quotes(names, separator, end):
    def records(rows):
        lines = [separator.join(row).encode() + end.encode() for row in [names, *rows]]
        return list(rows_below_heading(lines, lambda found: found == names))

    rows = [row for row in ROWS if separator not in "".join(row)]
    found = records(rows)
    assert found == records([[f'"{cell}"' for cell in row] for row in rows])
    assert json.loads(found[0]) == dict(zip(names, rows[0], strict=True))
