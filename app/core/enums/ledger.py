"""Ledger vocabulary (payments specification 3.1)."""

from enum import StrEnum


class AccountKind(StrEnum):
    """Kinds of account. The protected ones hold what a customer owns and never go below zero."""

    GIFT_CARD = "gift_card"
    POINTS_LIABILITY = "points_liability"
    BALANCE = "balance"
    GATEWAY_CLEARING = "gateway_clearing"
    BANK = "bank"
    GATEWAY_FEE = "gateway_fee"
    SALES_RETURNS = "sales_returns"
    POINTS_AWARD_COST = "points_award_cost"
    POINTS_DEBT = "points_debt"
    COUPON_RECEIVABLE = "coupon_receivable"
    ORDER_PREPAID = "order_prepaid"
    REFUND_PAYABLE = "refund_payable"
    SUSPENSE = "suspense"
    REVENUE = "revenue"
    BREAKAGE_INCOME = "breakage_income"
    TAX_PAYABLE = "tax_payable"
    GOODWILL_COST = "goodwill_cost"
    GIFT_COST = "gift_cost"
    GOODS_CLEARING = "goods_clearing"
    BALANCE_DEBT = "balance_debt"
    AFTER_SALES_COST = "after_sales_cost"
    MARKETPLACE_RECEIVABLE = "marketplace_receivable"
    GROUP_DEPOSIT = "group_deposit"


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"
