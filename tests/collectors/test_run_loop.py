"""A collector at work: a fault is told and tried again, and the pauses grow."""

from threading import Event

from pbxtally.collectors import CollectorError
from pbxtally.collectors.run_loop import run_collector


class Flaky:
    """Fails so many times, then works so many times, then stops."""

    def __init__(self, fails, works):
        self.fails, self.works = fails, works
        self.made, self.closed, self.heard = 0, 0, []
        self.stopped = Event()

    def make(self):
        self.made += 1
        return self

    def close(self):
        self.closed += 1

    def collect(self, stopped):
        if self.fails:
            self.fails -= 1
            raise CollectorError("the database is down")
        self.works -= 1
        if not self.works:
            stopped.set()
        return True

    def failed(self, why, pause_seconds):
        self.heard.append((str(why), pause_seconds))

    def works_again(self):
        self.heard.append("well")

    def run(self):
        run_collector(self.make, 60, self.stopped, self, first_pause_seconds=0.001)
        return self.heard


def test_pauses_grow_until_it_works_again():
    flaky = Flaky(fails=3, works=2)
    down = "the database is down"
    assert flaky.run() == [(down, 0.001), (down, 0.002), (down, 0.004), "well"]
    assert (flaky.made, flaky.closed) == (4, 4)


def test_what_works_is_made_once_and_not_told_of():
    flaky = Flaky(fails=0, works=3)
    assert flaky.run() == []
    assert (flaky.made, flaky.closed) == (1, 1)
