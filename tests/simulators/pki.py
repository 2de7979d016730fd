"""A certification authority for tests: roots, issuers, certificates, PFX files."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from Cryptodome.Hash import SHA1
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import pkcs1_15
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2036, 1, 1, tzinfo=UTC)
SERIALS = iter(range(1_000_000_000_000_001, 1_000_000_000_009_999))


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name, as making one is slow; the one named `short` is too short."""
    return rsa.generate_private_key(65_537, 1_024 if name == "short" else 2_048)


@cache
def key_pem(name: str) -> str:
    return (
        rsa_key(name)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        .decode()
    )


@cache
def key_pkcs8(name: str) -> str:
    return (
        rsa_key(name)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@cache
def public_pem(name: str) -> str:
    return (
        rsa_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@cache
def simulators_key(name: str) -> RSA.RsaKey:
    """The key of that name in the other library, for the simulators' own crypto."""
    return RSA.import_key(key_pem(name))


def bare(pem: str) -> str:
    """Base64 in one line, as key tools and consoles write it."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-"))


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key_name: str

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def pfx(self, password: str) -> bytes:
        return pkcs12.serialize_key_and_certificates(
            b"merchant",
            rsa_key(self.key_name),
            self.certificate,
            None,
            serialization.BestAvailableEncryption(password.encode()),
        )


def subject(common: str, organisation: str = "Test CA", unit: str = "Tests") -> x509.Name:
    """In the order certificates have: country first."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def issue(
    common: str,
    *,
    by: Issued | None = None,
    key_name: str | None = None,
    is_ca: bool = False,
    end: datetime = END,
) -> Issued:
    """A certificate for `common`, signed by `by` or by itself."""
    key_name = key_name or common
    signing_key = rsa_key(by.key_name if by else key_name)
    name = subject(common)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(rsa_key(key_name).public_key())
        .serial_number(next(SERIALS))
        .not_valid_before(START)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    return Issued(builder.sign(signing_key, hashes.SHA256()), key_name)


def over_sha1(issued: Issued, by: Issued) -> Issued:
    """The same certificate, signed by `by` over SHA-1, as UnionPay's still are."""
    sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
    tbs = issued.certificate.tbs_certificate_bytes.replace(sha256, sha1)
    key = simulators_key(by.key_name)
    signature = pkcs1_15.new(key).sign(SHA1.new(tbs))
    der = issued.certificate.public_bytes(serialization.Encoding.DER).replace(sha256, sha1)
    der = der[: -len(signature)] + signature
    return Issued(x509.load_der_x509_certificate(der), issued.key_name)


def foreign_root(common: str) -> str:
    """A root that is not signed with RSA, as one of Alipay's is not."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = subject(common)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(next(SERIALS))
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=9_000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
