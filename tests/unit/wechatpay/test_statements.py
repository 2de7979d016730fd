"""Bills: fetched as they are, compared with what was said of them."""

import gzip
from datetime import timedelta

import pytest
import time_machine

from app.adapters.wechatpay import statements
from app.core import clock
from app.services.payments.ports import (
    Compression,
    GatewayRefused,
    GatewayUnreachable,
    StatementKind,
    StatementMissing,
)
from tests.simulators.wechatpay import Trouble, bills
from tests.unit.wechatpay.conftest import Bench


async def fetched(bench: Bench, kind: StatementKind = StatementKind.TRADES) -> bytes:
    day = clock.now().astimezone(bills.ZONE).date()
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        async with bench.gateway.statement(day, kind) as statement:
            assert statement.compression is Compression.GZIP
            assert statement.filename == f"wechatpay-{kind}-{day}.csv.gz"
            return b"".join([chunk async for chunk in statement.chunks])


async def test_a_bill_is_the_platforms_file_byte_for_byte(bench: Bench) -> None:
    number = await bench.paid()
    await bench.gateway.refund(bench.refund(number, "R1-1"))
    bench.platform.settle("R1-1", "SUCCESS")
    content = await fetched(bench)
    assert content == next(
        each.body for each in bench.platform.sent if each.body[:2] == b"\x1f\x8b"
    )
    text = gzip.decompress(content).decode("utf-8-sig").splitlines()
    assert text[0].startswith("交易时间,公众账号ID,商户号")
    assert [line.split(",")[9] for line in text[1:3]] == ["`SUCCESS", "`REFUND"]
    assert text[-1] == "`2,`12.34,`2.34,`0.00,`0.07,`12.34,`2.34"


async def test_the_other_bill_lists_every_move(bench: Bench) -> None:
    await bench.paid()
    await fetched(bench, StatementKind.FUNDS)
    asked = next(each for each in bench.platform.requests if "fundflowbill" in each.url.path)
    assert asked.url.params["account_type"] == "BASIC"


async def test_a_large_bill_passes_in_pieces(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_CHUNK", 256)
    for _ in range(40):
        await bench.paid()
    assert gzip.decompress(await fetched(bench)).count(b"SUCCESS") == 40


async def test_a_day_without_a_bill_is_told_apart(bench: Bench) -> None:
    today = clock.now().astimezone(bills.ZONE).date()
    with pytest.raises(StatementMissing):
        async with bench.gateway.statement(today, StatementKind.TRADES):
            pass


@pytest.mark.parametrize("trouble", [Trouble.CUT_OFF, Trouble.FORGED, Trouble.DEAD, Trouble.HTML])
async def test_m45_a_bill_that_is_not_what_was_said_is_no_bill(
    bench: Bench, trouble: Trouble
) -> None:
    await bench.paid()
    bench.platform.troubles["file"] = [trouble]
    with pytest.raises(GatewayUnreachable):
        await fetched(bench)


async def test_our_signature_goes_to_nobody_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.paid()
    honest = bench.platform._bill

    def lie(request: object) -> object:
        status, said = honest(request)  # type: ignore[arg-type]
        return status, said | {"download_url": "https://evil.test/v3/billdownload/file?token=x"}

    monkeypatch.setattr(bench.platform, "_bill", lie)
    with pytest.raises(GatewayUnreachable, match="somewhere else"):
        await fetched(bench)
    assert "file" not in bench.platform.calls


async def test_a_refusal_is_passed_on(bench: Bench) -> None:
    bench.platform.merchant = type(bench.platform.merchant)(
        **{**bench.platform.merchant.__dict__, "serial": "AB"}
    )
    with pytest.raises(GatewayRefused, match="SIGN_ERROR"):
        await fetched(bench)
