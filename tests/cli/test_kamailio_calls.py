"""Calls through a real Kamailio that is set up as our manual says, polled out of its tables, count as they were."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import date, timedelta

import pytest

from cli.growing import settings
from cli.office import ACME, COPENHAGEN
from kamailio import program, running_proxy
from sip_phone import Phone

SOON_SECONDS = 40
TRUTH = {
    "101": {
        "outboundCalls": 4, "outboundSeconds": 2, "outboundAnswered": 2, "outboundUnanswered": 2, "outboundFailed": 1,
        "inboundCalls": 1, "inboundSeconds": 1, "inboundAnswered": 1, "inboundUnanswered": 0, "inboundBusy": 0,
    },
    "102": {
        "outboundCalls": 0, "outboundSeconds": 0, "outboundAnswered": 0, "outboundUnanswered": 0, "outboundFailed": 0,
        "inboundCalls": 4, "inboundSeconds": 1, "inboundAnswered": 1, "inboundUnanswered": 3, "inboundBusy": 1,
    },
}  # fmt: skip


def place_calls(proxy, gateway):
    """Place them one after the other, each to its end; seconds are a third longer than what is counted."""
    gateway.proxy = proxy
    with ExitStack() as open_ones, ThreadPoolExecutor() as at_once:
        anna, bo = (open_ones.enter_context(closing(Phone(number, proxy))) for number in ("101", "102"))
        for phone in (anna, bo):
            phone.register()

        def placed(caller, number, callee, takes, **calls):
            callee_does = at_once.submit(callee.takes, **takes)
            code = caller.call(number, **calls)
            callee_does.result(timeout=30)
            return code

        assert placed(anna, "102", bo, {"ring": 0.1}, talk=1.3) == 200
        assert placed(gateway, "101", anna, {"ring": 0.1, "talk": 1.3}) == 200
        assert placed(anna, "004599000002", gateway, {"ring": 0.1}, talk=1.3) == 200
        assert placed(anna, "102", bo, {"ring": 0.1, "code": 603}) == 603
        assert placed(gateway, "102", bo, {"ring": 0.1, "code": 486}) == 486
        assert placed(gateway, "102", bo, {"ring": 0, "code": None}, gives_up_after=0.5) == 487
        assert anna.call("4500") == 404


def figures(office):
    """From each extension to its figures of these days."""
    days = {"from": f"{date.today() - timedelta(1)}", "to": f"{date.today() + timedelta(1)}"}
    answer = office.ask(**days, groupingInterval="MONTH")
    return {
        one["extensionNumber"]: {name: sum(cell[name] for cell in one["data"].values()) for name in TRUTH["101"]}
        for one in answer
    }


def polled(office, dsn):
    """Settings with a collector for each table."""
    settings(office, "".join(
        f'[collect.{table}]\nkind = "poll"\nsource = "kamailio"\ncustomer = "{ACME}"\nlayout = "127.0.0.2"\n'
        f'dsn = "{dsn}"\ntable = "{table}"\nevery = 0.1\ntimezone = "{COPENHAGEN.key}"\n'
        for table in ("acc", "missed_calls", "acc_cdrs")
    ))  # fmt: skip


@pytest.mark.kamailio
def test_calls_through_a_real_kamailio_set_up_as_the_manual_says_count_as_they_were(office, tmp_path):
    if program() is None:
        pytest.skip("Kamailio is not here: apt install kamailio kamailio-sqlite-modules")
    with closing(Phone("4599000001", host="127.0.0.2")) as gateway, running_proxy(tmp_path, gateway.address) as proxy:
        polled(office, f"sqlite:///{tmp_path / 'kamailio.db'}")
        with office.server():
            place_calls(proxy, gateway)
            until = time.monotonic() + SOON_SECONDS
            while (found := figures(office)) != TRUTH and time.monotonic() < until:
                time.sleep(0.2)
    assert found == TRUTH
