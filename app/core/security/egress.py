"""Addresses others name and we connect to: only such as anybody on the internet could reach.

`Egress.check` reads an address when it is saved; who connects resolves its name once, asks
`Egress.reaches` about every address of it and connects to one of those (`app.adapters.egress`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias
from urllib.parse import urlsplit

from app.core.errors import DomainError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
MAX_LENGTH, MAX_HOST = 2_048, 253
DEFAULT_PORTS = {"https": 443, "http": 80}
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without blanks and the backslash
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion")
_TRANSLATED = ip_network("64:ff9b::/96")
"""NAT64: an IPv4 address in the last four bytes (RFC 6052)."""


class AddressNotAllowed(DomainError):
    """`reason` says what is wrong with the address that was given."""

    slug, title, title_zh = (
        "address-not-allowed",
        "The service does not connect to this address",
        "不允许连接该地址",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts; `path` is what is asked for, query included."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` of a request for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Egress:
    """Where others may send us: the public internet over https, and `networks` besides.

    Inside `networks` any port will do, and http.
    """

    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({443})

    def check(self, url: str) -> Target:
        """The parts of an address that may be kept. Raises `AddressNotAllowed`.

        Read strictly: what two readers could understand differently is refused.
        """
        if len(url) > MAX_LENGTH or not _PRINTABLE.fullmatch(url):
            raise _refused("unreadable")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _refused("unreadable") from error
        if parts.scheme not in DEFAULT_PORTS:
            raise _refused("scheme")
        if "@" in parts.netloc:
            raise _refused("credentials")
        if parts.fragment or url.endswith("#"):
            raise _refused("fragment")
        host = parts.hostname or ""
        if "[" in parts.netloc and ":" not in host:
            raise _refused("host")
        number = DEFAULT_PORTS[parts.scheme] if port is None else port
        if not self._names_network(host):
            if parts.scheme != "https":
                raise _refused("scheme")
            if number not in self.ports:
                raise _refused("port")
            self._require_public(host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, number, path)

    def reaches(self, address: Address) -> bool:
        """Whether it is an address of the public internet, or in one of `networks`."""
        return _is_within(address, self.networks) or all(
            _is_public(each) for each in _meant(address)
        )

    def _names_network(self, host: str) -> bool:
        if host == "localhost":
            return any(each in self.networks for each in LOOPBACK)
        literal = _literal(host)
        return literal is not None and _is_within(literal, self.networks)

    def _require_public(self, host: str) -> None:
        literal = _literal(host)
        if literal is not None:
            if not self.reaches(literal):
                raise _refused("inside")
            return
        labels = host.split(".")
        if any(host == each or host.endswith(f".{each}") for each in _INSIDE):
            raise _refused("inside")
        # A name that ends in a number is an address to some readers: 2130706433, 0x7f.1, 127.1.
        if len(labels) == 1 or _NUMBER.fullmatch(labels[-1]) or len(host) > MAX_HOST:
            raise _refused("host")
        if not all(_LABEL.fullmatch(each) for each in labels):
            raise _refused("host")


def _literal(host: str) -> Address | None:
    if "%" in host:  # a zone names an interface of this machine
        raise _refused("host")
    try:
        return ip_address(host)
    except ValueError:
        return None


def _meant(address: Address) -> tuple[Address, ...]:
    """The address itself, or the IPv4 address that whoever translates it makes of it."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    return (address,) if address.sixtofour is None else (address, address.sixtofour)


def _is_public(address: Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or getattr(address, "is_site_local", False)
    )


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in each for each in networks)


def _refused(reason: str) -> AddressNotAllowed:
    return AddressNotAllowed("Name an https address of the public internet", reason=reason)
