/** What tests need besides the page: pictures of it, its texts, and a hand behind the counter. */
import { test as base, type APIRequestContext, type Page } from '@playwright/test'

import en from '../src/locales/en'
import zh from '../src/locales/zh-CN'
import { SHOP_URL } from '../playwright.config'

const API = `${SHOP_URL}/api/v1`
const PASSWORD = 'taste-of-oolong'
export const SHOPPER = { login: 'shopper@demo.example', password: PASSWORD }

type Shop = {
  said: typeof en
  snap: (name: string, options?: { isWhole?: boolean }) => Promise<void>
}

/** Every error of a page is an error of its test. */
export const test = base.extend<Shop>({
  said: async ({ locale }, use) => use(locale?.startsWith('zh') ? (zh as typeof en) : en),
  snap: async ({ page }, use, info) => {
    let number = 0
    await use(async (name, { isWhole = true } = {}) => {
      await base.expect(page.locator('.skeleton')).toHaveCount(0)
      // Pictures load when they are near the screen, and what is sticky stands where the page begins.
      await page.evaluate(async () => {
        window.scrollTo(0, 0)
        for (const each of document.images) each.loading = 'eager'
        await Promise.all([...document.images].map((each) => each.decode().catch(() => null)))
      })
      number += 1
      const file = `screenshots/${info.project.name}/${info.title.split(':')[0]}-${String(number).padStart(2, '0')}-${name}.png`
      await page.screenshot({ path: file, fullPage: isWhole })
    })
  },
  page: async ({ page }, use) => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) errors.push(message.text())
    })
    await use(page)
    base.expect(errors).toEqual([])
  },
})

export const { expect } = test

export async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in')
  await page.fill('input[name=login]', SHOPPER.login)
  await page.fill('input[name=password]', SHOPPER.password)
  await page.click('[data-test=submit]')
  await page.waitForURL('/')
}

/** The page must not be wider than the screen. */
export async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
}

/** Staff of the shop, at the API behind the counter. */
export class Staff {
  private constructor(
    private readonly api: APIRequestContext,
    private readonly headers: Record<string, string>,
  ) {}

  static async signIn(api: APIRequestContext): Promise<Staff> {
    const answer = await api.post(`${API}/admin/auth/login`, { data: { email: 'owner@demo.example', password: PASSWORD } })
    const { access_token } = (await answer.json()) as { access_token: string }
    return new Staff(api, { Authorization: `Bearer ${access_token}` })
  }

  /** Send every part of an order. */
  async ship(orderId: string): Promise<void> {
    const parts = await this.api.get(`${API}/admin/fulfilments?order_id=${orderId}`, { headers: this.headers })
    for (const { id } of ((await parts.json()) as { items: { id: string }[] }).items) {
      const headers = { ...this.headers, 'Idempotency-Key': `ship-${id}` }
      const sent = await this.api.post(`${API}/admin/fulfilments/${id}/ship`, { headers, data: { carrier_code: 'sf', tracking_number: `SF${Date.now()}` } })
      expect(sent.status(), await sent.text()).toBeLessThan(300)
    }
  }

  /** Agree to the returns of an order. */
  async approve(orderId: string): Promise<void> {
    const asked = await this.api.get(`${API}/admin/returns?order_id=${orderId}`, { headers: this.headers })
    for (const { id, version } of ((await asked.json()) as { items: { id: string; version: number }[] }).items) {
      const headers = { ...this.headers, 'If-Match': `"${version}"` }
      const agreed = await this.api.post(`${API}/admin/returns/${id}/approve`, { headers, data: {} })
      expect(agreed.status(), await agreed.text()).toBeLessThan(300)
    }
  }
}
