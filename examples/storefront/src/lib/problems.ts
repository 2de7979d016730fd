/** What went wrong, for people. The API's titles come in their language, its details in English. */
import { isProblem } from '@stoa/client/storefront'

import { i18n } from './i18n'
import { locale } from './locale'

export function sayProblem(error: Error): string {
  if (!isProblem(error)) return i18n.global.t('state.failed')
  return locale.value === 'en' ? error.detail || error.title : error.title
}
