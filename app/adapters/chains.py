"""Certificates of gateways: read from PEM, and followed to the roots that are pinned.

The libraries' own path validation is for web servers. It wants names of hosts, and refuses what
Chinese authorities really issue: roots of the SM family, odd encodings, signatures over SHA-1.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SAFE = frozenset({"sha256", "sha384", "sha512"})
WITH_SHA1 = SAFE | {"sha1"}
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----")
_RSA = "1.2.840.113549.1.1."
_RSA_BYTES = bytes.fromhex("06092a864886f70d0101")
_LONGEST = 5


def load(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM text in their order; raises `ValueError` when there is none.

    One that cannot be read is left out unless RSA is in it: Alipay's file of roots has two that
    are of no use here, and one of them is encoded in a way that libraries have come to refuse.
    """
    found = []
    for block in _BLOCK.findall(pem):
        try:
            der = base64.b64decode("".join(block.split()), validate=True)
        except binascii.Error as error:
            raise ValueError("a certificate cannot be read") from error
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError:
            if _RSA_BYTES in der:
                raise
    if not found:
        raise ValueError("there is no certificate")
    return found


def with_rsa(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Those that were signed with RSA."""
    return [
        each for each in certificates if each.signature_algorithm_oid.dotted_string.startswith(_RSA)
    ]


def rsa_key(certificate: x509.Certificate) -> RSAPublicKey:
    """Its public key; raises `ValueError` when that is not RSA."""
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise ValueError("the certificate's key is of an unknown kind") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate's key is not RSA")  # noqa: TRY004 - a wrong value
    return key


def is_in_time(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def is_issued_under(
    certificate: x509.Certificate,
    roots: Sequence[x509.Certificate],
    between: Sequence[x509.Certificate],
    at: datetime,
    *,
    digests: frozenset[str] = SAFE,
) -> bool:
    """Whether a chain of issuers, all valid at `at`, leads from it to one of `roots`.

    `between` may hold issuers that are not roots. At every step the signature, its digest, the
    period and the right to issue are checked.
    """
    current = certificate
    for _ in range(_LONGEST):
        if not is_in_time(current, at):
            return False
        if any(_issued(current, root, digests) and is_in_time(root, at) for root in roots):
            return True
        issuer = next((each for each in between if _issued(current, each, digests)), None)
        if issuer is None:
            return False
        current = issuer
    return False


def _issued(
    certificate: x509.Certificate, issuer: x509.Certificate, digests: frozenset[str]
) -> bool:
    """Whether `issuer` signed it and is allowed to issue."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        digest = certificate.signature_hash_algorithm
        if not isinstance(digest, hashes.HashAlgorithm) or digest.name not in digests:
            return False
        rsa_key(issuer).verify(
            certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), digest
        )
        rights = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return rights.value.ca
