import createClient, {
  type Client as RawClient,
  type FetchResponse,
  type MaybeOptionalInit,
  type Middleware,
} from "openapi-fetch";
import type {
  HttpMethod,
  MediaType,
  PathsWithMethod,
  RequiredKeysOf,
} from "openapi-typescript-helpers";
import { Problem } from "./problem.ts";
import { KEY_HEADER, newKey, type RetryOptions, Sender } from "./send.ts";
import type { Session } from "./session.ts";

export interface ClientOptions {
  /** Where the service is, such as `https://api.shop.example`; without one, the page's origin. */
  baseUrl?: string;
  /** `Accept-Language` of every request: `zh-CN` or `en`. */
  language?: string;
  /** Headers of every request. */
  headers?: Record<string, string>;
  retry?: RetryOptions;
  fetch?: (request: Request) => Promise<Response>;
}

/** What an operation answered. */
export interface Answer<Data> {
  data: Data;
  /** Send it as `if-match` with the next change. */
  etag: string | undefined;
  /** Whether the work was done for an earlier request with the same key. */
  isReplayed: boolean;
  response: Response;
}

type Init<Given> =
  RequiredKeysOf<Given> extends never
    ? [(Given & Record<string, unknown>)?]
    : [Given & Record<string, unknown>];

type DataOf<Item, Verb extends HttpMethod, Given> =
  Item extends Record<Verb, infer Operation extends Record<string | number, any>>
    ? Extract<FetchResponse<Operation, Given, MediaType>, { error?: never }>["data"]
    : never;

export type Method<Paths extends {}, Verb extends HttpMethod> = <
  Path extends PathsWithMethod<Paths, Verb>,
  Given extends MaybeOptionalInit<Paths[Path], Verb & keyof Paths[Path]>,
>(
  path: Path,
  ...init: Init<Given>
) => Promise<Answer<DataOf<Paths[Path], Verb, Given>>>;

/** Calls every operation by its path, typed by the contract; a refusal is thrown as `Problem`. */
export interface Client<Paths extends {}> {
  GET: Method<Paths, "get">;
  POST: Method<Paths, "post">;
  PUT: Method<Paths, "put">;
  PATCH: Method<Paths, "patch">;
  DELETE: Method<Paths, "delete">;
  /** The same requests as openapi-fetch answers them: `data` or `error`, nothing thrown. */
  raw: RawClient<Paths>;
}

/** @internal */
export function client<Paths extends {}>(
  options: ClientOptions,
  keyed: ReadonlySet<string>,
  session: Session | null,
): Client<Paths> {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const headers: Record<string, string> = { ...options.headers };
  if (options.language !== undefined) headers["accept-language"] = options.language;
  const raw = createClient<Paths>({
    baseUrl: options.baseUrl ?? "",
    headers,
    fetch: new Sender(send, session, options.retry).send,
  });
  raw.use(withKeys(keyed));
  const call = (verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE") => {
    const method = raw[verb] as unknown as RawMethod;
    return async (path: string, init?: object) => {
      const { data, error, response } = await method(path, init);
      if (!response.ok) throw Problem.from(response, error);
      return {
        data,
        etag: response.headers.get("etag") ?? undefined,
        isReplayed: response.headers.get("idempotency-replayed") === "true",
        response,
      };
    };
  };
  const calls = {
    GET: call("GET"),
    POST: call("POST"),
    PUT: call("PUT"),
    PATCH: call("PATCH"),
    DELETE: call("DELETE"),
    raw,
  };
  return calls as unknown as Client<Paths>;
}

type RawMethod = (
  path: string,
  init?: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

function withKeys(keyed: ReadonlySet<string>): Middleware {
  return {
    onRequest({ request, schemaPath }) {
      if (keyed.has(`${request.method} ${schemaPath}`) && !request.headers.has(KEY_HEADER)) {
        request.headers.set(KEY_HEADER, newKey());
      }
      return request;
    },
  };
}
