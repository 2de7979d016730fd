"""Words for what pydantic refuses, in English and Chinese. Nothing of what was sent is repeated."""

import re
from collections.abc import Mapping
from typing import Any, Final

MAX_MESSAGE = 300
# pydantic quotes the input in these, or speaks of itself
_ENGLISH: Final = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "The discriminator names no known kind",
    "json_invalid": "JSON decode error",
    "url_parsing": "Input should be a valid URL",
    "string_unicode": "Input should be valid Unicode",
}
_WHOLE = "应为整数"
_NUMBER = "应为数字"
_TEXT = "应为字符串"
_YES_OR_NO = "应为 true 或 false"
_INSTANT = "应为有效的时间（RFC 3339）"
_DAY = "应为有效的日期"
_OBJECT = "应为对象"
_CHINESE: Final = {
    "missing": "缺少必填项",
    "extra_forbidden": "没有这个字段",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "数字过大",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "string_type": _TEXT,
    "string_unicode": "应为有效的 Unicode 文本",
    "string_too_short": "至少需要 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "too_short": "至少需要 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "list_type": "应为数组",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应大于或等于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应小于或等于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "enum": "应为 {expected} 之一",
    "literal_error": "应为 {expected} 之一",
    "union_tag_invalid": "种类未知",
    "union_tag_not_found": "未说明种类",
    "uuid_type": "应为有效的 UUID",
    "uuid_parsing": "应为有效的 UUID",
    "url_parsing": "应为有效的网址",
    "json_invalid": "不是有效的 JSON",
    "timezone_aware": "时间应带时区",
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
}
_MEMBER: Final = re.compile(r"<\w+\.\w+: ('[^']*')>")
# A text that is looked at before its length is measured is just a value to pydantic.
_LENGTH: Final = {
    "too_short": ("Should be at least {min_length} characters long", _CHINESE["string_too_short"]),
    "too_long": ("Should be at most {max_length} characters long", _CHINESE["string_too_long"]),
}


def summary(count: int, *, in_chinese: bool) -> str:
    """How many fields are refused."""
    return f"有 {count} 个字段无效" if in_chinese else f"{count} field(s) are invalid"


def message(each: Mapping[str, Any], *, in_chinese: bool) -> str:
    """What is wrong with one field, of an entry of pydantic's `errors()`.

    Up to 300 characters, then cut after a whole value. Rules of our own have no Chinese words.
    """
    kind, context = str(each["type"]), each.get("ctx", {})
    words = _ENGLISH.get(kind) or _MEMBER.sub(r"\1", str(each["msg"]).removeprefix("Value error, "))
    if kind in _LENGTH and context.get("field_type") == "Value":
        words = _LENGTH[kind][in_chinese].format(**context)
    elif in_chinese and kind in _CHINESE:
        values = _MEMBER.sub(r"\1", str(context.get("expected", "")))
        values = values.replace(" or ", ", ").replace(", ", "、")
        words = _CHINESE[kind].format(**{**context, "expected": values})
    return _cut(words)


def _cut(words: str) -> str:
    if len(words) <= MAX_MESSAGE:
        return words
    short = words[: MAX_MESSAGE - 3]
    ends = max(short.rfind("',"), short.rfind("'、"))
    return f"{short[: ends + 1] if ends > 0 else short} …"
