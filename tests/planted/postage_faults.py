"""Guards of what sending back costs, and who bears it, removed."""

from tests.planted.fault import Fault, fault

AFTER_SALES = "app/services/orders/after_sales"
POSTAGE = "tests/integration/orders/test_return_postage.py"

POSTAGE_FAULTS: tuple[Fault, ...] = (
    fault(
        "more postage is given back than the shop promised",
        f"{AFTER_SALES}/postage.py",
        '    due: int = min(row["outlay_minor"], row["postage_cap_minor"])\n',
        '    due: int = row["outlay_minor"]\n',
        f"{POSTAGE}::test_the_shop_gives_back_what_was_laid_out_with_the_money",
        needs_database=True,
    ),
    fault(
        "postage is given back as often as somebody asks",
        f"{AFTER_SALES}/postage.py",
        '    return bool(row["postage_given_minor"] or row["postage_kept_minor"])\n',
        "    return row is None\n",
        f"{POSTAGE}::test_where_no_money_goes_back_it_is_given_by_itself_once",
        needs_database=True,
    ),
    fault(
        "who pays for sending back says what it cost",
        f"{AFTER_SALES}/postage.py",
        ' or _is_settled(row) or row["postage_by"] != PostageBy.SHOP:\n',
        " or _is_settled(row):\n",
        f"{POSTAGE}::test_nothing_is_said_of_others_goods_nor_of_goods_at_ones_own_cost",
        needs_database=True,
    ),
    fault(
        "postage is kept from who does not owe it",
        f"{AFTER_SALES}/postage.py",
        '    if row["postage_by"] != PostageBy.SHOPPER or _is_settled(row):\n',
        "    if _is_settled(row):\n",
        f"{POSTAGE}::test_who_pays_is_by_reason_by_merchant_and_by_whoever_approves",
        needs_database=True,
    ),
    fault(
        "points pay for postage",
        "app/services/payments/engine/withholding.py",
        "            0 if kind is TenderKind.POINTS else amount - self.off(place)\n",
        "            amount - self.off(place)\n",
        "tests/unit/payments/test_postage.py",
    ),
    fault(
        "what was laid out comes back as a gift",
        "app/services/payments/engine/own_money.py",
        "        if kind in WITHDRAWALS or kind == RETURN_POSTAGE:\n",
        "        if kind in WITHDRAWALS:\n",
        "tests/unit/payments/test_postage.py",
    ),
)
