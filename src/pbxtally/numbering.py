"""Which numbers and devices are extensions of a customer (D2a)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from pbxtally.legs import SERVICE

DEFAULT_EXTENSION_PATTERN = r"\d{2,6}"

_NONE: tuple[str, frozenset[str]] = ("", frozenset())


class ExtensionSetting(Protocol):
    """What is remembered of a source's devices."""

    @property
    def trunks(self) -> tuple[str, ...]:
        """Devices that are never extensions."""
        ...

    @property
    def extensions(self) -> str | None:
        """A regular expression for whole device names that are extensions; None: 2 to 6 digits."""
        ...


class _Met:
    """For each device met, the extension that it is, or "", and the numbers that are extensions on it if it is none.

    Not a part of what a numbering is, nor sent with it to another process.
    """

    __slots__ = ("_fits", "_known")

    def _begin(self, pattern: str) -> None:
        self._fits: Callable[[str], re.Match[str] | None] = re.compile(pattern).fullmatch
        self._known: dict[str, tuple[str, frozenset[str]]] = {}


@dataclass(slots=True)
class Numbering(_Met):
    """Which numbers and devices are extensions of this customer (D2a).

    `directory` holds every number the customer's directory knows or knew; `pattern` matches whole device names, and its
    first group, if it has one, is the number; `trunks` are devices that are never extensions.
    """

    directory: frozenset[str] = frozenset()
    pattern: str = DEFAULT_EXTENSION_PATTERN
    trunks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._begin(self.pattern)

    @classmethod
    def of_source(cls, directory: frozenset[str], setting: ExtensionSetting | None) -> Numbering:
        """How a source names its extensions, by what is remembered of it."""
        if setting is None:
            return cls(directory)
        return cls(directory, setting.extensions or DEFAULT_EXTENSION_PATTERN, frozenset(setting.trunks))

    def with_directory(self, directory: frozenset[str]) -> Numbering:
        """The same pattern and trunks, with the numbers of a directory."""
        return self if directory == self.directory else Numbering(directory, self.pattern, self.trunks)

    def of_device(self, device: str) -> str:
        """The extension a device is, or ""."""
        return (self._known.get(device) or self._look_up(device))[0]

    def of_party(self, device: str, number: str) -> str:
        """The extension of a party: its device's, else its number, if the directory has it."""
        extension, numbers = self._known.get(device) or self._look_up(device)
        return extension or (number if number in numbers else "")

    def _look_up(self, device: str) -> tuple[str, frozenset[str]]:
        is_none = device in self.trunks or device == SERVICE
        found = self._known[device] = _NONE if is_none else (self._named(device), self.directory)
        return found

    def _named(self, device: str) -> str:
        if not device or device in self.directory:
            return device
        fits = self._fits(device)
        return (fits[1] if fits.re.groups else device) if fits else ""


class Numberings:
    """How a customer's sources name its extensions, for legs of which the source is not known.

    A device counts as an extension if any of the sources, or one that nothing is remembered of, calls it so.
    """

    def __init__(self, directory: frozenset[str], settings: Iterable[ExtensionSetting]) -> None:
        self._each = [Numbering.of_source(directory, one) for one in (*settings, None)]

    def is_extension(self, extension: str, device: str, number: str) -> bool:
        """Whether a party is this extension: its device is, or its number."""
        return number == extension or any(one.of_device(device) == extension for one in self._each)

    def of_device(self, device: str) -> str:
        """The extension that a device is, or ""."""
        return next((found for one in self._each if (found := one.of_device(device))), "")

    def name_of(self, device: str) -> str:
        """The extension that a device is, else its own name; "" for the PBX itself."""
        return "" if device == SERVICE else self.of_device(device) or device
