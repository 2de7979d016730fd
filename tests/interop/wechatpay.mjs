// Carries out a list of [method, ...arguments] on wechatpay-node-v3 and prints what each returned.
// Its requests go to `base` instead of the platform.
import { readFileSync } from 'node:fs';
import WxPay from 'wechatpay-node-v3';

const { config, base, calls } = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new WxPay({
  ...config,
  publicKey: Buffer.from(config.publicKey),
  privateKey: Buffer.from(config.privateKey),
});

async function exchange(method, url, headers, document) {
  const there = new URL(url);
  const answer = await fetch(base + there.pathname + there.search, {
    method,
    headers,
    body: document && JSON.stringify(document),
  });
  const text = await answer.text();
  return { status: answer.status, data: text && JSON.parse(text) };
}

sdk.createHttp({
  get: (url, headers) => exchange('GET', url, headers),
  post: (url, document, headers) =>
    exchange('POST', url, { ...headers, 'content-type': 'application/json' }, document),
});

const results = [];
for (const [method, ...given] of calls) {
  try {
    results.push((await sdk[method](...given)) ?? null);
  } catch (error) {
    results.push({ error: error.message });
  }
}
console.log(JSON.stringify(results));
