"""Rules import-linter has no contract for, read off the same import graph."""

import grimp
import pytest

READERS = {"reports", "analytics", "recommendations", "search"}  # may read any domain's tables
DOORS = {"engine", "events", "ports"}  # besides the package itself, what another domain may import


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", include_external_packages=False)


def edges(graph: grimp.ImportGraph, importers: str, imported: str) -> set[tuple[str, str]]:
    return {
        (importer, target)
        for importer in graph.find_descendants(importers)
        for target in graph.find_modules_directly_imported_by(importer)
        if target.startswith(f"{imported}.")
    }


def domain(module: str) -> str:
    return module.split(".")[2]


def test_a_service_uses_only_its_own_repository(graph: grimp.ImportGraph) -> None:
    strays = {
        (importer, imported)
        for importer, imported in edges(graph, "app.services", "app.repositories")
        if domain(importer) not in READERS and domain(imported) not in {domain(importer), "base"}
    }
    assert not strays


def test_services_meet_at_the_package_door(graph: grimp.ImportGraph) -> None:
    """Another domain's service is imported as a package; its engine, events and ports too."""
    strays = {
        (importer, imported)
        for importer, imported in edges(graph, "app.services", "app.services")
        if domain(importer) != domain(imported)
        and len(imported.split(".")) > 3
        and imported.split(".")[3] not in DOORS
    }
    assert not strays


def test_routers_use_services_by_their_door(graph: grimp.ImportGraph) -> None:
    """The platform's parts (`system`) are named by their module, business domains are not."""
    strays = {
        (importer, imported)
        for importer, imported in edges(graph, "app.routers", "app.services")
        if domain(imported) != "system"
        and len(imported.split(".")) > 3
        and imported.split(".")[3] not in DOORS
    }
    assert not strays


def test_repositories_do_not_know_services(graph: grimp.ImportGraph) -> None:
    assert not edges(graph, "app.repositories", "app.services")
