import pytest

from pbxtally.plurals import quantity


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("column",), "0 columns"),
        (1, ("column",), "1 column"),
        (16, ("column",), "16 columns"),
        (1, ("delivery", "deliveries"), "1 delivery"),
        (2, ("delivery", "deliveries"), "2 deliveries"),
    ],
)
def test_one_is_told_as_one(count, words, said):
    assert quantity(count, *words) == said
