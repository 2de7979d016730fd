"""What a shop decides about returns, exchanges, repairs and what is sent again."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.enums.after_sales import PostageBy, ReturnKind
from app.core.enums.payments import AT_FAULT, RefundReason


class AfterSalesSettings(BaseModel):
    """Windows begin when an order was received.

    That of money back is `shipping.return_window_seconds`, which also completes the order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    send_within_seconds: int = Field(
        default=7 * 86_400,
        description="How long an approved return waits for its goods to be sent.",
    )
    final_sale_categories: tuple[UUID, ...] = Field(
        default=(),
        description="Categories, with those below, of which nothing comes back without a fault:"
        " made to measure, perishable, opened software.",
    )
    exchange_window_seconds: int = Field(
        default=15 * 86_400, gt=0, description="How long goods can be exchanged."
    )
    repair_window_seconds: int = Field(
        default=365 * 86_400, gt=0, description="How long goods are repaired."
    )
    reship_window_seconds: int = Field(
        default=30 * 86_400,
        gt=0,
        description="How long what did not arrive, or not whole, can be asked for again.",
    )
    exchanges_at_once: bool = Field(
        default=False,
        description="Send what is wanted instead when an exchange is approved, not when the goods"
        " were looked at. Whoever approves can say otherwise.",
    )

    postage_by_shop: frozenset[RefundReason] = Field(
        default=AT_FAULT,
        description="Reasons for which the shop pays for sending goods back; of others the shopper"
        " does. Whoever approves can say otherwise.",
    )
    free_return_merchants: frozenset[UUID] = Field(
        default=frozenset(),
        description="Merchants who pay for sending goods back whatever the reason.",
    )
    postage_cap_minor: int = Field(
        default=3_000,
        ge=0,
        description="The most that is given back, or kept, of what sending goods back cost.",
    )

    def postage_by(self, reason: RefundReason, merchant_id: UUID) -> PostageBy:
        """Who pays for sending goods back, as long as nobody says otherwise."""
        is_shop = reason in self.postage_by_shop or merchant_id in self.free_return_merchants
        return PostageBy.SHOP if is_shop else PostageBy.SHOPPER

    def window_seconds(self, kind: ReturnKind) -> int | None:
        """From receipt on; None follows the order, which is completed when its window is over."""
        return {
            ReturnKind.EXCHANGE: self.exchange_window_seconds,
            ReturnKind.REPAIR: self.repair_window_seconds,
            ReturnKind.RESHIP: self.reship_window_seconds,
        }.get(kind)
