/** The language the shopper reads. */
import { ref, watchEffect } from 'vue'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

const KEY = 'stoa.locale'

function first(): Locale {
  const kept = localStorage.getItem(KEY)
  if (kept === 'zh-CN' || kept === 'en') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

export const locale = ref<Locale>(first())

watchEffect(() => {
  localStorage.setItem(KEY, locale.value)
  document.documentElement.lang = locale.value
})
