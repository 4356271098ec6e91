"""Addresses a request may come from: single ones and networks, separated by commas."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def is_within(ip_range: str, address: str | None) -> bool:
    """Whether an address is in the list; a list that cannot be read holds none."""
    try:
        here = _plain(ip_address(address or ""))
        return any(here in ip_network(one.strip(), strict=False) for one in ip_range.split(",") if one.strip())
    except ValueError:
        return False


def may_come_from(ip_range: str | None, address: str | None) -> bool:
    """Whether somebody bound to a list may come from an address; without a list, from any, known or not."""
    return ip_range is None or is_within(ip_range, address)


def is_range(text: str) -> bool:
    """Whether a text is a list of addresses and networks, at least one."""
    try:
        return bool([ip_network(one.strip(), strict=False) for one in text.split(",")])
    except ValueError:
        return False


def neighbourhood(address: str | None) -> str:
    """The network whose addresses count as one guesser: /24 for IPv4, /64 for IPv6; `?` if there is no address."""
    try:
        here = _plain(ip_address(address or ""))
    except ValueError:
        return "?"
    return str(ip_network((here, 24 if here.version == 4 else 64), strict=False))


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address as itself, even if a dual-stack socket writes it as `::ffff:192.0.2.1`."""
    return getattr(address, "ipv4_mapped", None) or address
