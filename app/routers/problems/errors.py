"""Refusals of the edge itself, before or around an endpoint."""

from http import HTTPStatus

from app.core.errors import DomainError


class InvalidRequest(DomainError):
    slug, title, title_zh = (
        "invalid-request",
        "The request does not match the contract",
        "请求不符合接口约定",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BadRequest(DomainError):
    slug, title, title_zh = "bad-request", "The request cannot be understood", "无法理解该请求"
    status = HTTPStatus.BAD_REQUEST


class MalformedJson(DomainError):
    slug, title, title_zh = "malformed-json", "The body is not valid JSON", "请求体不是有效的 JSON"
    status = HTTPStatus.BAD_REQUEST


class MethodNotAllowed(DomainError):
    slug, title, title_zh = "method-not-allowed", "No such method here", "不支持该请求方法"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class PayloadTooLarge(DomainError):
    slug, title, title_zh = "payload-too-large", "The body is too large", "请求体过大"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(DomainError):
    slug, title, title_zh = (
        "unsupported-media-type",
        "The body is of another type or encoding",
        "不支持的内容类型或编码",
    )
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Contention(DomainError):
    slug, title, title_zh = "contention", "Others changed it at the same time", "并发冲突，请重试"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class Busy(DomainError):
    slug, title, title_zh = "busy", "It is being changed right now", "资源正被占用，请稍后重试"


class ConstraintViolated(DomainError):
    slug, title, title_zh = "constraint-violated", "The change breaks a rule", "操作违反数据约束"


class Overloaded(DomainError):
    slug, title, title_zh = "overloaded", "Too many requests at once", "系统繁忙，请稍后重试"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class DatabaseUnavailable(DomainError):
    slug, title, title_zh = "database-unavailable", "Try again shortly", "服务暂时不可用，请重试"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class InternalError(DomainError):
    slug, title, title_zh = "internal-error", "Something went wrong on our side", "服务器内部错误"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
