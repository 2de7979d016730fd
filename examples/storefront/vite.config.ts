import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** Where the API is while developing and testing. The browser sees one origin, ours. */
const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:8000'
const proxy = { '/api': { target: shop, changeOrigin: false } }

export default defineConfig({
  plugins: [vue()],
  server: { host: '127.0.0.1', port: 5173, strictPort: true, proxy },
  preview: { host: '127.0.0.1', port: 4173, strictPort: true, proxy },
})
