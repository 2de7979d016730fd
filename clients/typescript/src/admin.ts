import { type SignedInClient, type SignedInOptions, signedInClient } from "./core/bearers.ts";
import { isProblem as isAnyProblem, type Problem } from "./core/problem.ts";
import { type components, keyed, type paths, type ProblemSlug } from "./generated/admin.ts";

export * from "./index.ts";
export type { components, operations, paths, ProblemSlug } from "./generated/admin.ts";

/** A shape of the contract by its name: `Schema<"OrderOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Admin = SignedInClient<paths>;

export function admin(options: SignedInOptions = {}): Admin {
  return signedInClient<paths>(options, keyed, "/api/v1/admin/auth/refresh");
}

/** Whether `error` is a refusal, of one of `slugs` where any is named. */
export const isProblem: <Slug extends ProblemSlug>(
  error: unknown,
  ...slugs: Slug[]
) => error is Problem<Slug> = isAnyProblem;
