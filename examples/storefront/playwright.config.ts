import { existsSync } from 'node:fs'

import { defineConfig, type PlaywrightTestConfig } from '@playwright/test'

/** A shop has to run; `make storefront` starts one with a page server of its own. */
export const SHOP_URL = process.env.SHOP_URL ?? 'http://127.0.0.1:8000'
const PORT = Number(process.env.PAGE_PORT ?? 4173)

const chromium = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((each) => existsSync(each))
const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const desk = { viewport: { width: 1280, height: 860 } }
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

const config: PlaywrightTestConfig = {
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    launchOptions: { ...(chromium && { executablePath: chromium }), args: ['--no-sandbox', ...quiet] },
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'desk-zh', use: { ...desk, locale: 'zh-CN' } },
    { name: 'phone-en', use: { ...phone, locale: 'en-GB' } },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT}`,
    url: `http://127.0.0.1:${PORT}`,
    env: { SHOP_URL },
    reuseExistingServer: false,
  },
}

export default defineConfig(config)
