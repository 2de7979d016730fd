"""What UnionPay's answer codes mean for us."""

from collections.abc import Mapping

from app.services.payments.ports import GatewayState

DONE = frozenset({"00", "A6"})
"""A6 is a success with a flaw: the money moved."""

UNCLEAR = frozenset({"03", "04", "05", "12", "42"})
"""Time-outs (03, 04), under way (05), our request came before (12), paid too late (42)."""

MISSING = "34"
NO_FILE = "98"


def state_of(code: str) -> GatewayState:
    """What became of a transaction whose own code is `code`."""
    if code in DONE:
        return GatewayState.SUCCEEDED
    return GatewayState.UNKNOWN if code in UNCLEAR or not code else GatewayState.FAILED


def code_of(found: Mapping[str, str]) -> str:
    return found.get("respCode", "")
