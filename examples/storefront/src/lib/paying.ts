/** What to do with the answer of a gateway: docs/payments.md says which kinds there are. */
import type { PayAction } from './types'

/** Leave for the cashier. Returns what has to be shown instead, if anything: the content of a QR code. */
export function follow(action: PayAction): string | null {
  if (action.kind === 'redirect') location.assign(action.url)
  if (action.kind === 'form') submit(action.url, action.method, action.fields)
  return action.kind === 'qr' ? action.content : null
}

function submit(url: string, method: string, fields: Record<string, string>): void {
  const form = Object.assign(document.createElement('form'), { action: url, method })
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  }
  document.body.append(form)
  form.submit()
}
