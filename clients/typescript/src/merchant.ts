import { type Client, type ClientOptions, client } from "./core/client.ts";
import { isProblem as isAnyProblem, type Problem } from "./core/problem.ts";
import { type components, keyed, type paths, type ProblemSlug } from "./generated/merchant.ts";

export * from "./index.ts";
export type { components, operations, paths, ProblemSlug } from "./generated/merchant.ts";

/** A shape of the contract by its name: `Schema<"FulfilmentOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Merchant = Client<paths>;

export interface MerchantOptions extends ClientOptions {
  /** `sk_live_…`: of a server, never of a page or an app. */
  apiKey: string;
}

export function merchant({ apiKey, ...options }: MerchantOptions): Merchant {
  const headers = { ...options.headers, authorization: `Bearer ${apiKey}` };
  return client<paths>({ ...options, headers }, keyed, null);
}

/** Whether `error` is a refusal, of one of `slugs` where any is named. */
export const isProblem: <Slug extends ProblemSlug>(
  error: unknown,
  ...slugs: Slug[]
) => error is Problem<Slug> = isAnyProblem;
