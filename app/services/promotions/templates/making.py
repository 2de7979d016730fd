"""From a template and parameters to the terms of a promotion. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from app.services.promotions.draft import PromotionTerms, check, fault
from app.services.promotions.errors import InvalidPromotion
from app.services.promotions.templates.filling import fill, parameter_pointer, parameters_named
from app.services.promotions.templates.parameters import parameter_faults, schema_faults

MEMBERS: Final[Mapping[str, type]] = {
    "stage": str,
    "needs_coupon": bool,
    "priority": int,
    "scope": dict,
    "condition": dict,
    "action": dict,
    "stack": dict,
    "limits": dict,
    "funding": dict,
    "refund": dict,
}
"""What of a promotion a template settles."""

WRONG: Final = "Correct what the errors point at"


def filled_terms(
    terms: Mapping[str, Any],
    schema: Mapping[str, Any],
    parameters: Mapping[str, Any],
    frame: PromotionTerms,
    *,
    pointer: str = "/parameters",
) -> PromotionTerms:
    """The terms of a promotion: `frame`, with what the template settles.

    Raises `InvalidPromotion`; faults of the rule point at the parameter that brought them.
    """
    faults = parameter_faults(schema, parameters, pointer)
    if faults:
        raise InvalidPromotion(WRONG, errors=faults)
    made, places = fill(terms, parameters)
    wrong = list(_member_faults(made))
    if wrong:
        raise InvalidPromotion(WRONG, errors=wrong)
    whole = replace(frame, **made)
    try:
        check(whole)
    except InvalidPromotion as error:
        raise pointed(error, places, pointer) from error
    return whole


def pointed(error: InvalidPromotion, places: Mapping[str, str], pointer: str) -> InvalidPromotion:
    """The refusal, pointing at parameters where they are to blame."""
    errors = []
    for each in error.context["errors"]:
        found = parameter_pointer(each["pointer"], places)
        errors.append(each if found is None else each | {"pointer": f"{pointer}{found}"})
    return InvalidPromotion(error.detail, errors=errors)


def template_faults(terms: Mapping[str, Any], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """What keeps a template from ever working, its example aside."""
    faults = list(schema_faults(schema))
    properties = schema.get("properties")
    known = set(properties) if isinstance(properties, dict) else set()
    faults += [
        fault("/terms", f"stands for {name}, which is no parameter")
        for name in sorted({*parameters_named(terms)} - known)
    ]
    faults += [
        fault(f"/terms/{name}", "is not what a template settles")
        for name in terms
        if name not in MEMBERS
    ]
    return faults


def _member_faults(made: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name in ("stage", "action"):
        if name not in made:
            yield fault(f"/terms/{name}", "is required")
    for name, value in made.items():
        kind = MEMBERS[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield fault(f"/terms/{name}", f"must be of type {kind.__name__}")
