"""Answers of the gateway: found, believed, and told apart.

Alipay signs the text of one member of the answer exactly as it stands there, so it is cut out of
the bytes and never written anew.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUCCESS = "10000"
_SERVICE_UNAVAILABLE = "20000"
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Envelope:
    """`signed` is the text the signature covers, `certificate` names whose key made it."""

    signed: bytes
    content: Mapping[str, Any]
    signature: str
    certificate: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` whose signature was right."""

    content: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        return self.text("code") == SUCCESS

    @property
    def reason(self) -> str:
        """Alipay's word for a refusal: `ACQ.TRADE_NOT_EXIST`, or the code where it gives none."""
        return self.text("sub_code") or self.text("code")

    @property
    def is_unclear(self) -> bool:
        """Whether the request may or may not have been carried out."""
        reason = self.reason.upper()
        return (
            self.text("code") == _SERVICE_UNAVAILABLE
            or not self.text("code")
            or "SYSTEM_ERROR" in reason
            or "UNKNOW" in reason  # Alipay's own spelling has no second n
        )

    def text(self, name: str) -> str:
        """A member as text, empty where it is missing."""
        value = self.content.get(name)
        return value if isinstance(value, str) else ""


def envelope(body: bytes, method: str) -> Envelope:
    """Cut an answer to `method` open; raises `ValueError` when it is not one."""
    text = body.decode()
    members = _members(text)
    name = f"{method.replace('.', '_')}_response"
    start, end = members.get(name) or members.get("error_response") or (0, 0)
    content = json.loads(text[start:end] or "null")
    if not isinstance(content, dict):
        raise ValueError("no answer to the question")  # noqa: TRY004 - what came is wrong
    return Envelope(
        signed=text[start:end].encode(),
        content=content,
        signature=_string(text, members, "sign") or "",
        certificate=_string(text, members, "alipay_cert_sn"),
    )


def _members(text: str) -> dict[str, tuple[int, int]]:
    """Where the value of each member of the outermost object begins and ends."""
    found: dict[str, tuple[int, int]] = {}
    at = _after(text, 0, "{")
    while True:
        name, at = _DECODER.raw_decode(text, at)
        at = _after(text, at, ":")
        start = at
        _, at = _DECODER.raw_decode(text, start)
        if not isinstance(name, str) or name in found:
            raise ValueError("a member comes twice")
        found[name] = (start, at)
        at = _blank(text, at)
        if text[at : at + 1] == "}":
            if text[at + 1 :].strip():
                raise ValueError("something follows the answer")
            return found
        at = _after(text, at, ",")


def _after(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark} is missing")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _string(text: str, members: Mapping[str, tuple[int, int]], name: str) -> str | None:
    if name not in members:
        return None
    start, end = members[name]
    value = json.loads(text[start:end])
    return value if isinstance(value, str) else None
