"""The world outside: made-up people who call and are called.

No Danish number begins with 0, and the few foreign ones lie in ranges that their countries reserve for films: whoever
dials a number of the demo reaches nobody.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random
from typing import NamedTuple

_FIRST_NAMES = """
    Aksel Alma Anders Asger Asta Bente Birgit Carl Christian Dagmar Ditte Ebbe Else Emil Erik Esther Freja Frode Gerda
    Grethe Gustav Hanne Henrik Ida Inger Jakob Jens Johanne Jonas Jytte Karen Kasper Kirsten Lars Lene Lis Louise Mads
    Malthe Maren Mette Mikkel Nanna Niels Nora Ole Oskar Otto Pernille Peter Poul Rasmus Rikke Rosa Simon Sofie Steen
    Søren Thea Tove Troels Ulla Vagn Vibeke Viggo Villads Åge Åse
"""
_LAST_NAMES = """
    Aagaard Abildgaard Balle Bech Bertelsen Birk Brandt Buch Bülow Dam Damgaard Enevoldsen Fog Friis Gade Graversen
    Haugaard Hedegaard Hjort Holm Iversen Jepsen Juul Kjær Kjeldsen Kragh Krogh Lassen Lauritsen Lind Lorentzen Lund
    Mathiesen Munk Mølgaard Nygaard Overgaard Palle Ravn Riis Rosendal Skov Smed Storm Søndergaard Thorsen Toft Vad
    Vester Winther Østergaard Øllgaard
"""
_FOREIGN_NUMBERS = ("+442079460123", "+442079460871", "+12025550147", "+12025550182", "+61255501234")


class Outsider(NamedTuple):
    """Somebody outside; `number` as the trunk presents it."""

    number: str
    name: str


class Crowd:
    """Outsiders, of whom a few call often and most rarely."""

    def __init__(self, rng: Random, count: int) -> None:
        numbers = [f"0{number}" for number in rng.sample(range(1_000_000, 10_000_000), count)]
        numbers[-len(_FOREIGN_NUMBERS) :] = _FOREIGN_NUMBERS
        first, last = _FIRST_NAMES.split(), _LAST_NAMES.split()
        self._people = [Outsider(number, f"{rng.choice(first)} {rng.choice(last)}") for number in numbers]
        self._weights = list(accumulate(1 / (place + 5) for place in range(count)))

    def pick(self, rng: Random) -> Outsider:
        """Somebody, regulars first."""
        return rng.choices(self._people, cum_weights=self._weights)[0]
