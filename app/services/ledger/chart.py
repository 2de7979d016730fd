"""The chart of accounts: what each kind is to an accountant (payments specification 3.1). Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.enums.ledger import AccountKind, Side
from app.services.ledger.by_hand import OWNERS
from app.services.ledger.engine import PROTECTED, Account


class AccountClass(StrEnum):
    """Where a kind stands in the statements.

    `sales_returns` is income and `goods_clearing` an asset with the side reversed.
    """

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLine:
    """`pattern` is how codes of the kind are made up; `side` is where it grows."""

    kind: AccountKind
    account_class: AccountClass
    pattern: str
    name: str
    name_zh: str
    meaning: str
    meaning_zh: str

    @property
    def side(self) -> Side:
        return Account(self.kind).side

    @property
    def is_protected(self) -> bool:
        return self.kind in PROTECTED

    @property
    def is_by_hand(self) -> bool:
        return self.kind in OWNERS


def _line(kind: AccountKind, where: AccountClass, pattern: str, *texts: str) -> ChartLine:
    name, name_zh, meaning, meaning_zh = texts
    return ChartLine(
        kind=kind,
        account_class=where,
        pattern=pattern,
        name=name,
        name_zh=name_zh,
        meaning=meaning,
        meaning_zh=meaning_zh,
    )


_K, _C = AccountKind, AccountClass
CHART: Final[tuple[ChartLine, ...]] = (
    _line(
        _K.GATEWAY_CLEARING,
        _C.ASSET,
        "gateway_clearing:{channel}",
        "Gateway clearing",
        "支付渠道待清算",
        "Taken by the gateway, not settled yet",
        "渠道已收款、尚未结算给我方",
    ),
    _line(
        _K.MARKETPLACE_RECEIVABLE,
        _C.ASSET,
        "marketplace_receivable:{channel}",
        "Marketplaces receivable",
        "应收平台款",
        "Paid by buyers at a marketplace, not paid out to us yet",
        "买家已在外部平台付款、平台尚未结算给我方",
    ),
    _line(
        _K.BANK,
        _C.ASSET,
        "bank:{account}",
        "Bank",
        "银行存款",
        "Money in our bank accounts",
        "公司银行账户资金",
    ),
    _line(
        _K.COUPON_RECEIVABLE,
        _C.ASSET,
        "coupon_receivable:{funder}",
        "Sponsored discounts receivable",
        "应收承担方优惠款",
        "The part of discounts that platform or supplier pays back",
        "由平台或供应商承担、应向其收取的优惠",
    ),
    _line(
        _K.GOODS_CLEARING,
        _C.ASSET,
        "goods_clearing",
        "Goods given away",
        "赠品存货结转",
        "Goods that left as gifts or replacements, at cost: off the inventory other software keeps",
        "已发出赠品及补发商品的成本，冲减存货系统中的库存商品",
    ),
    _line(
        _K.POINTS_DEBT,
        _C.ASSET,
        "points_debt:{member}",
        "Points owed by members",
        "会员积分欠款",
        "Points to be taken back that the member had spent",
        "应收回但会员已用掉的积分",
    ),
    _line(
        _K.BALANCE_DEBT,
        _C.ASSET,
        "balance_debt:{member}",
        "Balance owed by members",
        "会员余额欠款",
        "Top-ups whose money a bank took back after the member had spent it",
        "充值款被银行拒付收回、但会员已用掉的余额",
    ),
    _line(
        _K.GIFT_CARD,
        _C.LIABILITY,
        "gift_card:{card}:{available|held}",
        "Gift cards",
        "礼品卡负债",
        "What cards can still buy; held: promised to an order",
        "卡内可用余额；held 为订单已冻结部分",
    ),
    _line(
        _K.POINTS_LIABILITY,
        _C.LIABILITY,
        "points_liability:{member}:{available|held}",
        "Points",
        "积分负债",
        "Points of members at their value; quantities are in unit PTS",
        "会员积分按价值计；数量以 PTS 为单位并行记录",
    ),
    _line(
        _K.BALANCE,
        _C.LIABILITY,
        "balance:{member}:{available|held}",
        "Customer balances",
        "会员余额",
        "Money of members kept with us",
        "会员存放在商城的资金",
    ),
    _line(
        _K.GROUP_DEPOSIT,
        _C.LIABILITY,
        "group_deposit:{group}",
        "Deposits of group orders",
        "团购预存款",
        "Transfers of companies that no order of theirs is paid from yet",
        "企业为团购单汇入、尚未用于支付其订单的款项",
    ),
    _line(
        _K.ORDER_PREPAID,
        _C.LIABILITY,
        "order_prepaid:{order}",
        "Paid in advance",
        "合同负债（预收货款）",
        "Paid, not earned yet: becomes revenue when goods leave",
        "已收款、尚未履约；发货时转为收入",
    ),
    _line(
        _K.REFUND_PAYABLE,
        _C.LIABILITY,
        "refund_payable:{order}",
        "Refunds payable",
        "应付退款",
        "Decided to go back, not arrived yet",
        "已决定退还、尚未到账",
    ),
    _line(
        _K.SUSPENSE,
        _C.LIABILITY,
        "suspense:{channel}",
        "Suspense",
        "待查款项",
        "Late, duplicate or mismatching money on its way back",
        "迟到、重复或金额不符、待退回的款项",
    ),
    _line(
        _K.TAX_PAYABLE,
        _C.LIABILITY,
        "tax_payable:{rate_bps}",
        "Output tax",
        "应交税费（销项税额）",
        "Tax in recognised revenue, by rate in basis points",
        "已确认收入中的销项税，按税率（基点）分列",
    ),
    _line(
        _K.REVENUE,
        _C.INCOME,
        "revenue:{goods|shipping}",
        "Revenue",
        "主营业务收入",
        "Goods and shipping earned, without tax",
        "已确认的商品与运费收入（不含税）",
    ),
    _line(
        _K.SALES_RETURNS,
        _C.INCOME,
        "sales_returns",
        "Sales returns",
        "销售退回与折让",
        "Revenue given back after it was earned",
        "收入确认后的退货与折让",
    ),
    _line(
        _K.BREAKAGE_INCOME,
        _C.INCOME,
        "breakage_income:{gift_cards|points}",
        "Breakage",
        "未行权收入",
        "Cards and points that can no longer be used",
        "已失效且不可恢复的礼品卡与积分",
    ),
    _line(
        _K.POINTS_AWARD_COST,
        _C.EXPENSE,
        "points_award_cost",
        "Cost of points",
        "积分奖励成本",
        "Points given away at their value; in PTS: points outstanding",
        "按价值计的积分奖励；PTS 单位下为积分发行总量",
    ),
    _line(
        _K.GOODWILL_COST,
        _C.EXPENSE,
        "goodwill_cost",
        "Goodwill",
        "客户关怀成本",
        "Cards and balance given away",
        "赠送的礼品卡与余额",
    ),
    _line(
        _K.GIFT_COST,
        _C.EXPENSE,
        "gift_cost:{giver}",
        "Cost of gifts",
        "赠品成本",
        "What goods cost that were given for nothing, by promotion or by whose goods they are",
        "赠品、样品及领用商品的采购成本，按促销活动或商家分列",
    ),
    _line(
        _K.AFTER_SALES_COST,
        _C.EXPENSE,
        "after_sales_cost:{what}",
        "Cost of after-sales",
        "售后成本",
        "What goods cost that were sent in place of others (`replacements`), and what sending goods"
        " back cost the shop (`postage`)",
        "补发、换货所发商品的成本，以及由商城承担的退货运费",
    ),
    _line(
        _K.GATEWAY_FEE,
        _C.EXPENSE,
        "gateway_fee",
        "Gateway fees",
        "支付手续费",
        "What gateways keep for themselves",
        "支付渠道收取的手续费",
    ),
)
"""Every kind, assets first, as they are listed for an accountant."""
