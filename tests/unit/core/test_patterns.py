"""No pattern of the service takes long on any text."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import app
from app.core.contacts import InvalidContact, contact_of

LONG = 2_000
TEXTS = (
    *("a" * LONG + "!", "1" * LONG + "x", " " * LONG + "x", "-" * LONG, "a@" * LONG, "a." * LONG),
    *("a-" * LONG + "!", "1 " * LONG + "x", "(" * LONG, "\\" * LONG, "a@a" + ".a" * LONG + "!"),
    *("=" * LONG, "茶" * LONG, "aA1_.-" * LONG + "\n", "+86" + "1" * LONG, "x=1;" * LONG),
)
SECONDS = 0.05


def calls() -> Iterator[tuple[str, re.Pattern, str]]:
    """Each pattern of a module, and how it is used there; one used nowhere is matched whole."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name == "app.cli.__main__":
            continue
        found = importlib.import_module(module.name)
        source = Path(found.__file__ or "").read_text(encoding="utf-8")
        for name, value in vars(found).items():
            if isinstance(value, re.Pattern):
                used = re.findall(rf"\b{name}\.(search|match|findall|finditer|split)\(", source)
                for how in {*used, "fullmatch"}:
                    yield f"{module.name}.{name}", value, how


def seconds(call, text) -> float:
    began = time.process_time()
    call(text)
    return time.process_time() - began


def test_d29_every_pattern_is_linear() -> None:
    """The quickest of three, since others share the machine."""
    known = list(calls())
    assert len(known) > 10
    for name, pattern, how in known:
        texts = [t.encode() for t in TEXTS] if isinstance(pattern.pattern, bytes) else TEXTS
        for text in texts:
            quickest = min(seconds(partial(run, pattern, how), text) for _ in range(3))
            assert quickest < SECONDS, f"{name}.{how} on {text[:20]!r}"


def run(pattern, how, text) -> None:
    found = getattr(pattern, how)(text)
    if how == "finditer":
        list(found)


@pytest.mark.parametrize("text", TEXTS)
def test_d29_addresses_are_judged_at_once(text) -> None:
    def judge(said):
        for kind in ("email", "phone"):
            try:
                contact_of(**{"email": None, "phone": None, kind: said})
            except InvalidContact:
                continue

    assert min(seconds(judge, text) for _ in range(3)) < SECONDS
