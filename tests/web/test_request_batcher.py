"""Many small requests are served together, and nobody else waits behind all of them."""

import asyncio

from pbxtally.web import request_batcher
from pbxtally.web.request_batcher import FEW, RequestBatcher

DELIVERIES = [f"delivery {number}" for number in range(5 * FEW)]


async def _order_of_answers(*, somebody_asks):
    """Who is answered when, if a question still needs the event loop twice when the deliveries are counted."""
    order, tasks = [], []

    async def question():
        await asyncio.sleep(0)
        order.append("question")

    async def finish(begun):
        tasks.append(asyncio.create_task(question()))
        return begun

    async def delivery(name):
        order.append(await batcher.submit(name))

    batcher = RequestBatcher(lambda given: given, finish, lambda: somebody_asks)
    await asyncio.gather(*map(delivery, DELIVERIES))
    await asyncio.gather(*tasks)
    return order


def test_a_question_is_let_through_between_a_few_answers_and_the_next():
    order = asyncio.run(_order_of_answers(somebody_asks=True))
    assert order.index("question") <= FEW
    assert [one for one in order if one != "question"] == DELIVERIES


def test_deliveries_are_answered_at_once_while_nobody_asks():
    assert asyncio.run(_order_of_answers(somebody_asks=False)) == [*DELIVERIES, "question"]


async def _two_turns(deliveries, *, is_short):
    """What happens in which order while a question is answered, which ends soon, or only when all are delivered."""
    order, is_over = [], asyncio.Event()

    async def finish(begun):
        order.append(len(begun))
        return begun

    async def question():
        await (asyncio.sleep(0.02) if is_short else delivered.wait())
        order.append("question")
        is_over.set()

    delivered, asking = asyncio.Event(), asyncio.create_task(question())
    batcher = RequestBatcher(lambda given: given, finish, lambda: not is_over.is_set())
    for _ in range(2):
        await asyncio.gather(*map(batcher.submit, deliveries))
    delivered.set()
    await asking
    return order


def test_the_next_turn_of_several_waits_for_a_question(monkeypatch):
    monkeypatch.setattr(request_batcher, "COURTESY_SECONDS", 10)
    assert asyncio.run(_two_turns(DELIVERIES[:2], is_short=True)) == [2, "question", 2]


def test_it_does_not_wait_for_one_without_end():
    assert asyncio.run(_two_turns(DELIVERIES[:2], is_short=False)) == [2, 2, "question"]


def test_deliveries_that_come_alone_wait_for_no_question(monkeypatch):
    monkeypatch.setattr(request_batcher, "COURTESY_SECONDS", 10)
    turns = asyncio.wait_for(_two_turns(DELIVERIES[:1], is_short=False), 5)
    assert asyncio.run(turns) == [1, 1, "question"]


def test_what_is_wrong_with_a_turn_is_told_to_all_in_it():
    def begin(given):
        raise ValueError(f"{len(given)} together")

    async def all_outcomes():
        batcher = RequestBatcher(begin, None, lambda: False)
        return await asyncio.gather(*map(batcher.submit, DELIVERIES), return_exceptions=True)

    assert [str(one) for one in asyncio.run(all_outcomes())] == [f"{len(DELIVERIES)} together"] * len(DELIVERIES)
