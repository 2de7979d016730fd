"""Reasons an order cannot be entered, or a link to pay it not be used."""

from http import HTTPStatus

from app.core.errors import DomainError


class PaymentLinkExpired(DomainError):
    slug, title, title_zh = "payment-link-expired", "The payment link is over", "支付链接已过期"
    status = HTTPStatus.GONE


class PaymentLinkRevoked(DomainError):
    slug, title = "payment-link-revoked", "The payment link was called back"
    title_zh = "支付链接已失效"
    status = HTTPStatus.GONE
