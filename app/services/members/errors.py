"""Why signing up or in is refused."""

from http import HTTPStatus

from app.core.errors import DomainError


class OtpInvalid(DomainError):
    """Wrong, used, too old, or of another purpose; never said which."""

    slug, title, title_zh = "otp-invalid", "The code is not valid", "验证码无效"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CodeRequired(DomainError):
    slug, title, title_zh = "code-required", "Prove the address first", "请先验证联系方式"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MemberFrozen(DomainError):
    slug, title, title_zh = "member-frozen", "The account is frozen", "账户已被冻结"
    status = HTTPStatus.FORBIDDEN


class TooManyAddresses(DomainError):
    slug, title, title_zh = "too-many-addresses", "The address book is full", "地址数量已达上限"
