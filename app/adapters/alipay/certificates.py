"""Names of certificates as Alipay counts them."""

import hashlib
from collections.abc import Iterable

from cryptography import x509

from app.adapters.chains import with_rsa


def serial(certificate: x509.Certificate) -> str:
    """`app_cert_sn` or `alipay_cert_sn`: MD5 of the issuer's name and the decimal serial number.

    The name is written as RFC 4514 has it, the most special part first: `CN=…,OU=…,O=…,C=…`.
    """
    name = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def root_serial(roots: Iterable[x509.Certificate]) -> str:
    """`alipay_root_cert_sn`: the serials of the roots signed with RSA, joined by `_`."""
    return "_".join(serial(each) for each in with_rsa(roots))


def succeeds(new: x509.Certificate, old: x509.Certificate) -> bool:
    """Whether `new` belongs to whom `old` belongs to: same subject, same issuer.

    Merchants' certificates come from the same roots as Alipay's own, so a chain is not enough.
    """
    return (new.subject, new.issuer) == (old.subject, old.issuer)
