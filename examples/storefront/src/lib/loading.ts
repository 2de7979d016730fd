/** What a page waits for: the data, whether it is on its way, and what went wrong. */
import { type Ref, ref, shallowRef, watch } from 'vue'

import { locale } from './locale'

export type Loaded<T> = { data: Ref<T | null>; error: Ref<Error | null>; busy: Ref<boolean>; reload: () => Promise<void> }

/** Load now and whenever `about` changes; a late answer to an old question is thrown away. */
export function useLoaded<T>(load: () => Promise<T>, about: () => unknown = () => null): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<Error | null>(null)
  const busy = ref(true)
  let latest = 0

  async function reload(): Promise<void> {
    const mine = ++latest
    busy.value = true
    error.value = null
    try {
      const found = await load()
      if (mine === latest) data.value = found
    } catch (problem) {
      if (mine === latest) error.value = problem as Error
    } finally {
      if (mine === latest) busy.value = false
    }
  }

  watch([about, locale], () => void reload(), { immediate: true, deep: true })
  return { data, error, busy, reload }
}

/** One thing at a time: a button that says it is busy, and where to show what went wrong. */
export function useAction(): { busy: Ref<boolean>; error: Ref<Error | null>; run: (act: () => Promise<void>) => Promise<boolean> } {
  const busy = ref(false)
  const error = shallowRef<Error | null>(null)

  async function run(act: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await act()
      return true
    } catch (problem) {
      error.value = problem as Error
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}
