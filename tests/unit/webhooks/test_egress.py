"""What addresses others may name: only such as anybody on the internet could reach."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.security.egress import LOOPBACK, AddressNotAllowed, Egress
from app.core.webhook_settings import WebhookSettings

PUBLIC = Egress()
INSIDE = [
    "https://127.0.0.1/",
    "https://127.8.8.8/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::1]/",
    "https://[fe80::1%25eth0]/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://shop.localhost/",
    "https://db.internal/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://nas.lan/",
]
STRANGE = [
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://127.1/",
    "https://1.2.3.4.5/",
    "https://example.com.0x1/",
    "https://example.com./",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com@127.0.0.1/",
    "https://@example.com/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:80/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "http://example.com/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "https:///x",
    "https://",
    "https://intranet/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: a",
    "https://example.com\\@127.0.0.1/",
    "https://example.com/#part",
    "https://example.com#@127.0.0.1/",
    "https://例え.jp/",
    "https://ⓛocalhost/",
    "https://-a.com/",
    "https://a..com/",
    "https://[::1",
    "https://[v1.x]/",
    "https://example.com/" + "a" * 2_048,
    "",
]


@pytest.mark.parametrize("url", INSIDE + STRANGE)
def test_d21_an_address_inside_or_strange_is_refused(url: str) -> None:
    with pytest.raises(AddressNotAllowed) as refused:
        PUBLIC.check(url)
    assert url not in refused.value.detail or not url


@pytest.mark.parametrize(
    ("url", "host", "path", "authority"),
    [
        ("https://hooks.example.com/stoa?a=1", "hooks.example.com", "/stoa?a=1", None),
        ("https://HOOKS.example.com", "hooks.example.com", "/", None),
        ("HTTPS://xn--r8jz45g.jp:443/x", "xn--r8jz45g.jp", "/x", None),
        ("https://1.1.1.1/", "1.1.1.1", "/", None),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", "/", "[2606:4700:4700::1111]"),
        ("https://a_b.example.com/%2e%2e", "a_b.example.com", "/%2e%2e", None),
    ],
)
def test_a_public_address_is_taken_apart(
    url: str, host: str, path: str, authority: str | None
) -> None:
    target = PUBLIC.check(url)
    assert (target.scheme, target.host, target.port, target.path) == ("https", host, 443, path)
    assert target.authority == (authority or host)


def test_ports_are_named() -> None:
    egress = Egress(ports=frozenset({443, 8443}))
    assert egress.check("https://a.example.com:8443/").authority == "a.example.com:8443"
    with pytest.raises(AddressNotAllowed):
        egress.check("https://a.example.com:8444/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/x", "http://localhost:9000/x", "http://[::1]:9000/x"]
)
def test_where_this_machine_is_allowed_http_and_any_port_will_do(url: str) -> None:
    assert Egress(LOOPBACK).check(url).port == 9_000
    with pytest.raises(AddressNotAllowed):
        Egress((ip_network("10.0.0.0/8"),)).check(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://example.com/", "https://0x7f.1/"])
def test_what_is_not_in_an_allowed_network_stays_refused(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        Egress(LOOPBACK).check(url)


@given(st.ip_addresses(v=4))
def test_of_ipv4_what_is_reached_is_global_however_it_is_written(address: IPv4Address) -> None:
    is_reached = PUBLIC.reaches(address)
    if is_reached:
        assert address.is_global
    for carried in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert PUBLIC.reaches(ip_address(carried)) == is_reached


@given(st.ip_addresses(v=6, network="2002::/16"))
def test_of_ipv6_what_translates_is_judged_by_what_it_carries(address: IPv6Address) -> None:
    assert address.sixtofour is not None
    assert not PUBLIC.reaches(address) or PUBLIC.reaches(address.sixtofour)


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://[", "http://127.0.0.1"]))
def test_any_text_is_taken_or_refused(text: str, before: str) -> None:
    try:
        target = PUBLIC.check(before + text)
    except AddressNotAllowed:
        return
    assert (target.scheme, target.port) == ("https", 443)
    assert target.host
    assert target.path.isascii()


def test_in_production_this_machine_is_not_reached() -> None:
    settings = WebhookSettings()
    assert not settings.egress(is_production=True).reaches(ip_address("127.0.0.1"))
    assert settings.egress(is_production=False).reaches(ip_address("127.0.0.1"))
    named = WebhookSettings(allowed_networks=[ip_network("10.0.0.0/8")])
    for is_production in (True, False):
        egress = named.egress(is_production=is_production)
        assert egress.reaches(ip_address("10.1.1.1"))
        assert not egress.reaches(ip_address("127.0.0.1"))
