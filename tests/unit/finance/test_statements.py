"""Statements as gateways write them: read to the fen, or refused as a whole."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from app.services.finance.engine.statements import Line, StatementUnreadable, read
from tests.factories import statements
from tests.factories.statements import Fact

DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
FACTS = [
    Fact("t1", "n1", 15_000, AT, fee=90),
    Fact("t2", "n2", 1, AT),
    Fact("t1", "n1", 600, AT, fee=-3, refund_no="r1", refund_id="x1"),
]
WRITERS: dict[str, Callable[..., bytes]] = {
    "wechatpay": statements.wechatpay,
    "alipay": lambda facts, **more: statements.alipay(facts, DAY, **more),
    "unionpay": lambda facts: statements.unionpay(facts, DAY),
}
REFUND_IDS = {"alipay": "t1:r1"}


def lines(content: bytes, day: date = DAY) -> list[Line]:
    return list(read(io.BytesIO(content), day))


def facts_of(found: list[Line]) -> list[tuple[object, ...]]:
    return [
        (each.kind, each.provider_id, each.amount_minor, each.fee_minor, each.settled_minor)
        for each in found
    ]


@pytest.mark.parametrize("name", WRITERS)
def test_every_line_is_read(name: str) -> None:
    found = lines(WRITERS[name](FACTS))
    assert facts_of(found) == [
        ("payment", "t1", 15_000, 90, 14_910),
        ("payment", "t2", 1, 0, 1),
        ("refund", REFUND_IDS.get(name, "x1"), 600, -3, -597),
    ]
    assert [each.out_trade_no for each in found[:2]] == ["n1", "n2"]
    assert found[2].out_refund_no == "r1"
    assert {each.at for each in found} == {AT}
    assert len({each.number for each in found}) == len(found)


def test_the_sandbox_is_read() -> None:
    found = lines(statements.sandbox([FACTS[0], FACTS[1]]))
    assert facts_of(found) == [
        ("payment", "t1", 15_000, 90, 14_910),
        ("payment", "t2", 1, 0, 1),
    ]


@pytest.mark.parametrize("name", ["wechatpay", "alipay"])
@pytest.mark.parametrize("off", [-1, 1])
def test_totals_that_are_off_by_a_fen_refuse_the_file(name: str, off: int) -> None:
    with pytest.raises(StatementUnreadable, match="the file states"):
        lines(WRITERS[name](FACTS, off=off))
    with pytest.raises(StatementUnreadable, match="the file states"):
        lines(statements.sandbox(FACTS[:2], off=off))


@pytest.mark.parametrize("write", [statements.wechatpay_funds, statements.alipay_funds])
def test_moves_are_signed_and_add_up(write: Callable[..., bytes]) -> None:
    found = lines(write([15_000, -90, -600]))
    assert [(each.kind, each.amount_minor) for each in found] == [
        ("move", 15_000),
        ("move", -90),
        ("move", -600),
    ]
    with pytest.raises(StatementUnreadable, match="the file states"):
        lines(write([15_000, -90], off=1))


def test_columns_nobody_knows_are_left_alone() -> None:
    assert facts_of(lines(statements.wechatpay(FACTS, more="新列"))) == facts_of(
        lines(statements.wechatpay(FACTS))
    )


def test_a_missing_column_is_named() -> None:
    plain = gzip.decompress(statements.wechatpay(FACTS)).decode()
    with pytest.raises(StatementUnreadable, match="微信订单号"):
        lines(plain.replace("微信订单号", "订单号").encode())


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_breaks_off_is_refused(name: str) -> None:
    content = WRITERS[name](FACTS)
    with pytest.raises(StatementUnreadable):
        lines(content[: len(content) // 2])


def test_lines_without_their_totals_are_refused() -> None:
    plain = gzip.decompress(statements.wechatpay(FACTS)).decode().split("总交易单数", 1)[0]
    with pytest.raises(StatementUnreadable, match="totals is missing"):
        lines(plain.encode())


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("`150.00,", "`150.001,", "no amount"),
        ("`1,`tea", "`1,`tea", "the file states"),
        ("2026-11-20 11", "2026-13-20 11", "no time"),
    ],
)
def test_what_cannot_be_read_names_its_line(was: str, becomes: str, why: str) -> None:
    plain = gzip.decompress(statements.wechatpay(FACTS)).decode()
    broken = plain.replace(was, becomes) if was != becomes else plain.replace("`3,`", "`4,`")
    with pytest.raises(StatementUnreadable, match=why):
        lines(broken.encode())


def test_refunds_under_way_and_failed_ones_say_so() -> None:
    states = ["SUCCESS", "PROCESSING", "CHANGE", "FAIL"]
    facts = [
        Fact("t", "n", 100, AT, refund_no=f"r{place}", refund_id=f"x{place}", state=state)
        for place, state in enumerate(states)
    ]
    found = lines(statements.wechatpay(facts))
    assert [each.state for each in found] == ["succeeded", "pending", "failed", "failed"]


def test_times_without_a_year_are_of_the_day_or_before_it() -> None:
    late = datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    content = statements.unionpay([Fact("t", "n", 1, late)], date(2026, 1, 1))
    assert lines(content, date(2026, 1, 1))[0].at == late


def test_an_unknown_file_is_refused() -> None:
    for content in (b"", b"\x89PNG", b"a,b\r\n1,2\r\n", b"PK\x03\x04", b"\x1f\x8b\x08"):
        with pytest.raises(StatementUnreadable):
            lines(content)
