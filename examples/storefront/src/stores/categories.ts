/** The tree of categories, read once. */
import { shallowRef } from 'vue'

import { shop, told } from '../lib/client'
import type { Category } from '../lib/types'

export const categories = shallowRef<Category[]>([])

let asked: Promise<void> | null = null

export function readCategories(): Promise<void> {
  asked ??= told(shop.GET('/api/v1/categories')).then(
    (tree) => void (categories.value = tree.items),
    () => void (asked = null),
  )
  return asked
}

void readCategories()

/** The way from the root to a category; empty when there is no such category. */
export function wayTo(slug: string, tree: Category[] = categories.value): Category[] {
  for (const each of tree) {
    if (each.slug === slug) return [each]
    const below = wayTo(slug, each.children)
    if (below.length) return [each, ...below]
  }
  return []
}
