/** Filters of a product list live in the address of the page, so that it can be kept and sent. */
import { computed, type ComputedRef } from 'vue'
import { type LocationQuery, type LocationQueryRaw, useRoute, useRouter } from 'vue-router'

export const SORTS = ['newest', 'price', '-price', 'name'] as const
export type Sort = (typeof SORTS)[number]

export type Filters = { sort: Sort; brand?: string; min_price_minor?: number; max_price_minor?: number; q?: string; tag?: string } & Record<`attr.${string}`, string>

const PREFIX = 'attr.'

export function filtersOf(query: LocationQuery): Filters {
  const found: Record<string, string | number> = { sort: SORTS.find((each) => each === query.sort) ?? 'newest' }
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string' || !value) continue
    if (name === 'brand' || name === 'q' || name === 'tag' || name.startsWith(PREFIX)) found[name] = value
    if ((name === 'min_price_minor' || name === 'max_price_minor') && /^\d+$/.test(value)) found[name] = Number(value)
  }
  return found as Filters
}

/** The filters of this page, and how to change some of them; null takes one away. */
export function useFilters(): { filters: ComputedRef<Filters>; chosen: ComputedRef<number>; change: (some: Record<string, string | number | null>) => void; clear: () => void } {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => filtersOf(route.query))
  const chosen = computed(() => Object.keys(filters.value).filter((name) => name !== 'sort' && name !== 'q').length)

  function change(some: Record<string, string | number | null>): void {
    const query: LocationQueryRaw = { ...route.query }
    for (const [name, value] of Object.entries(some)) {
      if (value === null) delete query[name]
      else query[name] = String(value)
    }
    void router.replace({ query })
  }

  function clear(): void {
    const { q, sort } = route.query
    void router.replace({ query: { ...(q && { q }), ...(sort && { sort }) } })
  }
  return { filters, chosen, change, clear }
}
