import json

import pytest

from pbxtally.renderers.to_json import CHUNK_BYTES, json_chunks
from renderers.reports import BO, HIS_PHONE, HOSTILE, TWO_MEASURES, report, row


def text(made):
    return b"".join(json_chunks(made)).decode()


def test_an_answer_has_the_shape_of_the_page_to_the_byte():
    made = report(row("Bo Madsen", "232", {"49": (80, 14276, 66, 14, 0, 111, 27041, 102, 9, 0)}))
    assert text(made) == (
        f'[{{"employeeId":"{BO}","employeeName":"Bo Madsen","extensionId":"{HIS_PHONE}","extensionNumber":"232",'
        '"data":{"49":{"outboundCalls":80,"outboundSeconds":14276,"outboundAnswered":66,"outboundUnanswered":14,'
        '"outboundFailed":0,"inboundCalls":111,"inboundSeconds":27041,"inboundAnswered":102,"inboundUnanswered":9,'
        '"inboundBusy":0}}}]'
    )


def test_intervals_keep_their_order_and_names_their_letters():
    made = report(row("Bø Åse 👋", "232", {"12": (1,), "1": (2,)}), fields=["employeeName", "inboundCalls"])
    assert text(made) == '[{"employeeName":"Bø Åse 👋","data":{"12":{"inboundCalls":1},"1":{"inboundCalls":2}}}]'


def test_without_a_measure_there_is_no_data():
    made = report(row("Bo", "232", {"49": ()}), fields=["extensionNumber"])
    assert text(made) == '[{"extensionNumber":"232"}]'


def test_measures_alone_are_data_alone():
    made = report(row("Bo", "232", {"49": (3,)}), row("Bo", "289", {}), fields=["inboundBusy"])
    assert text(made) == '[{"data":{"49":{"inboundBusy":3}}},{"data":{}}]'


def test_a_row_of_nobody_has_null_for_the_employee_and_an_unknown_extension():
    made = report(row(None, "232", {"49": ()}, employee=None, extension=None), fields=["employeeId", "extensionId"])
    assert text(made) == '[{"employeeId":null,"extensionId":null}]'


def test_no_rows_are_an_empty_array():
    assert text(report()) == "[]"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_any_name_comes_back_as_it_was_but_for_half_characters(name):
    made = report(row(name, "232", {"49": (1, 2)}), fields=TWO_MEASURES)
    assert json.loads(text(made))[0]["employeeName"] == name.replace("\ud83d", "\ufffd")


def test_a_large_answer_comes_in_chunks_that_make_one_document():
    rows = [row(f"Bo {index}", str(index), {str(day): (day, index) for day in range(1, 32)}) for index in range(400)]
    chunks = list(json_chunks(report(*rows, fields=TWO_MEASURES)))
    assert len(chunks) > 3
    assert all(CHUNK_BYTES <= len(chunk) < 2 * CHUNK_BYTES for chunk in chunks[:-1])
    assert [one["extensionNumber"] for one in json.loads(b"".join(chunks))] == [str(index) for index in range(400)]
