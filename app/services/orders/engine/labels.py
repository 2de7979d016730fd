"""What labels may become."""

from collections.abc import Mapping

from app.core.enums.carriers import LabelState

LABEL: Mapping[LabelState, frozenset[LabelState]] = {
    LabelState.ASKED: frozenset({LabelState.MADE, LabelState.REFUSED, LabelState.CANCELLED}),
    LabelState.MADE: frozenset({LabelState.CANCELLED, LabelState.KEPT}),
    # An answer may come late: what was given up for never made was made after all.
    LabelState.CANCELLED: frozenset({LabelState.MADE}),
    LabelState.REFUSED: frozenset(),
    LabelState.KEPT: frozenset(),
}

LIVE = frozenset({LabelState.ASKED, LabelState.MADE})
"""States of labels beside which a parcel gets no other."""
