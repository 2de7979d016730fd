"""Which combinations of option values are made: include and exclude rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.services.catalog.engine.options import Axis, InvalidOptions

Rule: TypeAlias = Mapping[str, frozenset[str]]
"""Axis code to the values it matches. Axes not named match with any value."""

Choice: TypeAlias = Mapping[str, str]


def matches(rule: Rule, choice: Choice) -> bool:
    return all(choice[axis] in values for axis, values in rule.items())


@dataclass(frozen=True, slots=True)
class Rules:
    """A combination is made if it matches any `include` (or none is given) and no `exclude`."""

    include: Sequence[Rule] = ()
    exclude: Sequence[Rule] = ()

    def allow(self, choice: Choice) -> bool:
        if self.include and not any(matches(rule, choice) for rule in self.include):
            return False
        return not any(matches(rule, choice) for rule in self.exclude)

    def check(self, axes: Sequence[Axis]) -> None:
        """Raise `InvalidOptions` for rules that name what the axes do not have."""
        known = {axis.code: axis.codes for axis in axes}
        reasons = []
        for kind, rules in (("include", self.include), ("exclude", self.exclude)):
            for at, rule in enumerate(rules):
                reasons += [f"{kind}/{at}: no axis {code}" for code in rule if code not in known]
                reasons += [
                    f"{kind}/{at}: {value} is no value of {code}"
                    for code, values in rule.items()
                    for value in sorted(values - known.get(code, values))
                ]
                if not rule:
                    reasons.append(f"{kind}/{at}: an empty rule matches everything")
        if reasons:
            raise InvalidOptions("The rules name unknown options", reasons=reasons)
