"""A month in a database: the shop is set up, the month lived, the report made."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.engine import make_url

from app.adapters.resources import Resources
from app.adapters.sandbox import SandboxGateway
from app.core import clock
from app.core.db import build_engine, build_sessions
from app.core.settings import (
    BankPayee,
    CheckoutSettings,
    DatabaseSettings,
    HttpSettings,
    PaymentSettings,
    Settings,
)
from app.services import orders, payments
from app.services.payments import PaymentTerms
from bench.month import diary
from bench.month.gateways import CHANNELS, SANDBOX, make_gateways
from bench.month.report import lines_of
from bench.month.shop import make_grocer, shipping_costs
from bench.month.story import Month, the_month_before
from bench.month.travel import Traveller
from tests.factories.statements import BEIJING

PATIENT = 100
"""Seconds for a statement: the machine may be busy with others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The report; differences by verdict; what else was counted."""

    lines: list[str]
    planted: Counter[str]
    tally: Counter[str]


async def live(
    url: str, orders_: int, *, seed: int, sweep_hours: float = 3, days: int | None = None
) -> Outcome:
    """Live a month in the migrated database of `url`; people shop in its last `days`, or all.

    Raises `WrongBooks` when something does not add up, or was found that nobody planted.
    """
    async with month_in(url, orders_, seed, sweep_hours, days) as month:
        await diary.keep(month)
        verdicts = Counter(each.verdict for day in month.planted.values() for each in day)
        return Outcome(await lines_of(month), verdicts, month.tally)


@asynccontextmanager
async def month_in(
    url: str, orders_: int, seed: int, sweep_hours: float, days: int | None
) -> AsyncIterator[Month]:
    """The calendar month that was over last, at its beginning."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    traveller = Traveller(dsn)
    await traveller.install()
    settings = _settings(url)
    engine = build_engine(settings.database)
    lots = Random(seed)
    starts, ends = the_month_before(datetime.now(BEIJING))
    gateways = make_gateways(seed)
    resources: Resources

    async def tell(headers: Mapping[str, str], body: bytes) -> bool:
        await payments.receive_notice(
            *(resources.sessions, resources.gateways, orders.PLAN_OWNER, SANDBOX, headers, body),
            at=clock.now(),
            terms=PaymentTerms.of(settings),
        )
        return True

    sandbox = SandboxGateway(settings, send=tell)
    resources = Resources(
        settings=settings,
        sessions=build_sessions(engine),
        readers=build_sessions(engine),
        messages=_Silent(),
        gateways={**gateways, SANDBOX: sandbox},
    )
    try:
        with traveller.asked(), shipping_costs():
            await traveller.go_to(starts - timedelta(hours=18))
            async with resources.sessions() as session, session.begin():
                grocer = await make_grocer(session, lots, orders_)
            yield Month(
                resources=resources,
                traveller=traveller,
                lots=lots,
                starts=starts,
                opens=starts if days is None else ends - timedelta(days=days),
                ends=ends,
                orders=orders_,
                gateways=gateways,
                sandbox=sandbox,
                grocer=grocer,
                sweep=timedelta(hours=sweep_hours),
            )
    finally:
        await sandbox.aclose()
        await engine.dispose()
        await traveller.close()


class _Silent:
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        """Nobody is written to."""


def _settings(url: str) -> Settings:
    return Settings(
        database=DatabaseSettings(
            url=url,
            command_timeout_seconds=PATIENT,
            statement_timeout_ms=PATIENT * 1_000,
            transaction_timeout_ms=0,
        ),
        http=HttpSettings(rate_limits_enabled=False),
        checkout=CheckoutSettings(max_unpaid_orders=100),
        payments=PaymentSettings(
            gateways=list(CHANNELS),
            cash_on_delivery=True,
            cash_on_delivery_days=5,
            bank_transfer=BankPayee(account_name="Stoa", account_number="6222", bank="ICBC"),
            card_renewal_days=1,
            refund_alone_minor=2_500,
        ),
    )
