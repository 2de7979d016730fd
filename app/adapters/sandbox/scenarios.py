"""What a person or a test can make the sandbox do when a payment is made."""

from dataclasses import dataclass
from enum import StrEnum


class Scenario(StrEnum):
    """`succeed` and `decline` are the plain ones; the others are what real gateways also do."""

    SUCCEED = "succeed"
    DECLINE = "decline"
    DELAY = "delay"
    REPEAT = "repeat"
    REORDER = "reorder"
    LOSE = "lose"
    CONTRADICT = "contradict"
    WRONG_AMOUNT = "wrong_amount"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Choice:
    """`delay_seconds` belongs to `delay`, `times` to `repeat`."""

    scenario: Scenario = Scenario.SUCCEED
    delay_seconds: float = 5
    times: int = 3


MEANINGS = {
    Scenario.SUCCEED: ("Pay", "支付"),
    Scenario.DECLINE: ("Decline", "拒绝支付"),
    Scenario.DELAY: ("Pay; the notice comes later", "支付，通知延迟到达"),
    Scenario.REPEAT: ("Pay; the notice comes several times", "支付，通知重复到达"),
    Scenario.REORDER: (
        "Pay; a failure is notified after it",
        "支付，成功通知后又到失败通知",
    ),
    Scenario.LOSE: ("Pay; no notice comes at all", "支付，通知丢失"),
    Scenario.CONTRADICT: ("Notify a success, but take no money", "仅通知成功，未实际扣款"),
    Scenario.WRONG_AMOUNT: ("Pay another amount", "支付金额不符"),
    Scenario.LATE: ("Pay after the order has been closed", "订单关闭后才支付"),
}
