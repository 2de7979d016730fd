// Against a started demo shop (STOA_URL): nothing of the service is imitated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { each, isProblem, newKey, Problem, type Schema, storefront } from "../src/storefront.ts";
import { counting, lossy, type Send, shopUrl } from "./shop.ts";

const LOGIN = { login: "shopper@demo.example", password: "taste-of-oolong" };

async function signedIn(send?: Send) {
  const shop = storefront({ baseUrl: shopUrl, ...(send && { fetch: send }) });
  const { data } = await shop.POST("/api/v1/auth/login", { body: LOGIN });
  shop.session.use(data);
  return shop;
}

test("a list is read page by page", async () => {
  const shop = storefront({ baseUrl: shopUrl });
  const slugs: string[] = [];
  for await (const product of each((after) =>
    shop.GET("/api/v1/products", { params: { query: { limit: 2, after } } }),
  )) {
    slugs.push(product.slug);
  }
  assert.ok(slugs.length > 2);
  assert.equal(new Set(slugs).size, slugs.length);
});

test("a guest orders once although the answers are lost", async () => {
  const shop = storefront({ baseUrl: shopUrl, language: "zh-CN" });
  const { data: opened } = await shop.POST("/api/v1/carts", { body: {} });
  assert.ok(opened.tokens);
  shop.session.use(opened.tokens);
  const path = { cart_id: opened.id };
  await shop.POST("/api/v1/carts/{cart_id}/lines", {
    params: { path },
    body: { sku_code: "TEE-black-m", quantity: 1 },
  });
  const address: Schema<"DeliveryAddressIn"> = {
    recipient: "林一",
    phone: "+8613800138000",
    country: "CN",
    province: "上海市",
    city: "上海市",
    district: "徐汇区",
    street: "漕溪北路 1 号",
    region_code: "310104",
  };
  const asked = {
    address,
    delivery: { kind: "standard" },
    tenders: [{ kind: "gateway", channel: "sandbox" }],
  } satisfies Partial<Schema<"PlaceOrderIn">>;
  const { data: quoted } = await shop.POST("/api/v1/carts/{cart_id}/quote", {
    params: { path },
    body: asked,
  });
  const careless = storefront({ baseUrl: shopUrl, fetch: lossy(2) });
  careless.session.use(opened.tokens);
  const { data: order, isReplayed } = await careless.POST("/api/v1/orders", {
    body: { cart_id: opened.id, quote_hash: quoted.quote_hash, ...asked },
  });
  assert.equal(isReplayed, true);
  const { data: orders } = await shop.GET("/api/v1/orders");
  assert.deepEqual(
    orders.items.map((each) => each.id),
    [order.id],
  );
});

test("callers whose token has run out share one refresh", async () => {
  const counted = counting();
  const shop = await signedIn(counted.send);
  const { tokens } = shop.session;
  assert.ok(tokens);
  shop.session.use({ ...tokens, access_token: "stale" });
  const all = await Promise.all([1, 2, 3, 4].map(() => shop.GET("/api/v1/me")));
  assert.equal(new Set(all.map(({ data }) => data.id)).size, 1);
  assert.equal(counted.sent.filter((path) => path.endsWith("/auth/refresh")).length, 1);
  assert.notEqual(shop.session.tokens?.refresh_token, tokens.refresh_token);
});

test("whoever cannot be refreshed is signed out and told", async () => {
  let isTold = false;
  const shop = storefront({
    baseUrl: shopUrl,
    onSignedOut: () => {
      isTold = true;
    },
  });
  shop.session.use({ access_token: "stale", refresh_token: "stale" });
  await assert.rejects(shop.GET("/api/v1/me"), (error) => isProblem(error, "unauthenticated"));
  assert.equal(shop.session.tokens, null);
  assert.ok(isTold);
});

test("a wrong password is sent once, whoever is signed in", async () => {
  const counted = counting();
  const shop = storefront({ baseUrl: shopUrl, fetch: counted.send });
  const { data: opened } = await shop.POST("/api/v1/carts", { body: {} });
  assert.ok(opened.tokens);
  shop.session.use(opened.tokens);
  await assert.rejects(
    shop.POST("/api/v1/auth/login", { body: { ...LOGIN, password: "taste-of-coffee" } }),
    (error) => isProblem(error, "login-refused"),
  );
  assert.deepEqual(counted.sent, ["/api/v1/carts", "/api/v1/auth/login"]);
  assert.ok(shop.session.tokens);
});

test("a refusal is a Problem of its slug, in the language asked for", async () => {
  const shop = storefront({ baseUrl: shopUrl, language: "zh-CN" });
  const refused = await shop
    .GET("/api/v1/products/{product}", { params: { path: { product: "nothing" } } })
    .catch((error: unknown) => error);
  assert.ok(isProblem(refused, "not-found"));
  assert.equal(refused.status, 404);
  assert.equal(refused.title, "未找到");
  assert.equal(isProblem(refused, "out-of-stock"), false);
  const invalid = await shop
    .POST("/api/v1/auth/login", { body: { login: "" } as typeof LOGIN })
    .catch((error: unknown) => error);
  assert.ok(invalid instanceof Problem);
  assert.ok(invalid.errors.some((field) => field.pointer === "/body/password"));
});

test("a change names the version it was made on", async () => {
  const shop = await signedIn();
  const { data: me, etag } = await shop.GET("/api/v1/me");
  assert.ok(etag);
  const edit = (tag: string) =>
    shop.PATCH("/api/v1/me", {
      params: { header: { "if-match": tag } },
      body: { name: me.name },
    });
  assert.notEqual((await edit(etag)).etag, etag);
  await assert.rejects(edit(etag), (error) => isProblem(error, "stale-version"));
});

test("a key of one's own is kept", async () => {
  const counted = counting();
  const shop = await signedIn(counted.send);
  const key = newKey();
  const ask = () =>
    shop.POST("/api/v1/tickets", {
      params: { header: { "idempotency-key": key } },
      body: { kind: "complaint", subject: "Late", text: "It has not come." },
    });
  const first = await ask();
  const second = await ask();
  assert.equal(second.isReplayed, true);
  assert.deepEqual(second.data, first.data);
});
