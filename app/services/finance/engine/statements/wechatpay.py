"""Bills of WeChat Pay: CSV whose values start with a backquote, totals in the last line. Pure.

`tradebill` of the type ALL and `fundflowbill`; so a comma within a name does no harm.
"""

from collections.abc import Iterator, Mapping

from app.services.finance.engine.statements.lines import (
    Line,
    LineKind,
    LineState,
    columns,
    count,
    instant,
    minor,
    refused,
    same,
)

TRADES, FUNDS = "交易时间", "记账时间"
_NEEDED = ("微信订单号", "商户订单号", "交易状态", "货币种类", "退款状态", "手续费")
_FUNDS_NEEDED = ("微信支付业务单号", "资金流水单号", "业务类型", "收支类型", "收支金额(元)")
_STATES = {"SUCCESS": LineState.SUCCEEDED, "PROCESSING": LineState.PENDING}
_YUAN = "CNY"


def fields(text: str) -> list[str]:
    """Values start with a backquote, so they are cut where one follows a comma."""
    return [each.strip() for each in text.removeprefix("`").split(",`")]


def _names(text: str) -> list[str]:
    return [each.strip().replace("（", "(").replace("）", ")") for each in text.split(",")]


def trades(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    """Payments and refunds. A refund costs what was applied for, and brings back some fee."""
    number, head = next(lines)
    at = columns(_names(head), (TRADES, *_NEEDED), number)
    total = "订单金额" if "订单金额" in at else "总金额"
    due = "应结订单金额" if "应结订单金额" in at else total
    applied = "申请退款金额" if "申请退款金额" in at else "退款金额"
    columns(_names(head), (total, due, applied, "退款金额", "微信退款单号", "商户退款单号"), number)
    rows = paid = net = back = back_net = fees = 0
    for number, text in lines:
        if not text.startswith("`"):
            names = _names(text)
            break
        row = fields(text)
        if len(row) < len(at):
            raise refused("The line is too short", number)
        currency, status = row[at["货币种类"]] or _YUAN, row[at["交易状态"]]
        fee = minor(row[at["手续费"]], currency, number)
        is_refund = status == "REFUND"
        amount = minor(row[at[applied if is_refund else total]], currency, number)
        settled = minor(row[at["退款金额" if is_refund else due]], currency, number)
        rows, fees = rows + 1, fees + fee
        if is_refund:
            back, back_net = back + amount, back_net + settled
            state = _STATES.get(row[at["退款状态"]], LineState.FAILED)
        else:
            paid, net = paid + amount, net + settled
            state = _STATES.get(status, LineState.FAILED)
        yield Line(
            number,
            LineKind.REFUND if is_refund else LineKind.PAYMENT,
            row[at["微信退款单号" if is_refund else "微信订单号"]],
            row[at["商户订单号"]],
            row[at["商户退款单号"]] if is_refund else "",
            amount,
            fee,
            (-settled if is_refund else settled) - fee,
            currency,
            instant(row[at[TRADES]], number),
            state,
            text,
        )
    else:
        raise refused("The line of totals is missing")
    stated = _totals(lines, names)
    same("总交易单数", count(stated["总交易单数"], number), rows)
    sums = {
        "应结订单总金额": net,
        "总交易额": paid,
        "订单总金额": paid,
        "退款总金额": back_net,
        "总退款金额": back_net,
        "申请退款总金额": back,
        "手续费总金额": fees,
    }
    for name in sums.keys() & stated.keys():
        same(name, minor(stated[name], _YUAN, number), sums[name])


def funds(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    """Every move on the account there, signed: in positive, out negative."""
    number, head = next(lines)
    at = columns(_names(head), (FUNDS, *_FUNDS_NEEDED), number)
    moves = {"收入": [0, 0], "支出": [0, 0]}
    for number, text in lines:
        if not text.startswith("`"):
            names = _names(text)
            break
        row = fields(text)
        way = row[at["收支类型"]] if len(row) >= len(at) else ""
        if way not in moves:
            raise refused("It is neither income nor expense", number)
        amount = minor(row[at["收支金额(元)"]], _YUAN, number)
        moves[way][0] += 1
        moves[way][1] += amount
        signed = amount if way == "收入" else -amount
        yield Line(
            number,
            LineKind.MOVE,
            row[at["资金流水单号"]],
            row[at["微信支付业务单号"]],
            "",
            signed,
            0,
            signed,
            _YUAN,
            instant(row[at[FUNDS]], number),
            LineState.SUCCEEDED,
            text,
        )
    else:
        raise refused("The line of totals is missing")
    stated = _totals(lines, names)
    same(
        "资金流水总笔数", count(stated["资金流水总笔数"], number), sum(n for n, _ in moves.values())
    )
    for way, (found, amount) in moves.items():
        same(f"{way}笔数", count(stated[f"{way}笔数"], number), found)
        same(f"{way}金额", minor(stated[f"{way}金额"], _YUAN, number), amount)


def _totals(lines: Iterator[tuple[int, str]], names: list[str]) -> Mapping[str, str]:
    number, text = next(lines, (0, ""))
    values = fields(text)
    if len(values) < len(names) or not text.startswith("`"):
        raise refused("The totals are missing", number)
    if any(rest for _, rest in lines):
        raise refused("Something follows the totals", number)
    return dict(zip(names, values, strict=False))
