"""Actions by the `type` their configuration names; a new one is a file and a row here."""

from app.services.promotions.engine.actions.amount_off import AmountOff
from app.services.promotions.engine.actions.base import AmountAction, Step
from app.services.promotions.engine.actions.each import Each
from app.services.promotions.engine.actions.ladder import Ladder
from app.services.promotions.engine.actions.percent_off import PercentOff
from app.services.promotions.engine.reading import Node

ACTIONS: dict[str, type[AmountAction]] = {
    action.type: action for action in (AmountOff, PercentOff, Each, Ladder)
}

__all__ = ["ACTIONS", "AmountAction", "Step", "read_action"]


def read_action(node: Node, family: str) -> AmountAction:
    """Read an action that a stage of `family` allows."""
    kind = ACTIONS[node.choice("type", ACTIONS)]
    if family not in kind.families:
        raise node.fail("type", f"{kind.type} is not an action of stage {family}")
    action = kind.read(node)
    node.close()
    return action
