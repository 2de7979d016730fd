"""Slugs: the readable part of a product's address."""

import re
import unicodedata

MAX_SLUG = 120


def slugify(text: str) -> str:
    """`text` in lower case with hyphens between words; letters of any script are kept."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:MAX_SLUG].strip("-")
