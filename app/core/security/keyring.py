"""The secrets identity signs and hashes with, built once at the edge."""

from dataclasses import dataclass
from typing import Self

from pydantic import SecretStr

from app.core.settings import Settings, TokenSettings


@dataclass(frozen=True, slots=True)
class Keyring:
    """`tokens` signs access tokens; `pepper` keys the digests of everything stored hashed."""

    tokens: TokenSettings
    pepper: SecretStr

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.tokens, settings.secrets.pepper)
