"""Conventions that prose alone would let drift."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import app
from app.core.errors import DomainError
from app.core.events import Event

APP = Path(app.__file__).parent
ROOT = APP.parent
DOMAINS = {
    *("catalog", "search", "cart", "pricing", "promotions", "orders", "payments", "ledger"),
    *("members", "crm", "inventory", "warehouse", "purchasing", "finance", "reports"),
    *("merchants", "delivery", "content", "analytics", "recommendations", "system"),
    "webhooks",
}
LIMIT = 400


def files(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text()


def with_subclasses(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from with_subclasses(each)


def import_everything() -> None:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name != "app.cli.__main__":
            importlib.import_module(module.name)


def test_all_domains_stand() -> None:
    assert {each.name for each in (APP / "services").iterdir() if each.is_dir()} - {
        "__pycache__"
    } == DOMAINS


def test_nothing_commits_but_the_unit_of_work() -> None:
    pattern = re.compile(r"(session|connection|transaction)\w*(\(\))?\.commit\(")
    strays = [
        name
        for name, source in files("app")
        if name != "app/core/sessions.py" and pattern.search(source)
    ]
    assert not strays, "let unit_of_work() commit; use session.flush() to get ids"


def test_two_people_are_told_apart_in_one_way() -> None:
    pattern = re.compile(r"principal (==|!=|in|not in)\b|(==|!=) \w+\.principal\b")
    strays = [
        name
        for name, source in files("app")
        if name != "app/core/actor.py" and pattern.search(source)
    ]
    assert not strays, "ask actor.require_other_than(…) or actor.is_any_of(…)"


def test_only_repositories_lock_rows() -> None:
    pattern = re.compile(r"with_for_update|FOR (NO KEY )?UPDATE|FOR SHARE")
    strays = [
        name
        for name, source in files("app")
        if not name.startswith(("app/repositories/", "app/adapters/")) and pattern.search(source)
    ]
    assert not strays, "the lock belongs into the repository, which sorts the keys"


def test_only_settings_read_the_environment() -> None:
    pattern = re.compile(r"os\.environ|getenv")
    strays = [
        name
        for name, source in files("app")
        if not name.startswith("app/cli/") and pattern.search(source)
    ]
    assert not strays


def test_money_is_never_a_float() -> None:
    pattern = re.compile(r"\w+_minor\w*: float|float\([^)]*_minor|Decimal\([^)]*_minor")
    assert not [name for name, source in files("app") if pattern.search(source)]


def test_error_slugs_are_unique_and_titled() -> None:
    import_everything()
    refusals = [each for each in with_subclasses(DomainError) if "slug" in vars(each)]
    slugs = Counter(each.slug for each in refusals)
    assert not [slug for slug, uses in slugs.items() if uses > 1]
    assert not [each for each in refusals if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.slug)]
    assert not [each for each in refusals if not (each.title and each.title_zh)]


def test_event_names_are_unique_and_versioned() -> None:
    import_everything()
    # A dataclass with slots is a second class of the same name: count definitions, not classes.
    events = {
        (each.__module__, each.__qualname__): each.name
        for each in with_subclasses(Event)
        if "name" in vars(each)
    }
    names = Counter(events.values())
    assert not [name for name, uses in names.items() if uses > 1]
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+\.v\d+", name) for name in names)


def test_files_stay_readable() -> None:
    long = {
        name: lines
        for name, source in files("app", "tests", "bench")
        if (lines := len(source.splitlines())) > LIMIT
    }
    assert not long, "split by use case: services/<domain>/<verb>.py"


def test_every_module_says_what_lives_in_it() -> None:
    bare = [
        name
        for name, source in files("app")
        if source.strip() and not source.lstrip().startswith(('"""', 'r"""'))
    ]
    assert not bare


def test_locked_requirements_carry_hashes_and_no_addresses() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        pins = path.read_text()
        assert "://" not in pins
        assert "--hash=sha256:" in pins
        assert not re.search(r"^(--index|--extra-index|--find-links|-f |-i )", pins, re.MULTILINE)
