"""Which numbers and devices are extensions of a customer (D2a)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pbxtally.legs import SERVICE

DEFAULT_EXTENSION_PATTERN = r"\d{2,6}"


@dataclass(slots=True)
class Numbering:
    """Which numbers and devices are extensions of this customer (D2a).

    `directory` holds every number the customer's directory knows or knew; `pattern` matches whole device names, and its
    first group, if it has one, is the number; `trunks` are devices that are never extensions.
    """

    directory: frozenset[str] = frozenset()
    pattern: str = DEFAULT_EXTENSION_PATTERN
    trunks: frozenset[str] = frozenset()
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def with_directory(self, directory: frozenset[str]) -> Numbering:
        """The same pattern and trunks, with the numbers of a directory."""
        return self if directory == self.directory else Numbering(directory, self.pattern, self.trunks)

    def of_device(self, device: str) -> str:
        """The extension a device is, or ""."""
        found = self._known.get(device)
        if found is None:
            found = self._known[device] = self._look_up(device)
        return found

    def of_party(self, device: str, number: str) -> str:
        """The extension of a party: its device's, else its number, if the directory has it."""
        found = self._known.get(device)
        if found is None:
            found = self.of_device(device)
        if found or device in self.trunks or device == SERVICE:
            return found
        return number if number in self.directory else ""

    def _look_up(self, device: str) -> str:
        if not device or device in self.trunks:
            return ""
        if device in self.directory:
            return device
        fits = re.fullmatch(self.pattern, device)
        return (fits.group(1) if fits.re.groups else device) if fits else ""
