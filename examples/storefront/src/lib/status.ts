/** An order has an axis each for payment, delivery and returns. People want one word: this picks it. */
import { i18n } from './i18n'
import type { OrderCard } from './types'

type Axes = Pick<OrderCard, 'state' | 'payment_status' | 'fulfilment_status' | 'return_status'>
export type Status = { text: string; tone: 'wait' | 'good' | 'calm' }

export function statusOf(order: Axes): Status {
  const { t } = i18n.global
  if (order.return_status === 'requested') return { text: t('status.return.requested'), tone: 'wait' }
  if (order.state === 'cancelled' || order.state === 'cancelling') {
    const isRefunded = order.payment_status === 'refunded'
    const state = t(`status.state.${order.state}`)
    return { text: isRefunded ? `${state} · ${t('status.payment.refunded')}` : state, tone: 'calm' }
  }
  if (order.payment_status === 'awaiting') return { text: t('status.payment.awaiting'), tone: 'wait' }
  if (order.return_status !== 'none') return { text: t(`status.return.${order.return_status}`), tone: 'calm' }
  if (order.state === 'completed') return { text: t('status.state.completed'), tone: 'good' }
  return { text: t(`status.fulfilment.${order.fulfilment_status}`), tone: 'good' }
}

export type Action = 'cancel' | 'confirm_receipt' | 'return'

/** What is worth offering; the shop decides, and says why not. */
export function actionsOf(order: Axes): Set<Action> {
  const can = new Set<Action>()
  const hasLeft = ['partly_shipped', 'shipped', 'delivered'].includes(order.fulfilment_status)
  if (order.state === 'open' && order.fulfilment_status === 'unfulfilled') can.add('cancel')
  if (order.state === 'open' && ['shipped', 'delivered'].includes(order.fulfilment_status)) can.add('confirm_receipt')
  if (hasLeft && ['open', 'completed'].includes(order.state)) can.add('return')
  return can
}
