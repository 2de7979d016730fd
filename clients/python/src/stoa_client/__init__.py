"""A client of the Stoa commerce backend; each audience has a module of its own.

`storefront`, `merchant` and `admin` are made from the contracts.
"""

from stoa_client.client import Answer, Retry, new_key
from stoa_client.pages import Page, each
from stoa_client.problems import InvalidField, Problem
from stoa_client.sessions import InMemory, Session, Tokens, TokenStore

__all__ = [
    "Answer",
    "InMemory",
    "InvalidField",
    "Page",
    "Problem",
    "Retry",
    "Session",
    "TokenStore",
    "Tokens",
    "each",
    "new_key",
]
