/** Money, dates and numbers as the chosen language writes them. */
import { locale } from './locale'

function money(currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale.value, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
}

/** Integer minor units as money: 1234 of CNY is ¥12.34, 1234 of JPY is ¥1,234. */
export function price(minor: number, currency: string): string {
  const format = money(currency)
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** The other way, for what a shopper typed; null when it is no amount. */
export function minorOf(text: string, currency: string): number | null {
  const amount = Number(text.replaceAll(',', '.'))
  if (text.trim() === '' || !Number.isFinite(amount) || amount < 0) return null
  return Math.round(amount * 10 ** (money(currency).resolvedOptions().maximumFractionDigits ?? 2))
}

export function dateTime(at: string): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))
}

export function day(on: string): string {
  return new Intl.DateTimeFormat(locale.value, { month: 'long', day: 'numeric', weekday: 'short' }).format(new Date(on))
}

export function count(pieces: number): string {
  return new Intl.NumberFormat(locale.value).format(pieces)
}
