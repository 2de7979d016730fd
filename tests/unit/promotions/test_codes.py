"""Codes of a batch: derived, unguessable, alike to read however they are typed."""

import tracemalloc
from uuid import uuid4

from pydantic import SecretStr

from app.core.ids import ALPHABET
from app.services.promotions.codes import code_hash, series_code
from app.services.promotions.exports import Export

PEPPER, SALT = SecretStr("p" * 32), bytes(32)


def test_codes_depend_on_pepper_salt_and_number():
    first = series_code(PEPPER, SALT, 0)
    assert first == series_code(PEPPER, SALT, 0)
    others = {
        series_code(PEPPER, SALT, 1),
        series_code(PEPPER, bytes(31) + b"1", 0),
        series_code(SecretStr("q" * 32), SALT, 0),
    }
    assert len({first, *others}) == 4
    assert all(len(each) == 16 and set(each) <= set(ALPHABET) for each in (first, *others))


def test_every_character_takes_every_value():
    codes = [series_code(PEPPER, SALT, each) for each in range(600)]
    assert len(set(codes)) == 600
    for place in range(16):
        assert {code[place] for code in codes} == set(ALPHABET)


def test_a_typed_code_is_found_however_it_is_written():
    code = series_code(PEPPER, SALT, 7)
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"
    assert code_hash(PEPPER, typed) == code_hash(PEPPER, code)
    assert len(code_hash(PEPPER, code)) == 32


def test_a_hundred_thousand_codes_take_no_memory_to_show():
    export = Export(uuid4(), "flyer", 100_000, SALT)
    tracemalloc.start()
    lines = sum(block.count(b"\r\n") for block in export.blocks(PEPPER))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == 100_001
    assert peak < 1_000_000
