"""Bills of Alipay: CSVs in GBK between lines of comment, padded with tabs, totals after. Pure.

`业务明细` lists payments and refunds, `账务明细` every move on the account. Files of sums beside
them (`汇总`) say nothing that is not in the totals.
"""

import csv
import re
from collections.abc import Iterator

from app.services.finance.engine.statements.lines import (
    Line,
    LineKind,
    LineState,
    columns,
    instant,
    minor,
    refused,
    same,
)

TRADES, FUNDS = "#支付宝业务明细查询", "#支付宝账务明细查询"
_NEEDED = ("支付宝交易号", "商户订单号", "业务类型", "完成时间", "订单金额(元)", "商家实收(元)")
_FUNDS_NEEDED = ("账务流水号", "商户订单号", "发生时间", "收入金额(+元)", "支出金额(-元)")
_KINDS = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}
_YUAN = "CNY"
_TRADE_TOTAL = re.compile(r"#+(交易|退款)合计[：:](\d+)笔，(?:商家实收(?:退款)?共)(-?[\d.]+)元")
_FUNDS_TOTAL = re.compile(r"#+(收入|支出)合计[：:](\d+)笔，共(-?[\d.]+)元")


def trades(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    """Payments, and refunds, which are negative there. What Alipay keeps is negative too."""
    names = _names(lines, "业务明细列表")
    at = columns(names[1], (*_NEEDED, "退款批次号/请求号", "服务费(元)"), names[0])
    sums = {"交易": [0, 0], "退款": [0, 0]}
    for number, text, row in _rows(lines, "业务明细列表结束", len(names[1])):
        word = row[at["业务类型"]]
        kind = _KINDS.get(word)
        if kind is None:
            raise refused(f"{word!r} is neither payment nor refund", number)
        net = minor(row[at["商家实收(元)"]], _YUAN, number)
        fee = -minor(row[at["服务费(元)"]], _YUAN, number)
        sums[word][0] += 1
        sums[word][1] += net
        is_refund = kind is LineKind.REFUND
        request = row[at["退款批次号/请求号"]] if is_refund else ""
        transaction = row[at["支付宝交易号"]]
        yield Line(
            number,
            kind,
            f"{transaction}:{request}" if is_refund else transaction,
            row[at["商户订单号"]],
            request,
            abs(minor(row[at["订单金额(元)"]], _YUAN, number)),
            fee,
            net - fee,
            _YUAN,
            instant(row[at["完成时间"]], number),
            LineState.SUCCEEDED,
            text,
        )
    _check(lines, _TRADE_TOTAL, sums)


def funds(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    """Every move on the account, signed."""
    names = _names(lines, "账务明细列表")
    at = columns(names[1], _FUNDS_NEEDED, names[0])
    sums = {"收入": [0, 0], "支出": [0, 0]}
    for number, text, row in _rows(lines, "账务明细列表结束", len(names[1])):
        income = abs(minor(row[at["收入金额(+元)"]], _YUAN, number))
        expense = abs(minor(row[at["支出金额(-元)"]], _YUAN, number))
        if bool(income) == bool(expense):
            raise refused("It is neither income nor expense", number)
        way = "收入" if income else "支出"
        sums[way][0] += 1
        sums[way][1] += income or expense
        yield Line(
            number,
            LineKind.MOVE,
            row[at["账务流水号"]],
            row[at["商户订单号"]],
            "",
            income - expense,
            0,
            income - expense,
            _YUAN,
            instant(row[at["发生时间"]], number),
            LineState.SUCCEEDED,
            text,
        )
    _check(lines, _FUNDS_TOTAL, sums)


def _names(lines: Iterator[tuple[int, str]], mark: str) -> tuple[int, list[str]]:
    """The line of columns: it follows the one that says that the list begins."""
    for _, text in lines:
        if text.startswith("#-") and mark in text:
            number, head = next(lines, (0, ""))
            fixed = head.replace("（", "(").replace("）", ")").replace("＋", "+")
            return number, [each.strip() for each in fixed.split(",")]
    raise refused(f"The list does not begin: {mark}")


def _rows(
    lines: Iterator[tuple[int, str]], end: str, width: int
) -> Iterator[tuple[int, str, list[str]]]:
    for number, text in lines:
        if text.startswith("#"):
            if end in text:
                return
            raise refused("A comment within the list", number)
        row = [
            each.strip() for each in (next(csv.reader([text])) if '"' in text else text.split(","))
        ]
        if len(row) < width:
            raise refused("The line is too short", number)
        yield number, text, row
    raise refused("The list does not end")


def _check(
    lines: Iterator[tuple[int, str]], pattern: re.Pattern[str], sums: dict[str, list[int]]
) -> None:
    """Totals of refunds are signed in some files and not in others."""
    stated = {}
    for number, text in lines:
        if found := pattern.match(text):
            stated[found[1]] = (int(found[2]), abs(minor(found[3], _YUAN, number)))
    for word, (rows, amount) in sums.items():
        if word not in stated:
            raise refused(f"A total is missing: {word}合计")
        same(f"{word}合计", stated[word][0], rows)
        same(f"{word}合计 (分)", stated[word][1], abs(amount))
