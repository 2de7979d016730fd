"""The sandbox's statement: CSV with a header and a line of totals, amounts in minor units. Pure."""

import csv
from collections.abc import Iterator

from app.services.finance.engine.statements.lines import (
    Line,
    LineKind,
    LineState,
    columns,
    count,
    instant,
    refused,
    same,
)

HEAD = "kind,transaction_id,out_trade_no,out_refund_no,refund_id,amount_minor,fee_minor"
_TOTALS = ("payments", "paid", "refunds", "refunded")


def trades(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    number, head = next(lines)
    at = columns(head.split(","), (*HEAD.split(","), "currency", "at"), number)
    sums = {"payment": [0, 0], "refund": [0, 0]}
    for number, text in lines:
        row = next(csv.reader([text]), [""])
        if row[0] == "total":
            break
        if len(row) < len(at) or row[at["kind"]] not in sums:
            raise refused("It is neither payment nor refund", number)
        kind = LineKind(row[at["kind"]])
        is_refund = kind is LineKind.REFUND
        amount, fee = count(row[at["amount_minor"]], number), count(row[at["fee_minor"]], number)
        sums[kind][0] += 1
        sums[kind][1] += amount
        yield Line(
            number,
            kind,
            row[at["refund_id" if is_refund else "transaction_id"]],
            row[at["out_trade_no"]],
            row[at["out_refund_no"]] if is_refund else "",
            amount,
            fee,
            (-amount if is_refund else amount) - fee,
            row[at["currency"]],
            instant(row[at["at"]], number),
            LineState.SUCCEEDED,
            text,
        )
    else:
        raise refused("The line of totals is missing")
    stated = [count(each, number) for each in row[1:]]
    if len(stated) != len(_TOTALS) or any(rest for _, rest in lines):
        raise refused("The line of totals is not whole", number)
    for name, value, found in zip(
        _TOTALS,
        stated,
        [*sums["payment"], *sums["refund"]],
        strict=True,
    ):
        same(name, value, found)
