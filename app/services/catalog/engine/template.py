"""Templates for SKU codes and names: text with `{placeholders}`, checked before use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from app.core.errors import DomainError

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class InvalidTemplate(DomainError):
    slug, title, title_zh = "invalid-template", "The template is not usable", "模板不正确"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Template:
    """`texts` and the placeholders between them: one text more than placeholders."""

    texts: tuple[str, ...]
    placeholders: tuple[str, ...]

    @classmethod
    def parse(cls, source: str, *, known: Iterable[str], needed: Iterable[str] = ()) -> Self:
        """Read `{spu}-{color}`. Raises `InvalidTemplate` for stray braces and unknown names.

        `needed` are the placeholders that must occur.
        """
        parts = _PLACEHOLDER.split(source)
        texts, placeholders = tuple(parts[::2]), tuple(parts[1::2])
        allowed = sorted(set(known))
        reasons = [
            f"unknown placeholder {{{each}}}" for each in placeholders if each not in allowed
        ]
        if any("{" in text or "}" in text for text in texts):
            reasons.append("a brace without its partner")
        reasons += [f"{{{each}}} is missing" for each in needed if each not in placeholders]
        if reasons:
            raise InvalidTemplate("Correct the template", reasons=reasons, placeholders=allowed)
        return cls(texts, placeholders)

    def render(self, values: Mapping[str, str]) -> str:
        filled = [values[each] for each in self.placeholders]
        pairs = zip(self.texts, [*filled, ""], strict=True)
        return "".join(text + value for text, value in pairs)
