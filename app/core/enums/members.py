"""Member vocabulary."""

from enum import StrEnum


class MemberKind(StrEnum):
    GUEST = "guest"
    MEMBER = "member"


class MemberStatus(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"


class CodePurpose(StrEnum):
    """What a one-time code is good for; a code of one purpose never works for another."""

    REGISTER = "register"
    LOGIN = "login"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
