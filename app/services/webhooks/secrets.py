"""Secrets endpoints' bodies are signed with: kept so that only their own row opens them."""

import secrets
from uuid import UUID

from pydantic import SecretStr

from app.core.security import sealing
from app.services.webhooks.engine.signing import SECRET_BYTES, secret_text

_PURPOSE = "webhook-secret"


def new_secret() -> str:
    return secret_text(secrets.token_bytes(SECRET_BYTES))


def sealed(pepper: SecretStr, endpoint_id: UUID, secret: str) -> bytes:
    return sealing.seal(pepper, _PURPOSE, str(endpoint_id), secret)


def opened(pepper: SecretStr, endpoint_id: UUID, kept: bytes) -> str:
    """Raises `ValueError` for what was sealed for another endpoint or with another pepper."""
    return sealing.unseal(pepper, _PURPOSE, str(endpoint_id), kept)
