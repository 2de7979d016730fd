"""The category tree: growing it, moving branches, pruning empty leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError
from app.models.catalog import AttributeSet, Category
from app.repositories.catalog.categories import CategoryRepository
from app.repositories.catalog.rows import Rows
from app.services.catalog.edits import created, edit, removed

MAX_DEPTH = 10
"""Levels of the tree, the root counted."""


class CategoryCycle(DomainError):
    slug, title, title_zh = (
        "category-cycle",
        "A category cannot lie below itself",
        "分类不能移动到自身之下",
    )


class CategoryTooDeep(DomainError):
    slug, title, title_zh = "category-too-deep", "The category tree is too deep", "分类层级过深"


class CategoryNotEmpty(DomainError):
    slug, title, title_zh = (
        "category-not-empty",
        "The category still holds categories or products",
        "分类下仍有子分类或商品",
    )


@dataclass(slots=True)
class CategoryNode:
    category: Category
    children: list["CategoryNode"] = field(default_factory=list)


async def create_category(
    session: AsyncSession, values: Mapping[str, Any], *, actor: Actor
) -> Category:
    """A new leaf below `parent_id`, or a root. Raises `AlreadyExists` for a taken slug."""
    repository = CategoryRepository(session)
    await repository.refuse_taken("slug", values["slug"])
    await Rows(session, AttributeSet).require(
        values.get("attribute_set_id"), field="attribute_set_id"
    )
    await repository.lock_tree()
    path = await _path_below(repository, values.get("parent_id"))
    _check_depth(len(path) + 1)
    row = await repository.add(Category(**values, ancestor_ids=path))
    await created(session, row, actor=actor)
    return row


async def edit_category(
    session: AsyncSession,
    category_id: UUID,
    values: Mapping[str, Any],
    *,
    version: int,
    actor: Actor,
) -> Category:
    repository = CategoryRepository(session)
    row = await repository.locked(category_id, version=version)
    if "slug" in values:
        await repository.refuse_taken("slug", values["slug"], but=row.id)
    await Rows(session, AttributeSet).require(
        values.get("attribute_set_id"), field="attribute_set_id"
    )
    return await edit(session, row, values, actor=actor)


async def move_category(
    session: AsyncSession,
    category_id: UUID,
    parent_id: UUID | None,
    *,
    version: int,
    actor: Actor,
) -> Category:
    """Hang the category, with all below it, under another parent or make it a root.

    Raises `CategoryCycle` when the new parent lies below it.
    """
    repository = CategoryRepository(session)
    await repository.lock_tree()
    row = await repository.locked(category_id, version=version)
    path = await _path_below(repository, parent_id)
    if category_id in path:
        raise CategoryCycle("The new parent lies below the category", parent_id=parent_id)
    _check_depth(len(path) + 1 + await repository.depth_below(category_id))
    await repository.move_below(category_id, path)
    return await edit(
        session, row, {"parent_id": parent_id, "ancestor_ids": path}, actor=actor, verb="move"
    )


async def delete_category(
    session: AsyncSession, category_id: UUID, *, version: int, actor: Actor
) -> None:
    """Delete a category that holds nothing. Raises `CategoryNotEmpty`."""
    repository = CategoryRepository(session)
    await repository.lock_tree()
    row = await repository.locked(category_id, version=version)
    if not await repository.is_empty(category_id):
        raise CategoryNotEmpty("Move what it holds first")
    await removed(session, row, actor=actor)
    await repository.remove(row)


async def get_category(session: AsyncSession, category_id: UUID) -> Category:
    return await CategoryRepository(session).get(category_id)


async def category_tree(session: AsyncSession, *, active_only: bool) -> Sequence[CategoryNode]:
    """The roots with their branches; what lies below an inactive category is left out with it."""
    rows = await CategoryRepository(session).tree(active_only=active_only)
    nodes = {row.id: CategoryNode(row) for row in rows}
    roots = []
    for node in nodes.values():
        if node.category.parent_id is None:
            roots.append(node)
        elif (parent := nodes.get(node.category.parent_id)) is not None:
            parent.children.append(node)
    return roots


async def _path_below(repository: CategoryRepository, parent_id: UUID | None) -> list[UUID]:
    if parent_id is None:
        return []
    await repository.require(parent_id, field="parent_id")
    parent = await repository.get(parent_id)
    return [*parent.ancestor_ids, parent.id]


def _check_depth(levels: int) -> None:
    if levels > MAX_DEPTH:
        raise CategoryTooDeep(f"At most {MAX_DEPTH} levels", max_depth=MAX_DEPTH)
