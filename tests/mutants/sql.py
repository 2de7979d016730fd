"""Small changes to SQL, which is text to the tools that mutate Python."""

import re
from collections.abc import Callable, Iterator

_WORDS = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|AND|OR|CASE|EXISTS|ORDER BY|IS NULL)\b"
    r"|\b[a-z]\w?\.\w+ (=|<>|<=?|>=?) "
)

# Only where a comparison stands: `SET a = b` and `CAST(a AS b)` are none.
_COMPARED = r"(?<=\w|\)) {} (?=[:\w('$-])"
_LOCK = r"\s+FOR (?:NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)(?: OF \w+)?(?: SKIP LOCKED| NOWAIT)?"

_CHANGES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (_COMPARED.format("<"), " <= "),
    (_COMPARED.format(">"), " >= "),
    (_COMPARED.format("<="), " < "),
    (_COMPARED.format(">="), " > "),
    (_COMPARED.format("<>"), " = "),
    (_COMPARED.format(r"\+"), " - "),
    (_COMPARED.format("-"), " + "),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"(?<!NOT )(?<!IF )\bEXISTS(?= \()", "NOT EXISTS"),
    (r"(?<=[\w)'])\s+AND (?!\d)", " OR "),
    (r"(?<=[\w)'])\s+OR ", " AND "),
    (r"\n\s*AND [^\n()]*(?:\([^\n()]*\)[^\n()]*)*(?=\n|$)", ""),
    (r"\bgreatest\(", "least("),
    (r"\bleast\(", "greatest("),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bsum\(", "max("),
    (r"\bDISTINCT (?!ON)", ""),
    (r"\bUNION ALL\b", "UNION"),
    (r"\bLEFT JOIN\b(?! LATERAL)", "JOIN"),
    (r" DESC\b", ""),
    (r" SKIP LOCKED\b", ""),
    (_LOCK, ""),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"(?<![\w:$.'\"-])\d+(?![\w'\".])", lambda found: str(int(found[0]) + 1)),
)
_EQUAL = re.compile(_COMPARED.format("="))
_SET = re.compile(r"\bSET\b(?!.*\b(?:WHERE|FROM|WHEN|RETURNING)\b)", re.DOTALL)


def is_sql(text: str) -> bool:
    return _WORDS.search(text) is not None


def changed(text: str) -> Iterator[str]:
    """Each way `text` reads with one small change; what stands in comments stays."""
    for pattern, new in _CHANGES:
        for found in re.finditer(pattern, text):
            if "--" not in text[text.rfind("\n", 0, found.start()) + 1 : found.start()]:
                put = new if isinstance(new, str) else new(found)
                yield text[: found.start()] + put + text[found.end() :]
    for found in _EQUAL.finditer(text):
        if not _SET.search(text[: found.start()]):
            yield f"{text[: found.start()]} <> {text[found.end() :]}"
