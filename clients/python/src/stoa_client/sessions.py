"""Who is signed in: tokens, where they are kept, and their one refresh."""

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from typing_extensions import TypedDict


class Tokens(TypedDict):
    """What signing in, registering, opening a guest's cart and refreshing answer with."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


class TokenStore(Protocol):
    """Where tokens live between runs."""

    def read(self) -> Tokens | None: ...

    def write(self, tokens: Tokens | None) -> None: ...


class InMemory:
    """Tokens that end with the process."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None

    def read(self) -> Tokens | None:
        return self._tokens

    def write(self, tokens: Tokens | None) -> None:
        self._tokens = tokens


class Session:
    """The tokens of whoever is signed in, replaced when the access token has run out."""

    def __init__(self, store: TokenStore, refresh: Callable[[str], Tokens | None]) -> None:
        self._store, self._refresh, self._lock = store, refresh, Lock()

    @property
    def tokens(self) -> Tokens | None:
        return self._store.read()

    def use(self, tokens: Tokens | None) -> None:
        """Keep the tokens an endpoint answered with; None forgets them."""
        self._store.write(tokens)

    def renew(self, refused: str) -> str | None:
        """An access token to try instead of `refused`, or None: sign in again.

        A refresh token is good for one use: threads wait for one refresh and share it.
        """
        with self._lock:
            known = self._store.read()
            if known is None:
                return None
            if known["access_token"] != refused:
                return known["access_token"]
            following = self._refresh(known["refresh_token"])
            self._store.write(following)
            return following and following["access_token"]
