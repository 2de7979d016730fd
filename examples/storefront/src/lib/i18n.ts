import { watch } from 'vue'
import { createI18n } from 'vue-i18n'

import en from '../locales/en'
import zh from '../locales/zh-CN'

import { locale } from './locale'

export const i18n = createI18n({
  legacy: false,
  locale: locale.value,
  fallbackLocale: 'en',
  messages: { 'zh-CN': zh, en },
})

watch(locale, (chosen) => (i18n.global.locale.value = chosen))

/** The text of a key that the API may extend; what is not known yet is shown as it is. */
export function known(group: string, code: string): string {
  const key = `${group}.${code}`
  return i18n.global.te(key) || i18n.global.te(key, 'en') ? i18n.global.t(key) : code.replaceAll('_', ' ')
}
