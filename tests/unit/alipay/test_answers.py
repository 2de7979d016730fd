"""Answers: the signed text is cut out of the bytes exactly as it stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.alipay import answers

METHOD = "alipay.trade.query"
NODE = "alipay_trade_query_response"
VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(['}","sign":"x"}', "{", "\\", '"']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=5),
    st.text("ab=/+", max_size=8),
    st.sampled_from(["", " ", "\n\t"]),
    st.booleans(),
    st.booleans(),
)
def test_the_text_is_kept_whatever_is_in_it(
    content: dict[str, object], sign: str, space: str, is_ascii: bool, is_sign_first: bool
) -> None:
    text = json.dumps(content, ensure_ascii=is_ascii)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    members = [f'"{NODE}"{space}:{space}{text}', f'"sign":{space}"{sign}"']
    if is_sign_first:
        members.reverse()
    found = answers.envelope(f"{{{space}{','.join(members)}{space}}}".encode(), METHOD)
    assert (found.signed, found.signature) == (text.encode(), sign)
    assert found.content == json.loads(text)


def test_an_error_answers_every_question() -> None:
    found = answers.envelope(b'{"error_response":{"code":"40002"},"alipay_cert_sn":"c"}', METHOD)
    assert (found.content, found.signature, found.certificate) == ({"code": "40002"}, "", "c")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"sign":"x"}',
        b'{"%s":[]}' % NODE.encode(),
        b'{"%s":{}} more' % NODE.encode(),
        b'{"%s":{},"%s":{"code":"10000"}}' % (NODE.encode(), NODE.encode()),
        b'{"%s":{}' % NODE.encode(),
        b'{"alipay_trade_close_response":{"code":"10000"},"sign":"x"}',
        b"{1:2}",
        b"\xff",
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - also the words of the JSON library
        answers.envelope(body, METHOD)
