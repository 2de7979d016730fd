// Writes src/generated/<audience>.ts from openapi/<audience>.json: the types of every operation,
// the slugs of its refusals, and which operations take an Idempotency-Key.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const contracts = new URL("../../../openapi/", import.meta.url);
const generated = new URL("../src/generated/", import.meta.url);
const verbs = ["get", "put", "post", "delete", "patch"];

await mkdir(generated, { recursive: true });
for (const audience of ["storefront", "merchant", "admin"]) {
  const contract = JSON.parse(await readFile(new URL(`${audience}.json`, contracts), "utf8"));
  const keyed = [];
  const slugs = new Set();
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const verb of verbs.filter((each) => each in item)) {
      const operation = item[verb];
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in === "header" && parameter.name.toLowerCase() === "idempotency-key") {
          parameter.required = false; // the client makes one where the caller names none
          keyed.push(`${verb.toUpperCase()} ${path}`);
        }
      }
      for (const answer of Object.values(operation.responses)) {
        for (const slug of answer["x-problems"] ?? []) slugs.add(slug);
      }
    }
  }
  const types = astToString(
    // What has a default may be left out of a request.
    await openapiTS(contract, { defaultNonNullable: false }),
  );
  const names = [...slugs].sort().map((slug) => `\n  | "${slug}"`);
  const lines = keyed.sort().map((each) => `\n  "${each}",`);
  await writeFile(
    new URL(`${audience}.ts`, generated),
    `${types}
/** The slug of every refusal an operation of this audience declares. */
export type ProblemSlug =${names.join("")};

/** Operations that take an Idempotency-Key. */
export const keyed: ReadonlySet<string> = new Set([${lines.join("")}
]);
`,
  );
}
