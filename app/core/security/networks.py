"""Addresses of callers, in the form limits and allow-lists compare."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"


def network_of(ip: str | None) -> str:
    """What one household shares: the IPv4 address, or the /64 of an IPv6 address.

    A mapped address (`::ffff:192.0.2.1`) is its IPv4 address; a zone id is dropped.
    """
    address = _address(ip)
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def is_within(ip: str | None, networks: Iterable[str]) -> bool:
    """Whether `ip` lies in one of `networks` (CIDR or single addresses)."""
    address = _address(ip)
    return address is not None and any(
        address in ip_network(each, strict=False) for each in networks
    )


def _address(ip: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((ip or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
