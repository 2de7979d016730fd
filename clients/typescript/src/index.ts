export type { SignedInClient, SignedInOptions } from "./core/bearers.ts";
export type { Answer, Client, ClientOptions, Method } from "./core/client.ts";
export { money } from "./core/money.ts";
export { each, type Page } from "./core/pages.ts";
export { type InvalidField, isProblem, Problem } from "./core/problem.ts";
export { newKey, type RetryOptions } from "./core/send.ts";
export { inMemory, inStorage, Session, type Tokens, type TokenStore } from "./core/session.ts";
