/** Who is shopping. A guest has tokens too, but no name. */
import { isProblem } from '@stoa/client/storefront'
import { computed, shallowRef, watch } from 'vue'

import { shop, signedOutAt, told } from '../lib/client'
import type { Me, Schema } from '../lib/types'

import { forgetCart, refreshCart } from './cart'

export const me = shallowRef<Me | null>(null)
export const isMember = computed(() => me.value?.kind === 'member')

let asked: Promise<void> | null = null

/** Ask once who the kept tokens belong to. */
export function whoAmI(): Promise<void> {
  asked ??= readMe()
  return asked
}

async function readMe(): Promise<void> {
  if (!shop.session.tokens) return
  try {
    me.value = await told(shop.GET('/api/v1/me'))
  } catch (error) {
    if (!isProblem(error)) throw error
    forget()
  }
}

function forget(): void {
  shop.session.use(null)
  me.value = null
  forgetCart()
}

watch(signedOutAt, forget)

async function enter(tokens: Schema<'TokensOut'>): Promise<void> {
  shop.session.use(tokens)
  await readMe()
  forgetCart()
  await refreshCart()
}

/** Sign in; a guest's cart comes along, as the guest's token is sent with it. */
export async function signIn(login: string, password: string): Promise<void> {
  await enter(await told(shop.POST('/api/v1/auth/login', { body: { login, password } })))
}

export async function register(login: string, password: string): Promise<void> {
  const contact = login.includes('@') ? { email: login } : { phone: login }
  await enter(await told(shop.POST('/api/v1/auth/register', { body: { ...contact, password } })))
}

export async function signOut(): Promise<void> {
  try {
    await shop.POST('/api/v1/auth/logout')
  } finally {
    forget()
  }
}
