"""What accounts may offer, and what an amount may be paid by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import FeeBearer
from app.services.payments.engine.instalments import (
    InstalmentPlan,
    InstalmentSkills,
    agreed,
    read_plan,
    require_skills,
    suiting,
    told,
)
from app.services.payments.errors import InstalmentsNotOffered, InstalmentsUnsupported

PLANS = st.builds(
    InstalmentPlan,
    count=st.sampled_from([3, 6, 12]),
    fee_bearer=st.sampled_from(FeeBearer),
    currency=st.sampled_from(["CNY", "USD"]),
    min_minor=st.integers(0, 1_000),
)
AMOUNTS = st.integers(0, 1_200)


@given(st.lists(PLANS, max_size=6), st.sampled_from([None, 3, 6, 12]), AMOUNTS)
def test_what_is_agreed_is_offered_for_the_amount(
    plans: list[InstalmentPlan], count: int | None, amount_minor: int
) -> None:
    offered = suiting(plans, "CNY", amount_minor)
    assert all(each.currency == "CNY" and each.min_minor <= amount_minor for each in offered)
    if count is not None and count not in {each.count for each in offered}:
        with pytest.raises(InstalmentsNotOffered) as refused:
            agreed(plans, count, "CNY", amount_minor)
        assert refused.value.context["plans"] == [told(each) for each in offered]
        return
    plan = agreed(plans, count, "CNY", amount_minor)
    assert (plan is None) == (count is None)
    assert plan is None or (plan in offered and plan.count == count)


@given(PLANS)
def test_a_plan_is_read_as_it_was_kept(plan: InstalmentPlan) -> None:
    assert read_plan(told(plan)) == plan


@pytest.mark.parametrize(
    ("skills", "is_able"),
    [
        (None, False),
        (InstalmentSkills(counts=frozenset({3})), True),
        (InstalmentSkills(counts=frozenset({6})), False),
        (InstalmentSkills(counts=frozenset({3}), currencies=frozenset({"USD"})), False),
        (InstalmentSkills(counts=frozenset({3}), bearers=frozenset({FeeBearer.PAYER})), False),
    ],
)
def test_only_what_the_gateway_can_do_may_be_offered(
    skills: InstalmentSkills | None, is_able: bool
) -> None:
    plan = InstalmentPlan(count=3, fee_bearer=FeeBearer.SELLER, currency="CNY")
    require_skills([], skills)
    if is_able:
        require_skills([plan], skills)
        return
    with pytest.raises(InstalmentsUnsupported):
        require_skills([plan], skills)
