from pbxtally.renderers.rows import flat_rows, header
from renderers.reports import BO, HIS_PHONE, report, row

CELLS = {"49": (80, 111), "50": (106, 159)}


def test_the_interval_stands_between_identity_and_measures():
    made = report(fields=["inboundCalls", "outboundCalls", "extensionNumber", "employeeId"])
    assert header(made) == ("employeeId", "extensionNumber", "interval", "outboundCalls", "inboundCalls")


def test_there_is_one_row_for_each_extension_and_interval():
    made = report(row("Bo Madsen", "232", CELLS), fields=["employeeName", "outboundCalls", "inboundCalls"])
    assert list(flat_rows(made)) == [("Bo Madsen", "49", 80, 111), ("Bo Madsen", "50", 106, 159)]


def test_without_a_measure_there_is_one_row_for_each_extension_and_no_interval():
    made = report(row("Bo Madsen", "232", {"49": (), "50": ()}), fields=["employeeId", "extensionId"])
    assert header(made) == ("employeeId", "extensionId")
    assert list(flat_rows(made)) == [(BO, HIS_PHONE)]


def test_measures_alone_still_have_a_row_for_each_extension():
    made = report(row("Bo", "232", {"49": (1,)}), row("Bo", "289", {"49": (1,)}), fields="outboundCalls")
    assert list(flat_rows(made)) == [("49", 1), ("49", 1)]
