"""A template's terms with its parameters filled in. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PARAMETER: Final = "$param"
WHEN: Final = "$when"
THEN: Final = "then"

_ABSENT: Final = object()


def fill(terms: Any, parameters: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """The terms, and for every JSON pointer into them that was filled, the parameter's name.

    `{"$param": "off_minor"}` stands for a parameter; a member whose parameter is not given is left
    out. `{"$when": "least_minor", "then": …}` is there when that parameter is given.
    """
    places: dict[str, str] = {}
    filled = _filled(terms, parameters, "", places)
    return (None if filled is _ABSENT else filled), places


def parameters_named(terms: Any) -> Iterator[str]:
    """Every parameter the terms stand for or ask about."""
    if isinstance(terms, Mapping):
        for key in (PARAMETER, WHEN):
            if isinstance(terms.get(key), str):
                yield terms[key]
        for each in terms.values():
            yield from parameters_named(each)
    elif isinstance(terms, list):
        for each in terms:
            yield from parameters_named(each)


def parameter_pointer(pointer: str, places: Mapping[str, str]) -> str | None:
    """The pointer into the parameters that a fault at `pointer` of the filled terms is due to."""
    for place, name in places.items():
        if pointer == place or pointer.startswith(f"{place}/"):
            return f"/{name}{pointer[len(place) :]}"
    return None


def _filled(terms: Any, parameters: Mapping[str, Any], pointer: str, places: dict[str, str]) -> Any:
    if isinstance(terms, Mapping):
        if PARAMETER in terms:
            name = terms[PARAMETER]
            places[pointer] = name
            return parameters.get(name, _ABSENT)
        if WHEN in terms:
            if parameters.get(terms[WHEN]) is None:
                return _ABSENT
            return _filled(terms.get(THEN), parameters, pointer, places)
        members = {
            key: _filled(each, parameters, f"{pointer}/{key}", places)
            for key, each in terms.items()
        }
        return {key: each for key, each in members.items() if each is not _ABSENT}
    if isinstance(terms, list):
        kept: list[Any] = []
        for each in terms:
            made = _filled(each, parameters, f"{pointer}/{len(kept)}", places)
            if made is not _ABSENT:
                kept.append(made)
        return kept
    return terms
