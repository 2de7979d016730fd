/** Lists by cursor: the first page, then more below it. */
import { type Ref, ref, shallowRef, watch } from 'vue'

type Page<T> = { items: T[]; next_after: string | null }
export type Pages<T> = { items: Ref<T[]>; busy: Ref<boolean>; error: Ref<Error | null>; hasMore: Ref<boolean>; more: () => Promise<void>; reload: () => Promise<void> }

export function usePages<T>(load: (after: string | null) => Promise<Page<T>>, about: () => unknown): Pages<T> {
  const items = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const hasMore = ref(false)
  const busy = ref(true)
  const error = shallowRef<Error | null>(null)
  let latest = 0

  async function read(after: string | null): Promise<void> {
    const mine = ++latest
    busy.value = true
    error.value = null
    try {
      const page = await load(after)
      if (mine !== latest) return
      items.value = after ? [...items.value, ...page.items] : page.items
      next.value = page.next_after
      hasMore.value = page.next_after !== null
    } catch (problem) {
      if (mine === latest) error.value = problem as Error
    } finally {
      if (mine === latest) busy.value = false
    }
  }

  const reload = (): Promise<void> => read(null)
  const more = (): Promise<void> => read(next.value)
  watch(about, () => void reload(), { immediate: true, deep: true })
  return { items, busy, error, hasMore, more, reload }
}
