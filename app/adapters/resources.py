"""What an entry point builds once and the application and the worker borrow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.db import Sessions
from app.core.settings import Settings
from app.core.shared import SharedReadings
from app.core.turnstile import Turnstile
from app.services.finance.ports import InvoiceProvider
from app.services.orders.carriers.ports import CarrierPort
from app.services.payments.ports import GatewayPort
from app.services.payments.routing import RoutingReader
from app.services.system.ports import MessagePort
from app.services.webhooks.ports import WebhookPort


@dataclass(frozen=True)
class Resources:
    """`readers` refuse writes; `gateways` by the name shoppers choose them by.

    `invoices` is who issues invoices, None where staff do; `webhooks` reaches merchants' systems,
    None where nothing is sent to them; `carriers` are carriers' systems, by what staff name them
    by. The `turnstile` is what this process lets crowds through, `shared` how it reads for many at
    once, `routing` what it knows of where payments go.
    """

    settings: Settings
    sessions: Sessions
    readers: Sessions
    messages: MessagePort
    gateways: Mapping[str, GatewayPort]
    invoices: InvoiceProvider | None = None
    webhooks: WebhookPort | None = None
    carriers: Mapping[str, CarrierPort] = field(default_factory=dict)
    turnstile: Turnstile = field(default_factory=Turnstile)
    shared: SharedReadings = field(default_factory=SharedReadings)
    routing: RoutingReader = field(default_factory=RoutingReader)
