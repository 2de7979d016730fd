/** What a shopper decides at the checkout, and what the shop says it costs. Nothing is held back until the order. */
import { isProblem, newKey } from '@stoa/client/storefront'
import { computed, reactive, ref, shallowRef, watch } from 'vue'

import { shop, told } from '../lib/client'
import type { AddressInput, CartQuote, Delivery, PaymentMethod, Tender } from '../lib/types'

export type Choice = {
  addressId: string | null
  address: AddressInput | null
  delivery: Delivery['kind']
  cardIds: string[]
  cardCodes: string[]
  points: boolean
  balance: boolean
  channel: string
}

const isPhone = (): boolean => matchMedia('(pointer: coarse)').matches

export function tendersOf(choice: Choice): Tender[] {
  const tenders: Tender[] = [
    ...choice.cardIds.map((id): Tender => ({ kind: 'gift_card', gift_card_id: id })),
    ...choice.cardCodes.map((code): Tender => ({ kind: 'gift_card', code })),
  ]
  if (choice.points) tenders.push({ kind: 'points' })
  if (choice.balance) tenders.push({ kind: 'balance' })
  if (choice.channel) tenders.push({ kind: 'gateway', channel: choice.channel, scene: isPhone() ? 'wap' : 'page' })
  return tenders
}

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- what it returns says it best
export function useCheckout(cartId: () => string | null, about: () => unknown) {
  const choice = reactive<Choice>({ addressId: null, address: null, delivery: 'standard', cardIds: [], cardCodes: [], points: false, balance: false, channel: '' })
  const quoted = shallowRef<CartQuote | null>(null)
  const methods = shallowRef<PaymentMethod[]>([])
  const error = shallowRef<Error | null>(null)
  const busy = ref(false)
  let latest = 0
  let key = newKey()

  const where = computed(() => (choice.addressId ? { address_id: choice.addressId } : choice.address ? { address: choice.address } : null))
  const body = computed(() => where.value && { ...where.value, delivery: { kind: choice.delivery }, tenders: tendersOf(choice) })
  const channels = computed(() => methods.value.find((each) => each.method === 'gateway' && each.is_allowed)?.channels ?? [])

  async function ask(): Promise<void> {
    const id = cartId()
    const mine = ++latest
    key = newKey()
    if (!id || !body.value) return
    busy.value = true
    error.value = null
    const params = { path: { cart_id: id } }
    try {
      const [quote, payment] = await Promise.all([
        told(shop.POST('/api/v1/carts/{cart_id}/quote', { params, body: body.value })),
        told(shop.POST('/api/v1/carts/{cart_id}/payment-methods', { params, body: body.value })),
      ])
      if (mine !== latest) return
      quoted.value = quote
      methods.value = payment.items
      if (!choice.channel) choice.channel = channels.value[0] ?? ''
    } catch (problem) {
      if (mine === latest) error.value = problem as Error
    } finally {
      if (mine === latest) busy.value = false
    }
  }

  watch([cartId, body, about], () => void ask(), { immediate: true, deep: true })

  /** Order at the price that is shown. Sent again after a lost answer it is the same order. */
  async function place(note: string): Promise<{ id: string; url: string | null }> {
    const id = cartId()
    if (!id || !quoted.value || !body.value) throw new Error()
    try {
      const order = await told(
        shop.POST('/api/v1/orders', {
          params: { header: { 'idempotency-key': key } },
          body: { ...body.value, cart_id: id, quote_hash: quoted.value.quote_hash, note: note.trim() || null },
        }),
      )
      const action = order.payment.attempt?.action
      return { id: order.id, url: action?.kind === 'redirect' ? action.url : null }
    } catch (problem) {
      if (isProblem(problem, 'price-changed')) await ask()
      throw problem
    }
  }

  return { choice, quoted, methods, channels, error, busy, ask, place }
}
