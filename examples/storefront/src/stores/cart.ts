/** The one open cart of whoever shops here, made when the first thing goes into it. */
import { isProblem } from '@stoa/client/storefront'
import { computed, shallowRef } from 'vue'

import { shop, told } from '../lib/client'
import type { Cart } from '../lib/types'

export const cart = shallowRef<Cart | null>(null)
export const pieces = computed(() => cart.value?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0)

export function forgetCart(): void {
  cart.value = null
}

/** The id of the open cart; for whoever has no token yet the answer makes a guest. */
async function openCart(): Promise<string> {
  const opened = await told(shop.POST('/api/v1/carts', { body: {} }))
  if (opened.tokens) shop.session.use(opened.tokens)
  return opened.id
}

/** Read the cart again; somebody who never had one has none. */
export async function refreshCart(): Promise<Cart | null> {
  if (!shop.session.tokens) return null
  const id = cart.value?.id ?? (await openCart())
  try {
    cart.value = await told(shop.GET('/api/v1/carts/{cart_id}', { params: { path: { cart_id: id } } }))
  } catch (error) {
    if (!isProblem(error, 'not-found')) throw error
    forgetCart()
  }
  return cart.value
}

export async function addToCart(skuId: string, quantity: number): Promise<void> {
  const path = { cart_id: cart.value?.id ?? (await openCart()) }
  await shop.POST('/api/v1/carts/{cart_id}/lines', { params: { path }, body: { sku_id: skuId, quantity } })
  await refreshCart()
}

function cartPath(): { cart_id: string } {
  return { cart_id: cart.value?.id ?? '' }
}

export async function changeLine(lineId: string, body: { quantity?: number; is_selected?: boolean }): Promise<void> {
  const path = { ...cartPath(), line_id: lineId }
  await shop.PATCH('/api/v1/carts/{cart_id}/lines/{line_id}', { params: { path }, body })
  await refreshCart()
}

export async function removeLine(lineId: string): Promise<void> {
  const path = { ...cartPath(), line_id: lineId }
  await shop.DELETE('/api/v1/carts/{cart_id}/lines/{line_id}', { params: { path } })
  await refreshCart()
}

export async function setCoupons(codes: string[]): Promise<void> {
  await shop.PUT('/api/v1/carts/{cart_id}/coupons', { params: { path: cartPath() }, body: { codes } })
  await refreshCart()
}

/** Type a code: it is claimed and put into the cart in one step. */
export async function typeCoupon(code: string): Promise<void> {
  await shop.POST('/api/v1/carts/{cart_id}/coupons', { params: { path: cartPath() }, body: { code } })
  await refreshCart()
}
