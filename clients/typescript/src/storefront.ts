import { type SignedInClient, type SignedInOptions, signedInClient } from "./core/bearers.ts";
import { isProblem as isAnyProblem, type Problem } from "./core/problem.ts";
import { type components, keyed, type paths, type ProblemSlug } from "./generated/storefront.ts";

export * from "./index.ts";
export type { components, operations, paths, ProblemSlug } from "./generated/storefront.ts";

/** A shape of the contract by its name: `Schema<"OrderOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Storefront = SignedInClient<paths>;

export function storefront(options: SignedInOptions = {}): Storefront {
  return signedInClient<paths>(options, keyed, "/api/v1/auth/refresh");
}

/** Whether `error` is a refusal, of one of `slugs` where any is named. */
export const isProblem: <Slug extends ProblemSlug>(
  error: unknown,
  ...slugs: Slug[]
) => error is Problem<Slug> = isAnyProblem;
