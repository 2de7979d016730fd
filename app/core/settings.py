"""Configuration, read once at start-up and passed down; nothing else reads the environment.

Nested names join with two underscores: `DATABASE__URL`, `PAYMENTS__SANDBOX_SECRET`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.after_sales_settings import AfterSalesSettings
from app.core.entry_settings import EntrySettings
from app.core.enums.payments import (
    AT_FAULT,
    PointsShortfall,
    RefundPolicy,
    RefundReason,
    Valuation,
)
from app.core.gateway_settings import GatewayAccount
from app.core.inventory_settings import InventorySettings
from app.core.waiting_settings import WaitingSettings
from app.core.webhook_settings import WebhookSettings

DEVELOPMENT_SECRET = "development-only-" + "0123456789abcdef" * 2
"""What every secret is when none is set. Production refuses to start on it."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(Part):
    url: str | None = Field(
        default=None, description="postgresql+asyncpg://…; without it the embedded server runs."
    )
    pool_size: int = Field(default=4, description="Connections of one process; none beyond it.")
    reading_pool_size: int = Field(
        default=4, description="Connections of one process that GET requests read on, besides."
    )
    pool_timeout_seconds: float = 2
    connect_timeout_seconds: float = 3
    command_timeout_seconds: float = Field(
        default=10, description="For a server that is silent; one that works gives up earlier."
    )
    silence_timeout_seconds: float = Field(
        default=4, description="Until a machine that acknowledges nothing is taken for gone."
    )
    statement_timeout_ms: int = 5_000
    lock_timeout_ms: int = 3_000
    idle_in_transaction_timeout_ms: int = 10_000
    transaction_timeout_ms: int = Field(
        default=30_000,
        description="Of the API and the worker; 0 for none. PostgreSQL 17 or newer keeps to it.",
    )
    prepared_statements: bool = Field(
        default=True, description="Off behind a transaction-pooling PgBouncer without support."
    )


class TokenSettings(Part):
    """Access tokens are HS256 with a key of 32 random bytes or more, named by `kid`."""

    issuer: str = "stoa"
    active_key: str = "dev"
    keys: dict[str, SecretStr] = {"dev": SecretStr(DEVELOPMENT_SECRET)}
    access_seconds: int = 600
    refresh_idle_seconds: int = 14 * 86_400
    refresh_absolute_seconds: int = 30 * 86_400
    refresh_grace_seconds: int = 10


class SecretSettings(Part):
    """Peppers for what is stored hashed: API keys, refresh tokens, codes, gift card codes."""

    pepper: SecretStr = SecretStr(DEVELOPMENT_SECRET)


class HttpSettings(Part):
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="How clients and gateways reach this service."
    )
    cors_origins: list[str] = []
    body_limit_bytes: int = 1_000_000
    docs_enabled: bool = True
    metrics_enabled: bool = True
    rate_limits_enabled: bool = True
    hash_slots: int = Field(default=2, description="Password hashes computed at a time.")


class CheckoutSettings(Part):
    reservation_seconds: int = Field(default=900, description="How long unpaid orders hold stock.")
    max_unpaid_orders: int = Field(default=5, description="Unpaid orders one member may have.")
    crowd_patience_seconds: float = Field(
        default=8, description="How long a buyer of a flash session may queue before the order."
    )
    max_lines: int = 100
    max_quantity: int = 9_999


class ShippingSettings(Part):
    """When orders on their way count as received, and how long goods can be returned."""

    received_after_shipping_seconds: int = Field(default=15 * 86_400)
    received_after_delivery_seconds: int = Field(default=7 * 86_400)
    return_window_seconds: int = Field(
        default=7 * 86_400,
        description="Seven days without a reason: Law on the Protection of Consumers, art. 25.",
    )
    delayed_after_seconds: int = Field(
        default=2 * 86_400,
        gt=0,
        description="Without news of a parcel, beyond when it should have arrived, before people"
        " are told.",
    )
    pickup_code_seconds: int = Field(
        default=7 * 86_400, gt=0, description="How long a code to fetch a parcel with is good."
    )
    review_after_seconds: int | None = Field(
        default=3 * 86_400,
        ge=0,
        description="From receipt to asking a buyer for a review. Null: nobody is asked.",
    )


class Kuaidi100Settings(Part):
    """A customer of Kuaidi100 (快递100), its enterprise interface.

    `salt` signs what it tells by itself: 32 random characters of yours.
    """

    customer: str = Field(min_length=1)
    key: SecretStr = Field(min_length=1)
    salt: SecretStr = Field(min_length=16)
    base_url: Annotated[str, Field(pattern="^https://[^/?#]+$")] = "https://poll.kuaidi100.com"


class CarrierSettings(Part):
    """Systems of carriers. What each carrier is seen to with, staff say."""

    sandbox: bool | None = Field(
        default=None,
        description="A carrier that carries nothing, to try labels with. Null: not in production.",
    )
    kuaidi100: Kuaidi100Settings | None = Field(
        default=None,
        description="Follows the parcels of every carrier with a `tracking_code` that has no"
        " system of its own. Null: people say where parcels are.",
    )
    silent_after_seconds: float = Field(
        default=12 * 3_600, gt=0, description="Without news before a parcel is asked about."
    )
    track_every_seconds: float = Field(
        default=6 * 3_600, ge=1_800, description="Between two questions about one parcel."
    )
    timeout_seconds: float = Field(default=10, gt=0, description="How long one may take to answer.")
    query_after_seconds: float = Field(
        default=30,
        gt=0,
        description="Before it is asked again what became of a label; doubles with each try.",
    )

    @property
    def tracker(self) -> str | None:
        """Who follows parcels of carriers without a system of their own."""
        return None if self.kuaidi100 is None else "kuaidi100"


class OrderReviewSettings(Part):
    claim_seconds: int = Field(
        default=1_800, gt=0, description="How long one clerk works on a review alone."
    )
    two_people_minor: int | None = Field(
        default=None, description="From what an order costs on two people have to approve it."
    )


class PromotionSettings(Part):
    four_eyes: bool | None = Field(
        default=None,
        description="Whoever drafted or last edited a promotion cannot approve it. Null: in"
        " production only.",
    )
    joint_discount_bps: int = Field(
        default=7_000,
        description="From which share of the price two promotions on one piece are remarked on.",
    )


class PointsSettings(Part):
    """One point is worth `value_minor`; points pay at most `cap_bps` of an order.

    Of the shipping fee they pay at most `shipping_bps`.
    """

    value_minor: int = 1
    multiple: int = 1
    cap_bps: int = 10_000
    shipping_bps: int = Field(default=10_000, ge=0, le=10_000)
    lifetime_days: int = 365


class BankPayee(Part):
    """Whom shoppers pay by bank transfer, as they have to write it."""

    account_name: str
    account_number: str
    bank: str


class PaymentSettings(Part):
    cash_on_delivery: bool = Field(
        default=False, description="Whether orders may be paid to who brings them."
    )
    cash_on_delivery_days: int = Field(
        default=14, gt=0, description="How long an order may take to be paid at the door."
    )
    bank_transfer: BankPayee | None = Field(
        default=None, description="Whom shoppers pay by bank transfer. Null: not offered."
    )
    bank_transfer_hours: int = Field(
        default=72, gt=0, description="How long an order waits for a bank transfer."
    )
    gateways: list[str] = Field(
        default=["sandbox"], description="Accounts offered to shoppers, by their codes."
    )
    accounts: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")], GatewayAccount] = Field(
        default={},
        description="Accounts at gateways by code. One that is not offered any more still gives"
        " back what it took.",
    )
    notice_networks: dict[str, list[IPvAnyNetwork]] = Field(
        default={},
        description="By account, the networks its gateway tells us from (CIDR); others are refused"
        " before anything is read. Not named: from anywhere, the signature decides.",
    )
    sandbox_secret: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    sandbox_database_url: str | None = Field(
        default=None,
        description="Where the sandbox keeps its books, so that the way to it can be broken like"
        " that to a real gateway. Null: in the service's own database.",
    )
    return_url: str | None = Field(
        default=None,
        description="Where gateways send the payer's browser; `{order_id}` becomes the order's.",
    )
    subject: str = Field(
        default="Stoa", description="Whom the payer pays, as gateways show it; a shop's name."
    )
    routing_seconds: float = Field(
        default=5, description="How old what a process knows of accounts and routes may be."
    )
    gateway_timeout_seconds: float = 5
    query_after_seconds: int = Field(
        default=60, description="Age at which the janitor asks about an open attempt or refund."
    )
    review_after_days: int = 3
    refund_policy: RefundPolicy = Field(
        default=RefundPolicy.ATTRIBUTED,
        description="Where refunds of orders placed from now on go back to: as each unit was paid,"
        " the last tender first, or in proportion. Stores may decide otherwise, here and below.",
    )
    refund_valuation: Valuation = Field(
        default=Valuation.AS_PROMOTED,
        description="What returned units are worth: as their promotions say, what they cost, or by"
        " pricing anew what is kept.",
    )
    points_shortfall: PointsShortfall = Field(
        default=PointsShortfall.DEBT,
        description="Earned points that are spent when their goods come back: owed by the member,"
        " or withheld from the refund at their value.",
    )
    refund_grace_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="How long cards, points and coupons that a refund gives back live at least.",
    )
    refund_shop_pays: frozenset[RefundReason] = Field(
        default=AT_FAULT,
        description="Reasons for which the shipping fee of what has left comes back too.",
    )
    refund_alone_minor: int | None = Field(
        default=50_000,
        ge=0,
        description="The most a member of staff may refund alone, in minor units; more, and any"
        " goodwill, waits for a second person. Null: nothing waits but goodwill.",
    )
    refund_large_alone_minor: int | None = Field(
        default=50_000,
        ge=0,
        description="The same for who has the scope `payments:large`; never less than that.",
    )
    charge_alone_minor: int | None = Field(
        default=500_000,
        ge=0,
        description="The most a member of staff may ask for besides what an order cost, in minor"
        " units; more asks somebody with the scope `payments:large`. Null: there is no limit.",
    )
    charge_large_alone_minor: int | None = Field(
        default=None, ge=0, description="The same for who has that scope."
    )
    top_up_least_minor: int = Field(
        default=100, ge=1, description="The least a member may pay into a balance at once."
    )
    top_up_most_minor: int = Field(
        default=500_000, ge=1, description="The most, unless a package says otherwise."
    )
    withdrawal_alone_minor: int = Field(
        default=0,
        ge=0,
        description="The most a member of staff may both approve and pay out of balances, in minor"
        " units; more takes two.",
    )
    card_renewal_days: int | None = Field(
        default=None,
        description="How long after its expiry a gift card may be renewed; then what is left on it"
        " is income. Null: for ever, as the law wants it for cards nobody is registered for.",
    )


class InvoiceSettings(Part):
    provider: Literal["sandbox"] | None = Field(
        default=None, description="Who issues invoices. Null: staff enter what they issued."
    )
    sends_blue: bool = Field(
        default=True, description="Whether invoices go to the provider when they are asked for."
    )
    sends_red: bool = Field(
        default=True, description="Whether red ones do as soon as a refund makes them due."
    )
    query_after_seconds: float = Field(
        default=5, gt=0, description="Before the provider is asked again; doubles with each try."
    )
    timeout_seconds: float = Field(default=10, gt=0, description="How long it may take to answer.")


class FinanceSettings(Part):
    invoices: InvoiceSettings = InvoiceSettings()
    time_zone: str = Field(
        default="Asia/Shanghai", description="Whose calendar months are accounting periods."
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name} is no time zone")
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class WorkerSettings(Part):
    poll_seconds: float = 0.5
    batch: int = 50
    max_attempts: int = 8


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__", frozen=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path(".data")
    log_level: str = "info"
    database: DatabaseSettings = DatabaseSettings()
    tokens: TokenSettings = TokenSettings()
    secrets: SecretSettings = SecretSettings()
    http: HttpSettings = HttpSettings()
    checkout: CheckoutSettings = CheckoutSettings()
    entry: EntrySettings = EntrySettings()
    waiting: WaitingSettings = WaitingSettings()
    inventory: InventorySettings = InventorySettings()
    shipping: ShippingSettings = ShippingSettings()
    carriers: CarrierSettings = CarrierSettings()
    after_sales: AfterSalesSettings = AfterSalesSettings()
    order_reviews: OrderReviewSettings = OrderReviewSettings()
    promotions: PromotionSettings = PromotionSettings()
    points: PointsSettings = PointsSettings()
    payments: PaymentSettings = PaymentSettings()
    finance: FinanceSettings = FinanceSettings()
    webhooks: WebhookSettings = WebhookSettings()
    worker: WorkerSettings = WorkerSettings()

    @property
    def needs_four_eyes(self) -> bool:
        """Whether somebody else than its author must approve a promotion."""
        wanted = self.promotions.four_eyes
        return self.environment is Environment.PRODUCTION if wanted is None else wanted
