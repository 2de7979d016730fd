"""What becomes of cases people worked on when another file takes the place of theirs. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.core.enums.reconciliation import CaseResolution, ReconciliationVerdict


class LineFacts(NamedTuple):
    """What a line says and what comparing it brought: two with the same are the same line."""

    kind: str
    provider_id: str
    amount_minor: int
    fee_minor: int
    gross_minor: int
    currency: str
    state: str
    verdict: str
    receipt_id: UUID | None
    refund_part_id: UUID | None

    @property
    def is_repeated(self) -> bool:
        return self.verdict == ReconciliationVerdict.DUPLICATE_ROW


@dataclass(frozen=True, slots=True)
class Worked:
    """A case somebody did something about, with the line it was about."""

    case_id: UUID
    resolution: str | None
    is_settled: bool
    facts: LineFacts


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the new file; `case_id` of the case that comparing it opened."""

    line: int
    case_id: UUID | None
    facts: LineFacts


@dataclass(frozen=True, slots=True)
class Fate:
    """What to do with a case.

    `same`: it goes on with `told`, which says what its line said. `changed`: it goes on, compared
    anew. `agreed`: `told` agrees with our books, it is over. `gone`: nothing states it any more.
    `reversed`: its correction is taken back. A case in none of these is history.
    """

    worked: Worked
    told: Told | None = None

    @property
    def is_same(self) -> bool:
        return self.told is not None and self.told.facts == self.worked.facts

    @property
    def is_agreed(self) -> bool:
        return self.told is not None and self.told.case_id is None and not self.is_same

    @property
    def is_reversed(self) -> bool:
        return self.told is None and self.worked.resolution == CaseResolution.CORRECTED

    @property
    def is_gone(self) -> bool:
        return self.told is None and self.worked.resolution is None


def fates(worked: Iterable[Worked], told: Iterable[Told]) -> list[Fate]:
    """Each case with its line of the new file, one to one: first the same, then the same number.

    Only cases that are not over go on with a line that says something else.
    """
    lines = list(told)
    same: dict[LineFacts, list[Told]] = defaultdict(list)
    for line in sorted(lines, key=lambda each: -each.line):
        if line.case_id is not None:
            same[line.facts].append(line)
    found: list[Fate] = []
    rest: list[Worked] = []
    for case in worked:
        if same[case.facts]:
            found.append(Fate(case, same[case.facts].pop()))
        else:
            rest.append(case)
    taken = {each.told.line for each in found if each.told}
    named = {
        (each.facts.kind, each.facts.provider_id): each
        for each in lines
        if each.line not in taken and not each.facts.is_repeated
    }
    for case in rest:
        follows = case.resolution is None and not case.facts.is_repeated
        key = (case.facts.kind, case.facts.provider_id)
        found.append(Fate(case, named.pop(key, None) if follows else None))
    return found
