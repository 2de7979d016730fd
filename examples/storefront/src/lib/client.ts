/** The generated client of the storefront API, with what this page adds: where it is and in which language. */
import { inStorage, storefront } from '@stoa/client/storefront'
import { shallowRef } from 'vue'

import { locale } from './locale'

/** Another origin than the page's own needs `HTTP__CORS_ORIGINS` at the shop. Empty: the same. */
const baseUrl: string = import.meta.env.VITE_SHOP_URL || location.origin

/** Moves when the shop no longer knows the tokens that were kept. */
export const signedOutAt = shallowRef<Date | null>(null)

export const shop = storefront({
  baseUrl,
  tokens: inStorage(localStorage),
  onSignedOut: () => (signedOutAt.value = new Date()),
  fetch(request) {
    request.headers.set('Accept-Language', locale.value)
    return fetch(request)
  },
})

/** The data of an answer; a refusal was thrown as a `Problem` with a text for people. */
export async function told<T>(answer: Promise<{ data: T }>): Promise<T> {
  return (await answer).data
}
