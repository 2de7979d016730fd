"""Which account takes a payment: the first by priority that is enabled and serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.core.enums.payments import Scene
from app.services.payments.engine.instalments import InstalmentPlan
from app.services.payments.engine.types import RefundRules
from app.services.payments.errors import SceneUnsupported, UnknownChannel

if TYPE_CHECKING:  # rules speak of sales, which are defined here
    from app.services.payments.engine.method_rules import MethodRule


class SaleLine(NamedTuple):
    """One of the goods: what all of its pieces cost, tax with it, and what they are.

    `categories` are its own and all above; `exchange_points` are what it costs in points alone.
    """

    id: str
    amount_minor: int
    product_id: UUID | None = None
    categories: frozenset[UUID] = frozenset()
    exchange_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Where goods are sold, in which currency, by whom and to whom.

    `region` is where they go, from the country down; `lines` are the goods.
    """

    currency: str
    channel_id: UUID | None = None
    merchant_ids: frozenset[UUID] = frozenset()
    region: tuple[str, ...] = ()
    tier: str | None = None
    lines: tuple[SaleLine, ...] = ()
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`account` takes what shoppers call `method`, where every condition that is set holds.

    A `merchant_id` holds when everything is sold by that merchant. Lower priorities come first;
    of equal ones the one with more conditions.
    """

    method: str
    account: str
    priority: int = 100
    channel_id: UUID | None = None
    scene: Scene | None = None
    currency: str | None = None
    merchant_id: UUID | None = None

    def holds(self, sale: Sale, scene: Scene) -> bool:
        return (
            self.channel_id in {None, sale.channel_id}
            and self.scene in {None, scene}
            and self.currency in {None, sale.currency}
            and (self.merchant_id is None or sale.merchant_ids == {self.merchant_id})
        )

    @property
    def rank(self) -> tuple[int, int, str]:
        conditions = (self.channel_id, self.scene, self.currency, self.merchant_id)
        return self.priority, -sum(each is not None for each in conditions), self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """What staff decided: accounts that take no new payments, routes, and rules of ways to pay.

    `instalments` are the plans an account offers, by its code; `refunds` the rules of the stores
    that have their own, by channel.
    """

    disabled: frozenset[str] = frozenset()
    instalments: Mapping[str, tuple[InstalmentPlan, ...]] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    rules: "tuple[MethodRule, ...]" = ()
    refunds: Mapping[UUID, RefundRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Accounts that may take payments, by code, each with its scenes; None for all scenes."""

    scenes: Mapping[str, frozenset[Scene] | None] = field(default_factory=dict)

    def serves(self, account: str, scene: Scene) -> bool:
        scenes = self.scenes.get(account, frozenset())
        return scenes is None or scene in scenes


def choose(routing: Routing, offered: Offered, name: str | None, sale: Sale, scene: Scene) -> str:
    """The account that takes the payment a shopper wants to make by `name`.

    `name` is what routes call it, or an account. An account that routes lead to is taken only
    where one of them holds; one without routes is taken everywhere. Raises `UnknownChannel` with
    what could be named instead, and `SceneUnsupported` with the scenes that would do.
    """
    if found := account_of(routing, offered, name, sale, scene):
        return found
    others = {
        each
        for each in Scene
        for account in _candidates(routing, offered, name, sale, each)
        if offered.serves(account, each)
    }
    if others:
        raise SceneUnsupported("Choose one of the scenes", scenes=sorted(others))
    names = {each.method for each in routing.routes} | set(offered.scenes)
    channels = sorted(each for each in names if _candidates(routing, offered, each, sale, scene))
    raise UnknownChannel("Choose one of the channels", channels=channels)


def account_of(
    routing: Routing, offered: Offered, name: str | None, sale: Sale, scene: Scene
) -> str | None:
    """As `choose`; None where nobody takes it."""
    candidates = _candidates(routing, offered, name, sale, scene)
    return next((each for each in candidates if offered.serves(each, scene)), None)


def open_names(routing: Routing, offered: Offered, sale: Sale) -> list[str]:
    """What a shopper may name to pay by, in some scene."""
    names = {each.method for each in routing.routes} | set(offered.scenes)
    return sorted(
        name
        for name in names
        if any(
            offered.serves(account, scene)
            for scene in Scene
            for account in _candidates(routing, offered, name, sale, scene)
        )
    )


def _candidates(
    routing: Routing, offered: Offered, name: str | None, sale: Sale, scene: Scene
) -> list[str]:
    """Accounts that are open to it, best first, whatever scenes they serve."""
    is_open = offered.scenes.keys() - routing.disabled
    found = [
        each.account
        for each in sorted(routing.routes, key=lambda route: route.rank)
        if name in {each.method, each.account}
        and each.account in is_open
        and each.holds(sale, scene)
    ]
    is_routed = any(each.account == name for each in routing.routes)
    if name in is_open and not is_routed:
        found.append(name)
    return found
