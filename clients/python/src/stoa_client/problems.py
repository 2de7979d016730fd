"""Refusals of the service, as exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpx

STANDARD = frozenset({"type", "title", "status", "detail", "instance", "request_id", "errors"})


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One field of a request that does not match the contract."""

    pointer: str
    code: str
    message: str


class Problem(Exception):
    """Every answer of 4xx and 5xx (RFC 9457).

    `slug` never changes; `title` and `detail` are for people, in the language asked for;
    `members` is what else a refusal of this slug says, such as the amount that is missing.
    """

    def __init__(self, response: httpx.Response) -> None:
        body = _body(response)
        self.status = response.status_code
        self.title = str(body.get("title") or f"HTTP {self.status}")
        self.detail = str(body.get("detail") or "")
        # A proxy in between may answer without a problem: its slug is the status.
        slug = str(body.get("type") or "").rpartition("/problems/")[2]
        self.slug = slug or f"http-{self.status}"
        self.request_id = str(body.get("request_id") or response.headers.get("x-request-id", ""))
        self.errors = tuple(
            InvalidField(str(each["pointer"]), str(each["code"]), str(each["message"]))
            for each in body.get("errors") or ()
        )
        self.members = {key: value for key, value in body.items() if key not in STANDARD}
        self.retry_after_seconds = retry_after_seconds(response)
        super().__init__(f"{self.title}: {self.detail}" if self.detail else self.title)


def retry_after_seconds(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`, given as such or as a date; None without one."""
    said = response.headers.get("retry-after")
    if said is None:
        return None
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time())
    except ValueError:
        return None


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
