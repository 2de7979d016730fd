// Carries out a list of [method, ...arguments] on Alipay's own SDK and prints what each returned.
import { AlipaySdk } from 'alipay-sdk';
import { readFileSync } from 'node:fs';

const { config, calls } = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new AlipaySdk(config);
const results = [];
for (const [method, ...given] of calls) {
  try {
    results.push(method === 'config' ? sdk.config[given[0]] : await sdk[method](...given) ?? null);
  } catch (error) {
    results.push({ error: error.message });
  }
}
console.log(JSON.stringify(results));
