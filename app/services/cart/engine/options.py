"""Options are wishes that do not change the SKU; their canonical text tells lines apart."""

import json
from collections.abc import Mapping
from uuid import UUID

OPTIONS_KEY_LENGTH = 400


def options_key(options: Mapping[str, str]) -> str:
    """Return the same text for the same options in any order, `""` for none.

    Raises `ValueError` when the text is longer than `OPTIONS_KEY_LENGTH`.
    """
    if not options:
        return ""
    key = json.dumps(options, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(key) > OPTIONS_KEY_LENGTH:
        raise ValueError(f"options are longer than {OPTIONS_KEY_LENGTH} characters")
    return key


def line_key(
    options: Mapping[str, str],
    *,
    exchange_offer_id: UUID | None = None,
    bargain_id: UUID | None = None,
) -> str:
    """Return what tells lines of one SKU apart: their options, and the price asked for.

    That is an offer of points or a bargain.

    At most 50 characters longer than the options' own key.
    """
    key = options_key(options)
    if bargain_id is not None:
        return f"bargain {bargain_id}{key}"
    return key if exchange_offer_id is None else f"exchange {exchange_offer_id}{key}"
