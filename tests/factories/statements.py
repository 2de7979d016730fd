"""Statement files in the formats of the gateways, written from a few facts."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.services.finance.engine.statements.unionpay import ZM
from tests.simulators.wechatpay.bills import TOTALS, TRADE_COLUMNS

BEIJING = ZoneInfo("Asia/Shanghai")
ALIPAY_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


@dataclass(frozen=True)
class Fact:
    """A payment, or with `refund_no` a refund, as a gateway tells it; amounts in fen."""

    transaction_id: str
    number: str
    minor: int
    at: datetime
    fee: int = 0
    refund_no: str = ""
    refund_id: str = ""
    state: str = "SUCCESS"
    currency: str = "CNY"

    @property
    def is_refund(self) -> bool:
        return bool(self.refund_no)


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def _sums(facts: Sequence[Fact]) -> tuple[int, int, int]:
    paid = sum(each.minor for each in facts if not each.is_refund)
    back = sum(each.minor for each in facts if each.is_refund)
    return paid, back, sum(each.fee for each in facts)


def wechatpay(facts: Sequence[Fact], *, off: int = 0, more: str = "") -> bytes:
    """A `tradebill`; `off` fen are added to the total of payments, `more` is one more column."""
    lines = [TRADE_COLUMNS + (f",{more}" if more else "")]
    for each in facts:
        back = each.is_refund
        values = [
            f"{each.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            *("wx1", "1900000109", "0", "", each.transaction_id, each.number, "o-1", "JSAPI"),
        ]
        values += [
            *("REFUND" if back else each.state, "CMC", "CNY"),
            "0.00" if back else yuan(each.minor),
            "0.00",
            each.refund_id if back else "0",
            each.refund_no if back else "0",
            yuan(each.minor) if back else "0.00",
            "0.00",
            "ORIGINAL" if back else "",
            each.state if back else "",
            "tea, green",
            "",
            f"{yuan(each.fee)}000",
            "0.60%",
            "0.00" if back else yuan(each.minor),
            yuan(each.minor) if back else "0.00",
            "",
        ]
        lines.append(",".join(f"`{value}" for value in values + ([""] if more else [])))
    paid, back_sum, fees = _sums(facts)
    totals = [yuan(paid + off), yuan(back_sum), "0.00", f"{yuan(fees)}000"]
    totals = [str(len(facts)), *totals, yuan(paid + off), yuan(back_sum)]
    lines += [TOTALS, ",".join(f"`{each}" for each in totals), ""]
    return gzip.compress("\ufeff".encode() + "\r\n".join(lines).encode(), mtime=0)


def wechatpay_funds(moves: Sequence[int], *, off: int = 0) -> bytes:
    """A `fundflowbill`; what goes out is negative."""
    lines = [
        "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,备注"
    ]
    for place, minor in enumerate(moves):
        way = "收入" if minor > 0 else "支出"
        values = ["2026-11-20 10:00:00", f"b{place}", f"f{place}", "交易", "交易", way]
        values += [yuan(abs(minor)), "1.00", ""]
        lines.append(",".join(f"`{value}" for value in values))
    incomes = [each for each in moves if each > 0]
    expenses = [-each for each in moves if each < 0]
    totals = [
        len(moves),
        len(incomes),
        yuan(sum(incomes) + off),
        len(expenses),
        yuan(sum(expenses)),
    ]
    lines.append("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额")
    lines.append(",".join(f"`{each}" for each in totals))
    return "\r\n".join(lines).encode()


def alipay(facts: Sequence[Fact], day: date, *, off: int = 0) -> bytes:
    """A zip with `业务明细` and its sums, names and text in GBK."""
    list_mark = f"#{'-' * 41}业务明细列表"
    lines = [
        "#支付宝业务明细查询",
        "#账号：[20880000000000000156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day:%Y年%m月%d日} 24:00:00]",
        f"{list_mark}{'-' * 40}",
        ALIPAY_COLUMNS,
    ]
    for each in facts:
        sign = -1 if each.is_refund else 1
        at = f"{each.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        kind = "退款" if each.is_refund else "交易"
        values = [f"{each.transaction_id}\t", f"{each.number}\t", kind, "茶", at, at]
        values += [
            "",
            "",
            "",
            "",
            "*三(138***)\t",
            yuan(sign * each.minor),
            yuan(sign * each.minor),
        ]
        values += ["0.00"] * 5 + [
            "",
            "0.00",
            "0.00",
            f"{each.refund_no}\t",
            yuan(-each.fee),
            "0.00",
            "",
        ]
        lines.append(",".join(values))
    paid, back, _ = _sums(facts)
    refunds = sum(each.is_refund for each in facts)
    lines += [
        f"{list_mark}结束{'-' * 36}",
        f"#交易合计：{len(facts) - refunds}笔，商家实收共{yuan(paid + off)}元，商家优惠共0.00元",
        f"#退款合计：{refunds}笔，商家实收退款共{yuan(-back)}元，商家优惠退款共0.00元",
        f"#导出时间：[{day:%Y年%m月%d日} 09:00:00]",
        "",
    ]
    return zipped(
        {
            f"2088_{day:%Y%m%d}_业务明细.csv": "\r\n".join(lines).encode("gb18030"),
            f"2088_{day:%Y%m%d}_业务明细(汇总).csv": "#支付宝业务汇总查询\r\n".encode("gb18030"),
        }
    )


def alipay_funds(moves: Sequence[int], *, off: int = 0) -> bytes:
    """A zip with `账务明细`."""
    lines = [
        "#支付宝账务明细查询",
        "#-----账务明细列表-----",
        "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,备注",
    ]
    for place, minor in enumerate(moves):
        values = [f"a{place}\t", "x", "y", "", "2026-11-20 10:00:00", "z"]
        values += [yuan(max(minor, 0)), yuan(min(minor, 0)), ""]
        lines.append(",".join(values))
    incomes = [each for each in moves if each > 0]
    expenses = [-each for each in moves if each < 0]
    lines += [
        "#-----账务明细列表结束-----",
        f"#支出合计：{len(expenses)}笔，共{yuan(-sum(expenses))}元",
        f"#收入合计：{len(incomes)}笔，共{yuan(sum(incomes) + off)}元",
    ]
    return zipped({"2088_账务明细.csv": "\r\n".join(lines).encode("gb18030")})


def unionpay(facts: Sequence[Fact], day: date) -> bytes:
    """A zip with `ZM` (and an empty `ZME`), one blank after each field, cut to its width."""
    lines = []
    for each in facts:
        values = [""] * len(ZM)
        values[0] = "S30" if each.is_refund else "S22"
        values[3], values[4] = "000001", f"{each.at.astimezone(BEIJING):%m%d%H%M%S}"
        values[6], values[9] = f"{each.minor:012}", each.refund_id or each.transaction_id
        values[11] = each.refund_no or each.number
        values[15] = f"{'D' if each.fee >= 0 else 'C'}{abs(each.fee):012}"
        net = (-each.minor if each.is_refund else each.minor) - each.fee
        values[16] = f"{'C' if net >= 0 else 'D'}{abs(net):012}"
        values[19], values[34] = "04" if each.is_refund else "01", each.refund_no
        lines.append(
            " ".join(value[:width].ljust(width) for value, width in zip(values, ZM, strict=True))
        )
    text = "\r\n".join([*lines, ""]).encode()
    stem = f"INN{day:%y%m%d}88"
    return zipped({f"{stem}ZM_777290058110048": text, f"{stem}ZME_777290058110048": b""})


def sandbox(facts: Sequence[Fact], *, off: int = 0) -> bytes:
    """Amounts in minor units."""
    lines = [
        "kind,transaction_id,out_trade_no,out_refund_no,refund_id,amount_minor,fee_minor,currency,at"
    ]
    for each in facts:
        kind = "refund" if each.is_refund else "payment"
        values = [kind, each.transaction_id, each.number, each.refund_no, each.refund_id]
        values += [str(each.minor), str(each.fee), each.currency]
        lines.append(",".join([*values, each.at.astimezone(BEIJING).isoformat(timespec="seconds")]))
    paid, back, _ = _sums(facts)
    refunds = sum(each.is_refund for each in facts)
    lines.append(f"total,{len(facts) - refunds},{paid + off},{refunds},{back}")
    return "\r\n".join([*lines, ""]).encode()


class _Gbk(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 -- the library's name
        return self.filename.encode("gb18030"), self.flag_bits


def zipped(members: dict[str, bytes]) -> bytes:
    """Names in GBK without saying so, as they come."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            info = _Gbk(name, (2026, 11, 20, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return out.getvalue()
