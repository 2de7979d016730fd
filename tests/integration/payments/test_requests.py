"""Which tenders a member may name (rows M8, M11, M12)."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import TenderKind
from app.core.errors import DomainError, InvalidReference
from app.core.ids import new_id
from app.services import payments
from app.services.payments import PlanPreview, TenderRequest
from tests.factories.members import make_member
from tests.factories.payments import TERMS, give_balance, make_gift_card

CARD = TenderKind.GIFT_CARD


async def preview(
    session: AsyncSession, *requests: TenderRequest, member_id: object, currency: str = "CNY"
) -> PlanPreview:
    return await payments.preview(
        session,
        member_id=member_id,  # type: ignore[arg-type]
        currency=currency,
        payable_minor=500,
        requests=requests,
        terms=TERMS,
    )


async def test_a_card_of_somebody_else_looks_like_none(session: AsyncSession) -> None:
    member, other = await make_member(session), await make_member(session)
    card = await make_gift_card(session, 100, member_id=other.id)
    for request in (
        TenderRequest(kind=CARD, gift_card_id=card.id),
        TenderRequest(kind=CARD, code=card.code),
        TenderRequest(kind=CARD, gift_card_id=new_id()),
        TenderRequest(kind=CARD, code="0000"),
        TenderRequest(kind=CARD),
    ):
        with pytest.raises(InvalidReference):
            await preview(session, request, member_id=member.id)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("twice", payments.DuplicateTender),
        ("id and code", payments.DuplicateTender),
        ("two gateways", payments.DuplicateTender),
        ("currency", payments.CurrencyMismatch),
        ("channel", payments.UnknownChannel),
    ],
)
async def test_m8_m12_what_cannot_be_a_tender_is_refused(
    session: AsyncSession, case: str, refusal: type[DomainError]
) -> None:
    member = await make_member(session)
    card = await make_gift_card(session, 100, member_id=member.id)
    by_id = TenderRequest(kind=CARD, gift_card_id=card.id)
    by_code = TenderRequest(kind=CARD, code=card.code)
    gateways = [TenderRequest(kind=TenderKind.GATEWAY, channel=c) for c in ("alipay", "wechat")]
    requests = {
        "twice": [by_id, by_id],
        "id and code": [by_id, by_code],
        "two gateways": gateways,
        "currency": [by_id],
        "channel": [TenderRequest(kind=TenderKind.GATEWAY, channel="nobody")],
    }[case]
    currency = "USD" if case == "currency" else "CNY"
    with pytest.raises(refusal):
        await preview(session, *requests, member_id=member.id, currency=currency)


async def test_m11_a_preview_shows_what_is_missing_and_holds_nothing(
    session: AsyncSession,
) -> None:
    member = await make_member(session)
    await give_balance(session, member.id, 300)
    balance = TenderRequest(kind=TenderKind.BALANCE, max_minor=200)
    for _ in range(2):
        shown = await preview(session, balance, member_id=member.id)
        assert [each.amount_minor for each in shown.tenders] == [200]
        assert shown.uncovered_minor == 300


async def test_codes_in_tenders_are_counted(session: AsyncSession, sessions: object) -> None:
    member = await make_member(session)
    guess = [TenderRequest(kind=CARD, code="0000")] * 5
    for _ in range(2):
        await payments.throttle_codes(sessions, member.id, guess, terms=TERMS)  # type: ignore[arg-type]
    with pytest.raises(DomainError) as refused:
        await payments.throttle_codes(sessions, member.id, guess, terms=TERMS)  # type: ignore[arg-type]
    assert refused.value.slug == "too-many-requests"
