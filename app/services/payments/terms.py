"""What the configuration decides about paying, as plain values."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from pydantic import SecretStr

from app.core.actor import Actor
from app.core.enums.payments import Scene, TenderKind
from app.core.enums.scopes import Scope
from app.core.security.secrets import digest
from app.core.settings import DEVELOPMENT_SECRET, PaymentSettings, Settings
from app.services.payments.engine.instalments import InstalmentPlan
from app.services.payments.engine.routing import Offered, Routing
from app.services.payments.engine.types import RefundRules

_MISREAD = str.maketrans("OIL", "011")  # as Crockford's base 32 is read
_DEVELOPMENT_PEPPER = SecretStr(DEVELOPMENT_SECRET)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """The edge makes one from the settings and passes it down.

    `channels` are the accounts offered, `scenes` those of an account; one that is not in it serves
    all. `routing` is what staff decided about accounts.
    """

    pepper: SecretStr = _DEVELOPMENT_PEPPER
    channels: frozenset[str] = frozenset({"sandbox"})
    scenes: Mapping[str, frozenset[Scene]] = field(default_factory=dict)
    routing: Routing = field(default_factory=Routing)
    point_value_minor: int = 1
    point_multiple: int = 1
    points_cap_bps: int = 10_000
    points_shipping_bps: int = 10_000
    points_lifetime_days: int = 365
    card_renewal_days: int | None = None
    gateway_timeout_seconds: float = 5
    query_after_seconds: float = 60
    review_after_seconds: float = 3 * 86_400
    counts_code_tries: bool = True
    subject: str = "Stoa"
    return_url: str | None = None
    public_url: str = "http://127.0.0.1:8000"
    refund_rules: RefundRules = field(default_factory=RefundRules)
    refund_alone_minor: int | None = None
    refund_large_alone_minor: int | None = 0
    charge_alone_minor: int | None = None
    charge_large_alone_minor: int | None = None
    withdrawal_alone_minor: int = 0
    top_up_least_minor: int = 100
    top_up_most_minor: int = 500_000
    patience_seconds: Mapping[TenderKind, int] = field(default_factory=dict)
    """Ways to pay by hand that are offered, each with how long an order waits for it."""

    @classmethod
    def of(cls, settings: Settings, routing: Routing | None = None) -> Self:
        """`routing` is needed where accounts are chosen; without it every account is open."""
        return cls(
            routing=routing or Routing(),
            pepper=settings.secrets.pepper,
            channels=frozenset(settings.payments.gateways),
            scenes={code: each.scenes for code, each in settings.payments.accounts.items()},
            point_value_minor=settings.points.value_minor,
            point_multiple=settings.points.multiple,
            points_cap_bps=settings.points.cap_bps,
            points_shipping_bps=settings.points.shipping_bps,
            points_lifetime_days=settings.points.lifetime_days,
            card_renewal_days=settings.payments.card_renewal_days,
            gateway_timeout_seconds=settings.payments.gateway_timeout_seconds,
            query_after_seconds=settings.payments.query_after_seconds,
            review_after_seconds=settings.payments.review_after_days * 86_400,
            counts_code_tries=settings.http.rate_limits_enabled,
            subject=settings.payments.subject,
            return_url=settings.payments.return_url,
            public_url=settings.http.public_url.rstrip("/"),
            refund_rules=_refund_rules(settings.payments),
            refund_alone_minor=settings.payments.refund_alone_minor,
            refund_large_alone_minor=settings.payments.refund_large_alone_minor,
            charge_alone_minor=settings.payments.charge_alone_minor,
            charge_large_alone_minor=settings.payments.charge_large_alone_minor,
            top_up_least_minor=settings.payments.top_up_least_minor,
            top_up_most_minor=settings.payments.top_up_most_minor,
            withdrawal_alone_minor=settings.payments.withdrawal_alone_minor,
            patience_seconds=_patience(settings.payments),
        )

    def gives_alone(self, actor: Actor) -> int | None:
        """The most somebody may give back without a second person; None for any amount."""
        return _level(actor, self.refund_alone_minor, self.refund_large_alone_minor)

    def asks_alone(self, actor: Actor) -> int | None:
        """The most somebody may ask a shopper for besides; None for any amount."""
        return _level(actor, self.charge_alone_minor, self.charge_large_alone_minor)

    def refund_rules_of(self, channel_id: UUID | None) -> RefundRules:
        """What a store has decided about refunds; the settings, where it has not."""
        if channel_id is None:
            return self.refund_rules
        return self.routing.refunds.get(channel_id, self.refund_rules)

    def waits_seconds(self, kinds: Iterable[TenderKind], *, at_least: int) -> int:
        """How long an order that is paid by `kinds` waits for its money."""
        return max(at_least, *(self.patience_seconds.get(each, 0) for each in kinds), 0)

    def notify_url(self, channel: str) -> str:
        """Where a gateway sends the notices of an account."""
        return f"{self.public_url}/api/v1/webhooks/{channel}"

    def instalments(self, account: str | None) -> tuple[InstalmentPlan, ...]:
        """The plans an account offers; none where there is no account."""
        return self.routing.instalments.get(account or "", ())

    @property
    def offered(self) -> Offered:
        return Offered(scenes={code: self.scenes.get(code) for code in self.channels})

    def return_to(self, order_id: UUID) -> str | None:
        """Where a gateway sends the payer's browser afterwards."""
        return self.return_url and self.return_url.replace("{order_id}", str(order_id))

    def code_hash(self, code: str) -> str:
        """HMAC of a gift card code as people type it: any case, with spaces or dashes."""
        folded = unicodedata.normalize("NFKC", code).upper()
        bare = "".join(each for each in folded if each.isalnum()).translate(_MISREAD)
        return digest(self.pepper, "gift-card", bare)


def _level(actor: Actor, minor: int | None, large_minor: int | None) -> int | None:
    """The limit of somebody; who may do large things is never limited to less than others."""
    if Scope.PAYMENTS_LARGE not in actor.scopes or minor is None:
        return minor
    return None if large_minor is None else max(minor, large_minor)


def _refund_rules(settings: PaymentSettings) -> RefundRules:
    return RefundRules(
        policy=settings.refund_policy,
        valuation=settings.refund_valuation,
        shortfall=settings.points_shortfall,
        grace_days=settings.refund_grace_days,
        shop_pays=settings.refund_shop_pays,
    )


def _patience(settings: PaymentSettings) -> Mapping[TenderKind, int]:
    found: dict[TenderKind, int] = {}
    if settings.cash_on_delivery:
        found[TenderKind.CASH_ON_DELIVERY] = settings.cash_on_delivery_days * 86_400
    if settings.bank_transfer is not None:
        found[TenderKind.BANK_TRANSFER] = settings.bank_transfer_hours * 3_600
    return found


DEVELOPMENT_TERMS = PaymentTerms()
