"""Alipay's certificate mode: serial numbers as Alipay counts them, and whom to believe.

Alipay names a certificate by a digest of issuer and serial number. Its root file holds several
roots, one of them with an algorithm of the Chinese SM family, which are left out of that name.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_RSA = "1.2.840.113549.1.1."
_LONGEST_CHAIN = 5


def load(pem: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text, in its order; raises `ValueError` when there is none."""
    return x509.load_pem_x509_certificates(pem.encode())


def serial(certificate: x509.Certificate) -> str:
    """`app_cert_sn` or `alipay_cert_sn`: MD5 of the issuer's name and the decimal serial number.

    The name is written as RFC 4514 has it, the most special part first: `CN=…,OU=…,O=…,C=…`.
    """
    name = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def root_serial(roots: Iterable[x509.Certificate]) -> str:
    """`alipay_root_cert_sn`: the serials of the roots signed with RSA, joined by `_`."""
    return "_".join(serial(each) for each in roots if is_rsa(each))


def is_rsa(certificate: x509.Certificate) -> bool:
    """Whether it was signed with RSA, which is all that is readable here."""
    return certificate.signature_algorithm_oid.dotted_string.startswith(_RSA)


def is_issued_under(
    certificate: x509.Certificate,
    roots: Sequence[x509.Certificate],
    between: Sequence[x509.Certificate],
    at: datetime,
) -> bool:
    """Whether a chain of valid certificates of issuers leads from it to one of `roots`.

    `between` may hold issuers that are not roots. Signatures, periods of validity and the right
    to issue are checked at every step.
    """
    current = certificate
    for _ in range(_LONGEST_CHAIN):
        if not is_in_time(current, at):
            return False
        if any(_signed(current, root) and is_in_time(root, at) for root in roots):
            return True
        issuer = next((each for each in between if _signed(current, each)), None)
        if issuer is None:
            return False
        current = issuer
    return False


def is_in_time(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def succeeds(new: x509.Certificate, old: x509.Certificate) -> bool:
    """Whether `new` belongs to whom `old` belongs to: same subject, same issuer.

    Merchants' certificates come from the same roots as Alipay's own, so a chain is not enough.
    """
    return (new.subject, new.issuer) == (old.subject, old.issuer)


def rsa_key(certificate: x509.Certificate) -> RSAPublicKey:
    """Its public key; raises `ValueError` when that is not RSA."""
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate's key is not RSA")  # noqa: TRY004 - a wrong value
    return key


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed it and is allowed to issue."""
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.value.ca
