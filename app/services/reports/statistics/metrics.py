"""The dictionary of metrics of orders: the one place that says what a number means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class By(StrEnum):
    """What numbers are told apart by. Days, weeks from Monday and months are the channel's."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CHANNEL = "channel"
    MERCHANT = "merchant"
    CATEGORY = "category"


class Unit(StrEnum):
    """`minor`: minor units of the row's currency; `bps`: 10 000 is all of it."""

    COUNT = "count"
    MINOR = "minor"
    BPS = "bps"
    SECONDS = "seconds"


EVERYWHERE: Final = frozenset(By)
NOT_BY_CATEGORY: Final = EVERYWHERE - {By.CATEGORY}
OF_THE_SHOP: Final = NOT_BY_CATEGORY - {By.MERCHANT}


@dataclass(frozen=True, slots=True)
class Metric:
    """`sql` adds up hours of `order_hours h`; null where there is nothing to divide by.

    `by` is what it can be told apart by: an order has many products, and a refund no merchant.
    """

    name: str
    title: str
    title_zh: str
    definition: str
    definition_zh: str
    unit: Unit
    sql: str
    by: frozenset[By] = NOT_BY_CATEGORY


def _per(part: str, whole: str, times: int = 1) -> str:
    return f"round({times} * sum(h.{part})::numeric / nullif(sum(h.{whole}), 0))::bigint"


def _sum(fact: str) -> str:
    return f"sum(h.{fact})::bigint"


_ALL: Final = (
    Metric(
        "carts",
        "Carts",
        "购物车数",
        "Carts that were opened.",
        "新建的购物车数量。",
        Unit.COUNT,
        _sum("carts"),
        OF_THE_SHOP,
    ),
    Metric(
        "orders_placed",
        "Orders placed",
        "下单数",
        "Orders that were placed.",
        "提交的订单数量。",
        Unit.COUNT,
        _sum("placed"),
    ),
    Metric(
        "orders_paid",
        "Orders paid",
        "付款订单数",
        "Orders whose last part was paid.",
        "完成付款的订单数量。",
        Unit.COUNT,
        _sum("paid"),
    ),
    Metric(
        "orders_cancelled",
        "Orders cancelled",
        "取消订单数",
        "Orders that were cancelled, paid or not.",
        "被取消的订单数量，含未付款与已付款。",
        Unit.COUNT,
        _sum("cancelled"),
    ),
    Metric(
        "orders_completed",
        "Orders completed",
        "完成订单数",
        "Orders of which nothing can be returned any more.",
        "已完成且超过退货期的订单数量。",
        Unit.COUNT,
        _sum("completed"),
    ),
    Metric(
        "orders_shipped",
        "Orders shipped",
        "发货订单数",
        "Orders whose first parcel left.",
        "首个包裹已发出的订单数量。",
        Unit.COUNT,
        _sum("shipped"),
    ),
    Metric(
        "units",
        "Pieces",
        "件数",
        "Pieces in orders placed, gifts among them.",
        "下单商品件数，含赠品。",
        Unit.COUNT,
        _sum("units"),
        EVERYWHERE,
    ),
    Metric(
        "gross_minor",
        "Gross amount",
        "原价金额",
        "Goods of orders placed, at list prices.",
        "下单商品按原价计算的金额。",
        Unit.MINOR,
        _sum("list_minor"),
        EVERYWHERE,
    ),
    Metric(
        "discount_minor",
        "Discounts",
        "优惠金额",
        "What better prices and promotions took off.",
        "价格与促销优惠减免的金额。",
        Unit.MINOR,
        _sum("discount_minor"),
        EVERYWHERE,
    ),
    Metric(
        "net_minor",
        "Net amount",
        "应付金额",
        "Payable of orders placed; of merchants and categories what their lines cost.",
        "下单应付金额；按商家或类目时为其商品行金额。",
        Unit.MINOR,
        _sum("net_minor"),
        EVERYWHERE,
    ),
    Metric(
        "paid_minor",
        "Amount paid",
        "付款金额",
        "Payable of orders paid; of merchants and categories what their lines cost.",
        "付款订单的应付金额；按商家或类目时为其商品行金额。",
        Unit.MINOR,
        _sum("paid_minor"),
        EVERYWHERE,
    ),
    Metric(
        "refunds",
        "Refunds",
        "退款笔数",
        "Refunds that succeeded.",
        "退款成功的笔数。",
        Unit.COUNT,
        _sum("refunds"),
        OF_THE_SHOP,
    ),
    Metric(
        "refunded_minor",
        "Amount refunded",
        "退款金额",
        "What refunds that succeeded gave back.",
        "退款成功的金额。",
        Unit.MINOR,
        _sum("refunded_minor"),
        OF_THE_SHOP,
    ),
    Metric(
        "average_order_minor",
        "Average order",
        "客单价",
        "Amount paid by orders paid.",
        "付款金额除以付款订单数。",
        Unit.MINOR,
        _per("paid_minor", "paid"),
    ),
    Metric(
        "cart_conversion_bps",
        "Carts that became orders",
        "下单转化率",
        "Orders placed from a cart by carts opened.",
        "由购物车提交的订单数除以新建购物车数。",
        Unit.BPS,
        _per("converted", "carts", 10_000),
        OF_THE_SHOP,
    ),
    Metric(
        "paid_conversion_bps",
        "Orders that were paid",
        "付款转化率",
        "Orders paid by orders placed.",
        "付款订单数除以下单数。",
        Unit.BPS,
        _per("paid", "placed", 10_000),
    ),
    Metric(
        "cancellation_bps",
        "Cancellation rate",
        "取消率",
        "Orders cancelled by orders placed.",
        "取消订单数除以下单数。",
        Unit.BPS,
        _per("cancelled", "placed", 10_000),
    ),
    Metric(
        "return_bps",
        "Return rate",
        "退货率",
        "Of orders placed, those of which something was returned since.",
        "该时段下单的订单中，之后有退货的比例。",
        Unit.BPS,
        _per("returned", "placed", 10_000),
    ),
    Metric(
        "pay_seconds",
        "Time to pay",
        "平均付款时长",
        "Mean time from placing, of orders paid.",
        "付款订单从下单到付款的平均时长。",
        Unit.SECONDS,
        _per("pay_seconds", "paid"),
    ),
    Metric(
        "ship_seconds",
        "Time to ship",
        "平均发货时长",
        "Mean time from paying (at the door: placing) to the first parcel.",
        "从付款（货到付款为下单）到首个包裹发出的平均时长。",
        Unit.SECONDS,
        _per("ship_seconds", "shipped"),
    ),
)
METRICS: Final[Mapping[str, Metric]] = {each.name: each for each in _ALL}
