"""Connecting to what a name says now: resolved once, checked, and to that very address."""

import datetime as dt
import ssl
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.adapters.egress import GuardedClient
from app.core.security.egress import LOOPBACK, Egress
from app.services.webhooks.ports import NotReached
from tests.fakes.receiver import receiving

NAME = "hooks.example.com"
INNER = "10.0.0.7"


def resolving(*addresses: str):
    """Answers once with `addresses`; asking again is a fault."""
    asked: list[str] = []

    async def resolve(host: str, port: int):
        asked.append(host)
        assert len(asked) == 1, "resolved twice"
        return [ip_address(each) for each in addresses]

    return resolve


def client(egress: Egress, resolve, **more) -> GuardedClient:
    return GuardedClient(egress, timeout_seconds=5, parallel=2, resolve=resolve, **more)


async def error_of(made: GuardedClient, url: str) -> str:
    with pytest.raises(NotReached) as failed:
        await made.post(url, {}, b"{}")
    await made.aclose()
    return failed.value.error.value


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.216.34", INNER), (INNER, "93.184.216.34"), ("::1",)]
)
async def test_d21_a_name_that_points_inside_is_not_connected_to(addresses):
    """Even if another address of it is outside: who answers could choose."""
    made = client(Egress(), resolving(*addresses))
    assert await error_of(made, f"https://{NAME}/") == "forbidden_address"


async def test_d21_what_was_saved_before_is_looked_at_again_when_it_is_sent():
    made = client(Egress(), resolving())
    assert await error_of(made, "https://127.0.0.1/") == "forbidden_address"


async def test_a_name_without_an_address_is_unresolved():
    async def fail(host, port):
        raise OSError

    for resolve in (fail, resolving()):
        assert await error_of(client(Egress(), resolve), f"https://{NAME}/") == "unresolved"


def certificate(folder, name: str):
    """Contexts of a server that is called `name`, and of who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_d21_the_checked_address_is_connected_to_under_the_name(tmp_path):
    """A second answer of the name server is never asked for, and the certificate is the name's."""
    server, trusting = certificate(tmp_path, NAME)
    named: list[str | None] = []
    server.sni_callback = lambda _, name, __: named.append(name)
    async with receiving(server) as receiver:
        egress = Egress(LOOPBACK, ports=frozenset({receiver.port}))
        url = f"https://{NAME}:{receiver.port}/hooks?a=1"
        made = client(egress, resolving("127.0.0.1"), verify=trusting)
        assert await made.post(url, {"webhook-id": "1"}, b"{}") == 204
        await made.aclose()
        (got,) = receiver.received
        assert (got.path, got.headers["host"]) == ("/hooks?a=1", f"{NAME}:{receiver.port}")
        assert named == [NAME]
        other = client(egress, resolving("127.0.0.1"), verify=trusting)
        assert await error_of(other, url.replace("hooks.", "other.")) == "unreachable"
        assert len(receiver.received) == 1


async def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with receiving() as receiver:
        made = client(Egress(LOOPBACK), resolving("127.0.0.1"))
        assert await made.post(receiver.url, {}, b"{}") == 204
        await made.aclose()


async def test_names_are_really_resolved():
    async with receiving() as receiver:
        made = GuardedClient(Egress((ip_network("127.0.0.0/8"),)), timeout_seconds=5, parallel=2)
        assert await made.post(receiver.url, {}, b"{}") == 204
        await made.aclose()
